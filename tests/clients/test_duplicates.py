"""The probable duplicate is announced while a client is being created, and created only on purpose."""

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client
from pazpaz.accounts.models import User
from tests.cast import events, inside, signed_in
from tests.factories import ClientFactory, make_owner
from tests.squeeze import squeeze

pytestmark = pytest.mark.django_db

CREATE = reverse("clients:create")
DUPLICATES = reverse("clients:duplicates")
PARTIAL = {"HX-Request": "true", "HX-Target": "client-duplicates"}
BORN = "1984-05-12"


@pytest.fixture
def yonatan(dana: User) -> Client:
    client: Client = ClientFactory(
        workspace=dana.workspace, email="y.levi@example.org", phone="+49 30 5550 1234", date_of_birth=BORN
    )
    return client


def announced(browser: Browser, **fields: str) -> str:
    return browser.post(DUPLICATES, fields, headers=PARTIAL).content.decode()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"email": "Y.LEVI@example.org"}, "same e-mail address"),
        ({"phone": "030 55501234"}, "same phone number"),
        (
            {"first_name": "Jonatan", "last_name": "Lewi", "date_of_birth": BORN},
            "similar name, same date of birth",
        ),
        ({"first_name": "Levi", "last_name": "Yonatan", "date_of_birth": BORN}, "similar name"),
    ],
)
def test_the_probable_duplicate_is_announced_with_its_reason(
    as_dana: Browser, yonatan: Client, fields: dict[str, str], reason: str
) -> None:
    html = announced(as_dana, **fields)
    assert f'<a href="{yonatan.get_absolute_url()}"><bdi>Yonatan Levi</bdi></a>' in html
    assert reason in html
    assert "<html" not in html


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"first_name": "Yonatan", "last_name": "Levi"},
        {"first_name": "Yonatan", "last_name": "Levi", "date_of_birth": "1984-05-13"},
        {"first_name": "Yael", "last_name": "Cohen", "date_of_birth": BORN},
        {"email": "other@example.org", "phone": "030 1"},
        {"email": "", "phone": "-"},
        {"date_of_birth": BORN},
    ],
)
@pytest.mark.usefixtures("yonatan")
def test_too_little_announces_nobody(as_dana: Browser, dana: User, fields: dict[str, str]) -> None:
    ClientFactory(workspace=dana.workspace, first_name="Ruth", last_name="Adler")
    assert "In your list already?" not in announced(as_dana, **fields)


@pytest.mark.usefixtures("yonatan")
def test_a_taken_address_brings_the_tick_that_it_is_shared(as_dana: Browser) -> None:
    html = announced(as_dana, email="y.levi@example.org")
    assert '<div id="email-sharing" hx-swap-oob="innerHTML">' in html
    assert 'name="email_shared"' in html
    html = announced(as_dana, email="y.levi@example.org", email_shared="on")
    assert "In your list already?" not in html
    assert 'name="email_shared"' in html


def test_an_archived_duplicate_says_so(as_dana: Browser, dana: User, yonatan: Client) -> None:
    with inside(dana):
        Client.objects.get(pk=yonatan.pk).archive()
    assert "Archived" in announced(as_dana, phone="030 55501234")


@pytest.mark.usefixtures("yonatan")
def test_another_workspace_learns_nothing(as_omer: Browser) -> None:
    html = announced(
        as_omer, email="y.levi@example.org", first_name="Yonatan", last_name="Levi", date_of_birth=BORN
    )
    assert "In your list already?" not in html


@pytest.mark.usefixtures("yonatan")
def test_an_assistant_is_told_too(as_avi: Browser) -> None:
    assert "same phone number" in announced(as_avi, phone="030 55501234")


def test_creating_takes_a_second_deliberate_step_which_is_recorded(
    as_dana: Browser, dana: User, yonatan: Client
) -> None:
    fields: dict[str, Any] = {"first_name": "Noam", "last_name": "Levi", "phone": "030 55501234"}
    response = as_dana.post(CREATE, fields)
    assert response.status_code == 422
    html = response.content.decode()
    assert "Perhaps this client is in your list already." in html
    assert f'form="client-form" value="{yonatan.pk} "' in squeeze(html)
    assert response.context["form"]["first_name"].value() == "Noam"
    assert not events(dana, "client.created")[1:]

    assert as_dana.post(CREATE, {**fields, "somebody_else": f"{yonatan.pk} "}).status_code == 302
    assert events(dana, "client.created")[-1].metadata == {"despite_duplicates": 1}


@pytest.mark.usefixtures("yonatan")
def test_a_tick_for_one_is_no_tick_for_another(as_dana: Browser, dana: User) -> None:
    other = ClientFactory(workspace=dana.workspace, first_name="Ruth", phone="030 999")
    fields = {
        "first_name": "Noam",
        "last_name": "Levi",
        "phone": "030 55501234",
        "somebody_else": str(other.pk),
    }
    assert as_dana.post(CREATE, fields).status_code == 422


@pytest.mark.usefixtures("yonatan")
def test_the_comparison_is_recorded_without_names(as_dana: Browser, dana: User) -> None:
    announced(as_dana, first_name="Yonatan", last_name="Levy", date_of_birth=BORN)
    (event,) = events(dana, "client.searched")
    assert event.metadata == {"count": 1, "purpose": "duplicates"}
    (viewed,) = events(dana, "client.viewed")
    assert viewed.fields == ["first_name", "last_name"]


def test_it_is_a_post(as_dana: Browser) -> None:
    assert as_dana.get(DUPLICATES).status_code == 405


@pytest.mark.usefixtures("yonatan")
def test_without_a_script_the_whole_form_comes_back(as_dana: Browser) -> None:
    html = as_dana.post(DUPLICATES, {"first_name": "Noam", "phone": "030 55501234"}).content.decode()
    assert "<html" in html
    assert 'value="Noam"' in html
    assert "same phone number" in html


@pytest.mark.parametrize(
    ("zone", "stored", "typed"),
    [
        ("America/New_York", "(212) 555-0187", "+12125550187"),
        ("America/New_York", "1 212 555 0187", "(212) 555-0187 ext. 42"),
        ("Europe/Copenhagen", "12 34 56 78", "+4512345678"),
        ("Europe/Copenhagen", "+4512345678", "12345678"),
        ("Europe/Berlin", "030 7654321 / 0179 1112223", "0179 1112223"),
        ("Europe/Berlin", "0179 1112223", "030 7654321 oder +49 179 1112223"),
        ("Asia/Jerusalem", "٠٥٠١٢٣٤٥٦٧", "050-1234567"),
        ("Europe/Berlin", "030 1", "0301"),
    ],
)
def test_the_same_number_is_one_however_it_is_written(db: None, zone: str, stored: str, typed: str) -> None:
    owner = make_owner("sam@example.org", "Sam", "Practice", time_zone=zone)
    ClientFactory(workspace=owner.workspace, phone=stored)
    ClientFactory(workspace=owner.workspace, first_name="Other", phone="+1 646 555 0133")
    html = announced(signed_in(owner), first_name="Noam", phone=typed)
    assert "same phone number" in html
    assert "Yonatan Levi" in html
    assert "Other" not in html
