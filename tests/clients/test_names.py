"""Names as people have them: one instead of two, long ones, and none that nobody can see."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse

from clients import directory
from clients.models import Client, initials_of
from pazpaz.accounts.models import User
from tests.cast import inside
from tests.factories import AppointmentFactory, ClientFactory

pytestmark = pytest.mark.django_db

CREATE = reverse("clients:create")
INVISIBLE = ["\u200b", "\u3164", "\u2800", "\u0301", " \u200e\u00ad\ufe0f ", "\U000e0041"]


@pytest.mark.parametrize(("first", "last"), [("Sukarno", ""), ("", "Sukarno"), ("\u200b", "Sukarno")])
def test_one_name_is_enough_whichever_field_it_stands_in(
    as_dana: Browser, dana: User, first: str, last: str
) -> None:
    answer = as_dana.post(CREATE, {"first_name": first, "last_name": last})
    assert answer.status_code == 302
    page = as_dana.get(answer["Location"]).text
    assert "<h1><bdi>Sukarno</bdi></h1>" in page
    assert "<bdi>Sukarno</bdi>" in as_dana.get(reverse("clients:list")).text
    edit = re.findall(r'href="(/clients/[^"]+/edit/)"', page)[0]
    assert "<bdi>Sukarno</bdi>" in as_dana.get(edit).text
    with inside(dana):
        client = Client.objects.get()
        assert (client.full_name, client.initials) == ("Sukarno", "S.")


@pytest.mark.parametrize("name", ["", *INVISIBLE], ids=ascii)
def test_a_name_that_nobody_can_see_is_none(as_dana: Browser, dana: User, name: str) -> None:
    answer = as_dana.post(CREATE, {"first_name": name, "last_name": name})
    assert answer.status_code == 422
    assert "Enter a first name or a last name." in answer.text
    with inside(dana):
        assert not Client.objects.exists()


def test_a_client_is_not_left_without_a_name(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, last_name="")
    url = reverse("clients:edit", args=[client.pk])
    (version,) = re.findall(r'name="version" value="([^"]+)"', as_dana.get(url).text)
    answer = as_dana.post(url, {"first_name": "\u2800", "last_name": "", "version": version})
    assert answer.status_code == 422
    with inside(dana):
        assert Client.objects.get().full_name == "Yonatan"


@pytest.mark.parametrize("name", INVISIBLE, ids=ascii)
def test_nothing_seals_a_name_that_nobody_can_see(dana: User, name: str) -> None:
    with inside(dana) as scope:
        for field in ("first_name", "last_name", "emergency_contact_name"):
            with pytest.raises(ValidationError):
                Client(workspace=scope.workspace, **{"first_name": "A", "last_name": "B", field: name}).save()
        with pytest.raises(ValidationError):
            Client.objects.bulk_create([Client(workspace=scope.workspace, first_name=name, last_name="B")])


def test_nothing_seals_a_client_without_a_name(dana: User) -> None:
    with inside(dana) as scope:
        nobody = Client(workspace=scope.workspace, first_name="", last_name="")
        with pytest.raises(ValidationError):
            nobody.save()
        with pytest.raises(ValidationError):
            Client.objects.bulk_create([nobody])
        ClientFactory(workspace=dana.workspace, last_name="")
        found = Client.objects.get()
        found.first_name = ""
        with pytest.raises(ValidationError):
            found.save(update_fields=["first_name"])


def test_what_nobody_can_see_is_nothing_typed(as_dana: Browser, dana: User) -> None:
    unseen = dict.fromkeys(
        ("phone", "address", "emergency_contact_name", "emergency_contact_phone", "notes", "alerts", "tags"),
        "\u200b\u3164",
    )
    assert as_dana.post(CREATE, {"first_name": "Ruth", **unseen}).status_code == 302
    with inside(dana):
        client = Client.objects.get()
        assert [getattr(client, name) for name in unseen] == [None] * len(unseen)


@pytest.mark.parametrize(
    "name", ["یاسمن\u200cرضا", "Zoë 👩🏽\u200d⚕️", "\u200fדנה\u200f", "Noa\u200e"], ids=ascii
)
def test_joiners_and_marks_within_a_name_stay(as_dana: Browser, dana: User, name: str) -> None:
    as_dana.post(CREATE, {"first_name": name, "last_name": "Levi"})
    with inside(dana):
        assert Client.objects.get().first_name == name


def test_one_name_stands_in_the_list_where_it_belongs(dana: User) -> None:
    for first, last in [("Dana", "Zur"), ("Miriam", ""), ("", "Miriam"), ("Noa", "Adler"), ("\u200fBo", "")]:
        ClientFactory(workspace=dana.workspace, first_name=first, last_name=last)
    with inside(dana) as scope:
        ids = directory.by_name(scope.workspace, active=True)
        names = [client.full_name for client in directory.rows(scope.workspace, ids)]
    assert names == ["Noa Adler", "\u200fBo", "Miriam", "Miriam", "Dana Zur"]


@pytest.mark.parametrize(
    ("first", "last", "initials"),
    [
        ("Yonatan", "Levi", "Y.L."),
        ("Sukarno", "", "S."),
        ("", "Sukarno", "S."),
        ("\u200fדנה", "\u200bלוי", "ד.ל."),
        ("E\u0301lodie", "王", "E\u0301.王."),
        ("👩🏽\u200d⚕️", "", "👩🏽\u200d⚕️."),
    ],
)
def test_initials_are_letters_people_see(first: str, last: str, initials: str) -> None:
    assert initials_of(first, last) == initials


def test_one_name_wherever_appointments_show_it(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, first_name="", last_name="Sukarno")
    booked = AppointmentFactory(workspace=dana.workspace, client=client)
    week = as_dana.get(reverse("scheduling:calendar"), {"week": "2026-11-16"}).text
    assert "<bdi>Sukarno</bdi>" in week
    asked = {"day": "2026-11-16", "start": "10:00", "duration": "60", "therapist": str(dana.pk)}
    conflicts = as_dana.post(reverse("scheduling:conflicts"), asked).text
    assert "Overlaps with <bdi>S.</bdi>" in conflicts
    assert "<bdi>Sukarno</bdi>" in as_dana.get(booked.get_absolute_url()).text
    cancelled = as_dana.post(reverse("scheduling:cancel", args=[booked.pk]), follow=True).text
    assert "<bdi>S.</bdi>" in cancelled


def hints(browser: Browser, **fields: str) -> str:
    headers = {"HX-Request": "true", "HX-Target": "client-duplicates"}
    return browser.post(reverse("clients:duplicates"), fields, headers=headers).text


@pytest.mark.parametrize(
    ("first", "last"), [("Yonatan", "Levi"), ("YONATAN", "lévi "), ("Yonatan Levi", ""), ("", "Yonatan-Levi")]
)
def test_the_same_name_is_a_hint_and_stops_nobody(
    as_dana: Browser, dana: User, first: str, last: str
) -> None:
    namesake = ClientFactory(workspace=dana.workspace)
    html = hints(as_dana, first_name=first, last_name=last)
    assert f'<a href="{namesake.get_absolute_url()}"><bdi>Yonatan Levi</bdi></a>' in html
    assert "same name" in html
    assert "somebody_else" not in html
    answer = as_dana.post(CREATE, {"first_name": first, "last_name": last}, follow=True)
    assert answer.redirect_chain
    assert "Another client has the same name." in answer.text
    with inside(dana):
        assert Client.objects.count() == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"first_name": "Yonatan"},
        {"first_name": "Yonatan", "last_name": "Lewi"},
        {"first_name": "Levi", "last_name": "Yonatan"},
        {"first_name": "Yonatan", "last_name": "Levi", "date_of_birth": "1984-05-13"},
        {"first_name": "\u200b", "last_name": ""},
    ],
)
def test_another_name_or_another_birthday_is_no_hint(
    as_dana: Browser, dana: User, fields: dict[str, str]
) -> None:
    ClientFactory(workspace=dana.workspace, date_of_birth="1984-05-12")
    assert "same name" not in hints(as_dana, **fields)


def test_a_stronger_sign_comes_first_and_still_asks(as_dana: Browser, dana: User) -> None:
    ClientFactory(workspace=dana.workspace)
    ClientFactory(workspace=dana.workspace, first_name="Ruth", last_name="Adler", phone="030 5550 1234")
    fields: dict[str, Any] = {"first_name": "Yonatan", "last_name": "Levi", "phone": "030 55501234"}
    html = hints(as_dana, **fields)
    assert html.index("same phone number") < html.index("same name")
    answer = as_dana.post(CREATE, fields)
    assert answer.status_code == 422
    assert "same name" in answer.text


@pytest.mark.parametrize(
    "field", ["first_name", "phone", "address", "medical_history", "notes", "tags", "alerts"]
)
def test_a_nul_that_was_pasted_along_stands_in_nobodys_way(as_dana: Browser, dana: User, field: str) -> None:
    typed = {"first_name": "Zoe", "last_name": "Adler", field: "Zo\0e"}
    assert as_dana.post(CREATE, typed).status_code == 302
    with inside(dana):
        assert "Zoe" in getattr(Client.objects.get(), field)
