"""Founding, suspending and reactivating a workspace, each with its line in the trail, all or nothing."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from pazpaz.accounts.keyring import create_keys, forget_keys
from pazpaz.accounts.models import User, Workspace
from pazpaz.accounts.sessions import end_all_sessions
from pazpaz.countries import country_of
from pazpaz.events import Actor, Origin
from pazpaz.scope import record, workspace_scope


def create_workspace(
    name: str,
    *,
    owner_email: str,
    owner_name: str = "",
    time_zone: str = "UTC",
    country: str = "",
    language: str = Workspace.Language.ENGLISH,
    actor: Actor,
    origin: Origin | None = None,
) -> User:
    """Create a workspace with its first keys and its owner; returns the owner.

    Without a country it is in that of its time zone.
    Raises django.db.IntegrityError when the e-mail address is in use.
    """
    with transaction.atomic():
        country = country or country_of(time_zone)
        workspace = Workspace(name=name, time_zone=time_zone, country=country, language=language)
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


def suspend_workspace(workspace: Workspace, actor: Actor, origin: Origin | None = None) -> bool:
    """Shut everybody of a workspace out at once. Returns False when it was not active."""
    with workspace_scope(workspace, actor, origin):
        done = _change_status(workspace, Workspace.Status.ACTIVE, Workspace.Status.SUSPENDED)
        if done:
            end_all_sessions(list(workspace.users.all()))
            record("workspace.suspended", workspace)
    forget_keys(workspace.pk)
    return done


def reactivate_workspace(workspace: Workspace, actor: Actor, origin: Origin | None = None) -> bool:
    """Let the people of a suspended workspace sign in again. Returns False when it was not suspended."""
    with workspace_scope(workspace, actor, origin):
        done = _change_status(workspace, Workspace.Status.SUSPENDED, Workspace.Status.ACTIVE)
        if done:
            record("workspace.reactivated", workspace)
    return done


def _change_status(workspace: Workspace, before: str, after: str) -> bool:
    rows = Workspace.objects.filter(pk=workspace.pk, status=before)
    return rows.update(status=after, updated_at=timezone.now()) > 0
