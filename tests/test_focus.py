"""The focus stands where one types: in the first field of something new, or the first wrong one."""

from __future__ import annotations

import re

import pytest
from django.test import Client as Browser
from django.urls import reverse

from pazpaz.accounts.models import User
from tests.factories import ClientFactory, ServiceFactory

pytestmark = pytest.mark.django_db

DIALOGS = re.compile(r"<dialog.*?</dialog>", re.DOTALL)
FOCUSED = re.compile(r'<(?:input|select|textarea)\b[^>]*\bname="([^"]+)"[^>]*\bautofocus\b')


def focused(html: str) -> list[str]:
    return FOCUSED.findall(DIALOGS.sub("", html))


@pytest.mark.parametrize(
    ("url", "field"),
    [
        ("clients:create", "first_name"),
        ("scheduling:service-create", "name"),
        ("scheduling:location-create", "name"),
        ("accounts:invite", "email"),
        ("scheduling:book", "client_query"),
    ],
)
def test_the_first_field_of_something_new(as_dana: Browser, url: str, field: str) -> None:
    assert focused(as_dana.get(reverse(url)).text) == [field]


@pytest.mark.parametrize(
    ("url", "fields", "wrong"),
    [
        ("clients:create", {"first_name": "Ruth", "email": "nonsense", "phone": "1" * 51}, "phone"),
        ("clients:create", {"first_name": "", "notes": "typed"}, "first_name"),
        (
            "scheduling:service-create",
            {"name": "Massage", "default_duration_minutes": "0", "colour": "teal"},
            "default_duration_minutes",
        ),
        ("scheduling:location-create", {"name": "", "type": "clinic"}, "name"),
        ("accounts:invite", {"email": "nonsense", "role": "therapist"}, "email"),
        ("accounts:practice", {"name": "Hands", "time_zone": "Mars", "language": "en"}, "time_zone"),
        ("scheduling:book", {"day": "2026-11-16", "start": "09:00", "duration": "60"}, "client_query"),
    ],
)
def test_the_first_wrong_field_of_a_refused_form(
    as_dana: Browser, url: str, fields: dict[str, str], wrong: str
) -> None:
    answer = as_dana.post(reverse(url), fields)
    assert answer.status_code == 422
    assert focused(answer.text)[0] == wrong


def test_a_wrong_time_keeps_the_focus_from_the_client_who_was_chosen(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    fields = {"client": str(client.pk), "day": "nonsense", "start": "09:00", "duration": "60"}
    assert focused(as_dana.post(reverse("scheduling:book"), fields).text) == ["day"]


def test_what_is_edited_begins_with_reading(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    service = ServiceFactory(workspace=dana.workspace)
    for url in (
        reverse("clients:edit", args=[client.pk]),
        reverse("scheduling:service-edit", args=[service.pk]),
    ):
        assert focused(as_dana.get(url).text) == []


def test_a_client_asked_about_twice_brings_the_focus_to_the_question(as_dana: Browser, dana: User) -> None:
    ClientFactory(workspace=dana.workspace, phone="030 5550 1234")
    answer = as_dana.post(reverse("clients:create"), {"first_name": "Ruth", "phone": "030 5550 1234"})
    assert focused(answer.text) == ["somebody_else"]
