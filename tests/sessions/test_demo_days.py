"""The demo opened on other days: it is made from the day it is first started on."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from pazpaz.accounts.models import User
from sessions.models import SessionNote
from tests.cast import inside


@pytest.mark.parametrize("day", [18, 21, 22], ids=["Wednesday", "Saturday", "Sunday"])
def test_today_is_never_empty(day: int, db: None) -> None:
    """Not even on a Sunday; and what waits to be written is there in the morning already."""
    with time_machine.travel(f"2026-11-{day}T06:30:00+00:00", tick=False), transaction.atomic():
        call_command("seed_demo", stdout=StringIO())
        now = timezone.now()
        for owner in User.objects.select_related("workspace").filter(role=User.Role.OWNER):
            with inside(owner) as scope:
                today = scope.workspace.appointments.filter(
                    scheduled_start__gte=now, scheduled_start__lt=now + timedelta(hours=13)
                )
                assert today.filter(therapist=owner).count() >= (4 if owner.email.startswith("dana") else 2)
                assert scope.workspace.appointments.to_write().count() == 3
                assert SessionNote.objects.drafts().count() == 2
        transaction.set_rollback(True)


def test_it_is_the_same_every_time(db: None) -> None:
    found = []
    with time_machine.travel("2026-11-18T10:00:00+00:00", tick=False):
        for _time in range(2):
            with transaction.atomic():
                call_command("seed_demo", stdout=StringIO())
                dana = User.objects.select_related("workspace").get(email="dana@example.org")
                with inside(dana) as scope:
                    notes = scope.workspace.session_notes.all()
                    found.append(sorted((note.session_date, *note.sections().values()) for note in notes))
                transaction.set_rollback(True)
    assert found[0] == found[1]
