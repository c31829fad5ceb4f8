"""Workspaces, the people who work in them, and the wrapped keys of each workspace."""

from pazpaz.accounts.models.invitation import Invitation
from pazpaz.accounts.models.session import Session
from pazpaz.accounts.models.signin_link import SigninLink
from pazpaz.accounts.models.unsent_form import UnsentForm, UnsentFormManager
from pazpaz.accounts.models.used_code import UsedCode
from pazpaz.accounts.models.user import User, UserManager
from pazpaz.accounts.models.workspace import Workspace, WorkspaceKey

__all__ = [
    "Invitation",
    "Session",
    "SigninLink",
    "UnsentForm",
    "UnsentFormManager",
    "UsedCode",
    "User",
    "UserManager",
    "Workspace",
    "WorkspaceKey",
]
