"""Builds the least that is valid. Each factory opens the scope of its workspace for itself.

What the tests call is a factory's `create`, which is typed; calling the class would not be.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import factory
from django.db import models
from factory.django import DjangoModelFactory

from clients.models import Client
from pazpaz.accounts.models import User, Workspace
from pazpaz.accounts.workspaces import create_workspace
from pazpaz.events import Actor
from pazpaz.scope import workspace_scope
from scheduling.models import Appointment, Location, Service
from sessions.models import SessionNote

M = TypeVar("M", bound=models.Model)


TESTS = Actor.running("tests")
# A Monday; the tests' clock.
MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


def make_owner(email: str, name: str, practice: str, time_zone: str = "Europe/Berlin") -> User:
    return create_workspace(practice, owner_email=email, owner_name=name, time_zone=time_zone, actor=TESTS)


class _Users(DjangoModelFactory[User]):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    name = factory.Sequence(lambda n: f"Person {n}")
    role = User.Role.THERAPIST

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        return model_class.objects.create_user(**kwargs)


UserFactory: Callable[..., User] = _Users.create


class ScopedFactory(DjangoModelFactory[M]):
    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: type[M], *args: Any, **kwargs: Any) -> M:
        workspace: Workspace = kwargs["workspace"]
        with workspace_scope(workspace, TESTS):
            created: M = super()._create(model_class, *args, **kwargs)  # type: ignore[no-untyped-call]
            return created


class _Clients(ScopedFactory[Client]):
    class Meta:
        model = Client

    first_name = "Yonatan"
    last_name = "Levi"


ClientFactory: Callable[..., Client] = _Clients.create


class _Services(ScopedFactory[Service]):
    class Meta:
        model = Service

    name = factory.Sequence(lambda n: f"Massage {n}")
    default_duration_minutes = 60


ServiceFactory: Callable[..., Service] = _Services.create


class _Locations(ScopedFactory[Location]):
    class Meta:
        model = Location

    name = factory.Sequence(lambda n: f"Room {n}")


LocationFactory: Callable[..., Location] = _Locations.create


class _Appointments(ScopedFactory[Appointment]):
    """An hour on Monday at nine, with a new client and the workspace's owner, unless told otherwise."""

    class Meta:
        model = Appointment

    client = factory.LazyAttribute(lambda o: ClientFactory(workspace=o.workspace))
    therapist = factory.LazyAttribute(lambda o: User.objects.get(workspace=o.workspace, role=User.Role.OWNER))
    scheduled_start = MONDAY
    scheduled_end = factory.LazyAttribute(lambda o: o.scheduled_start + timedelta(hours=1))


AppointmentFactory: Callable[..., Appointment] = _Appointments.create


class _SessionNotes(ScopedFactory[SessionNote]):
    """A draft of today by the workspace's owner, unless told otherwise."""

    class Meta:
        model = SessionNote

    client = factory.LazyAttribute(lambda o: ClientFactory(workspace=o.workspace))
    author = factory.LazyAttribute(lambda o: User.objects.get(workspace=o.workspace, role=User.Role.OWNER))
    session_date = MONDAY
    subjective = "Slept badly, stiff neck."
    objective = "Rotation left 60°."
    assessment = "Tension, improving."
    plan = "Heat, two more sessions."


SessionNoteFactory: Callable[..., SessionNote] = _SessionNotes.create
