"""Every practice gets the country that its time zone stood for."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command

from pazpaz.accounts.models import User, Workspace
from tests.factories import make_owner

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def migrate(*target: str) -> None:
    call_command("migrate", *target, verbosity=0, stdout=io.StringIO())


def test_existing_practices_are_where_their_time_zone_is(dana: User, omer: User) -> None:
    make_owner("sam@example.org", "Sam", "Practice", time_zone="Antarctica/South_Pole")
    make_owner("ana@example.org", "Ana", "Practice", time_zone="UTC")
    migrate("accounts", "0012_one_time_links")
    migrate()
    countries = dict(Workspace.objects.values_list("time_zone", "country"))
    assert countries == {
        "Europe/Berlin": "DE",
        "Asia/Jerusalem": "IL",
        "Antarctica/South_Pole": "AQ",
        "UTC": "ZZ",
    }
