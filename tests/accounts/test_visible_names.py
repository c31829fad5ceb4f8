"""Names of practices, people, services, places and passkeys can be seen, whoever writes them."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.urls import reverse

from pazpaz.accounts.models import User, Workspace
from pazpaz.accounts.views.links import JoinForm
from scheduling.models import Location, Service
from tests.cast import inside
from tests.encryption.columns import refused
from tests.full_practice import give_factors

pytestmark = pytest.mark.django_db

INVISIBLE = ["\u200b", "\u3164", "\u2800", "\u0301 \u00ad", "\u2067\ufe0f"]


@pytest.fixture(params=INVISIBLE, ids=ascii)
def unseen(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_a_practice_keeps_a_name(as_dana: Browser, dana: User, unseen: str) -> None:
    answers = {"name": unseen, "time_zone": "UTC", "language": "en", "idle_minutes": "15"}
    answer = as_dana.post("/settings/practice/", answers)
    assert answer.status_code == 422
    assert "This field is required." in answer.text
    assert Workspace.objects.get(users=dana).name == "Practice of Dana Levi"


@pytest.mark.parametrize("kind", ["service", "location"])
def test_a_service_and_a_place_have_names(as_dana: Browser, dana: User, kind: str, unseen: str) -> None:
    answer = as_dana.post(
        reverse(f"scheduling:{kind}-create"),
        {"name": unseen, "default_duration_minutes": "60", "colour": "teal", "type": "clinic"},
    )
    assert answer.status_code == 422
    with inside(dana):
        assert not Service.objects.exists()
        assert not Location.objects.exists()


def test_nothing_stores_a_name_that_nobody_can_see(dana: User, unseen: str) -> None:
    with refused(ValidationError):
        Workspace.objects.filter(users=dana).update(name=unseen)
    with refused(ValidationError):
        User.objects.create_user("new@example.org", name=unseen, workspace=dana.workspace)
    with inside(dana) as scope, refused(ValidationError):
        Service.objects.bulk_create([Service(workspace=scope.workspace, name=unseen)])


def test_a_person_without_a_visible_name_goes_by_the_address(
    as_dana: Browser, dana: User, unseen: str
) -> None:
    as_dana.post(reverse("accounts:rename-me"), {"name": unseen})
    dana.refresh_from_db()
    assert (dana.name, dana.display_name) == ("", "dana@example.org")


def test_somebody_who_joins_has_a_name(unseen: str) -> None:
    assert list(JoinForm({"name": unseen}).errors) == ["name"]


def test_a_passkey_is_not_renamed_to_nothing(as_dana: Browser, dana: User, unseen: str) -> None:
    passkey = give_factors(dana)
    as_dana.post(reverse("mfa_edit_webauthn", args=[passkey.pk]), {"name": unseen})
    assert Authenticator.objects.get(pk=passkey.pk).wrap().name == "Laptop"


@pytest.mark.usefixtures("db")
def test_a_practice_is_not_created_without_a_name(unseen: str) -> None:
    with pytest.raises(CommandError):
        call_command("create_workspace", unseen, owner="new@example.org")
    assert not Workspace.objects.exists()
