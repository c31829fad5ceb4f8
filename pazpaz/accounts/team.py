"""Who belongs to a practice, and as what. A practice always keeps an active owner."""

from __future__ import annotations

from pazpaz.accounts.models import User
from pazpaz.accounts.sessions import end_all_sessions
from pazpaz.scope import record


class LastOwner(Exception):
    """The practice would be left without an active owner."""


def change_role(member: User, role: str) -> None:
    """Give somebody another role. Raises LastOwner."""
    if role == member.role:
        return
    _keep_an_owner_besides(member)
    member.role = role
    member.save(update_fields=["role", "updated_at"])
    record("user.role_changed", member, fields=["role"], role=role)


def deactivate(member: User) -> None:
    """Close somebody's account and end their sessions at once. Raises LastOwner."""
    _keep_an_owner_besides(member)
    member.is_active = False
    member.save(update_fields=["is_active", "updated_at"])
    end_all_sessions([member])
    record("user.deactivated", member)


def reactivate(member: User) -> None:
    """Let somebody sign in again."""
    member.is_active = True
    member.save(update_fields=["is_active", "updated_at"])
    record("user.reactivated", member)


def _keep_an_owner_besides(member: User) -> None:
    # Locking all owners makes two of them, who demote each other at the same moment, take turns. No stronger
    # lock than an update's: a booking checks at its commit, holding the trail, that its people are there.
    owners = User.objects.select_for_update(no_key=True).filter(
        workspace=member.workspace, role=User.Role.OWNER, is_active=True
    )
    if {owner.pk for owner in owners} == {member.pk}:
        raise LastOwner
