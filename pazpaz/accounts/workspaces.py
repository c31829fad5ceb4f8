"""Founding a workspace: the row, its keys, its owner and the first line of its trail, all or nothing."""

from __future__ import annotations

from django.db import transaction

from pazpaz.accounts.keyring import create_keys
from pazpaz.accounts.models import User, Workspace
from pazpaz.scope import Actor, Origin, record, workspace_scope


def found_workspace(
    name: str,
    *,
    owner_email: str,
    owner_name: str = "",
    time_zone: str = "UTC",
    language: str = Workspace.Language.ENGLISH,
    actor: Actor,
    origin: Origin | None = None,
) -> User:
    """Create a workspace with its first keys and its owner; returns the owner.

    Raises django.db.IntegrityError when the e-mail address is in use.
    """
    with transaction.atomic():
        workspace = Workspace(name=name, time_zone=time_zone, language=language)
        workspace.save()
        create_keys(workspace)
        with workspace_scope(workspace, actor, origin):
            record("workspace.created", workspace)
            record("key.created", workspace, generation=1)
            owner = User.objects.create_user(
                owner_email, name=owner_name, role=User.Role.OWNER, workspace=workspace
            )
            record("user.created", owner, role=owner.role)
    return owner
