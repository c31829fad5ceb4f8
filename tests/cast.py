"""The cast: who appears in the tests, and how they get in.

Dana owns a practice in Berlin; Noa is a therapist there and Avi the assistant. Omer owns another practice,
which must never show. Petra is platform staff.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.test import Client as Browser

from audit.models import AuditEvent
from pazpaz.accounts.models import User
from pazpaz.scope import Scope, workspace_scope
from tests.factories import TESTS, UserFactory, make_owner


@contextmanager
def inside(user: User) -> Iterator[Scope]:
    """The scope of somebody's workspace, for arranging and asserting."""
    assert user.workspace is not None
    with workspace_scope(user.workspace, TESTS) as scope:
        yield scope


def events(user: User, action: str = "") -> list[AuditEvent]:
    """The trail of somebody's workspace in order; only one action, when named."""
    assert user.workspace is not None
    with inside(user):
        trail = user.workspace.audit_events.order_by("sequence")
        return list(trail.filter(action=action) if action else trail)


def signed_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture
def dana(db: None) -> User:
    return make_owner("dana@example.org", "Dana Levi", "Practice of Dana Levi")


@pytest.fixture
def noa(dana: User) -> User:
    return UserFactory(email="noa@example.org", name="Noa Peretz", workspace=dana.workspace)


@pytest.fixture
def avi(dana: User) -> User:
    return UserFactory(
        email="avi@example.org", name="Avi Stern", workspace=dana.workspace, role=User.Role.ASSISTANT
    )


@pytest.fixture
def omer(db: None) -> User:
    return make_owner("omer@example.org", "Omer Katz", "Katz Physiotherapy", time_zone="Asia/Jerusalem")


@pytest.fixture
def petra(db: None) -> User:
    return UserFactory(email="petra@pazpaz.example", name="Petra", is_staff=True, workspace=None)


@pytest.fixture
def as_dana(dana: User) -> Browser:
    return signed_in(dana)


@pytest.fixture
def as_noa(noa: User) -> Browser:
    return signed_in(noa)


@pytest.fixture
def as_avi(avi: User) -> Browser:
    return signed_in(avi)


@pytest.fixture
def as_omer(omer: User) -> Browser:
    return signed_in(omer)


@pytest.fixture
def as_petra(petra: User) -> Browser:
    return signed_in(petra)
