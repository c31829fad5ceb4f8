"""A new client: three fields are enough, everything else is folded."""

from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client
from pazpaz.accounts.models import User
from tests.cast import events, inside
from tests.factories import MONDAY, ClientFactory

pytestmark = pytest.mark.django_db

LIST = reverse("clients:list")
CREATE = reverse("clients:create")
NAMES = {"first_name": "O'Brien-כהן 🌊", "last_name": "Levi"}
EVERYTHING = {
    **NAMES,
    "phone": "030/5550 12-34 (mornings)",
    "email": "Y.Levi@Example.org",
    "date_of_birth": "1984-05-12",
    "address": "Kantstraße 1\r\nBerlin",
    "emergency_contact_name": "Maya",
    "emergency_contact_phone": "+972 50 123",
    "consent_status": "on",
    "medical_history": "Lumbar disc.",
    "notes": "n" * 5000,
    "tags": "back, runner,back, , !latex  allergy",
}


def only_client(user: User) -> Client:
    (client,) = Client.objects.filter(workspace=user.workspace)
    return client


def post(browser: Browser, **fields: Any) -> Any:
    return browser.post(CREATE, {**NAMES, **fields})


def test_a_name_is_enough(as_dana: Browser, dana: User) -> None:
    response = as_dana.post(CREATE, NAMES)
    with inside(dana):
        client = only_client(dana)
        assert response["Location"] == client.get_absolute_url()
        assert client.full_name == "O'Brien-כהן 🌊 Levi"
        unset = (
            "phone",
            "email",
            "email_index",
            "date_of_birth",
            "notes",
            "medical_history",
            "tags",
            "address",
        )
        assert [getattr(client, name) for name in unset] == [None] * len(unset)
        assert (client.consent_status, client.consent_at) == (False, None)
    (event,) = events(dana, "client.created")
    assert event.fields == ["first_name", "last_name"]
    assert event.metadata == {"despite_duplicates": 0}


@time_machine.travel(MONDAY, tick=False)
def test_everything_typed_is_kept(as_dana: Browser, dana: User) -> None:
    assert as_dana.post(CREATE, EVERYTHING).status_code == 302
    with inside(dana):
        client = only_client(dana)
        assert client.phone == "030/5550 12-34 (mornings)"
        assert client.email == "Y.Levi@Example.org"
        assert client.date_of_birth.isoformat() == "1984-05-12"
        assert client.address == "Kantstraße 1\nBerlin"
        assert (client.emergency_contact_name, client.emergency_contact_phone) == ("Maya", "+972 50 123")
        assert (client.medical_history, client.notes) == ("Lumbar disc.", "n" * 5000)
        assert (client.alerts, client.tags) == (["latex allergy"], ["back", "runner"])
        assert (client.consent_status, client.consent_at) == (True, MONDAY)
    (event,) = events(dana, "client.created")
    assert set(event.fields) == {*EVERYTHING, "alerts"}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("last_name", "x" * 256, "at most 255 characters"),
        ("phone", "1" * 51, "at most 50 characters"),
        ("email", "no address", "Enter a valid email address."),
        ("date_of_birth", "2999-01-01", "The date of birth is in the future."),
        ("date_of_birth", "1899-12-31", "The date of birth is before 1900."),
        ("date_of_birth", "12th of May", "Enter a valid date."),
        ("notes", "x" * 20_001, "at most 20000 characters"),
        ("alerts", "x" * 201, "An alert has at most 200 characters."),
        ("alerts", "\n".join(f"a{n}" for n in range(21)), "At most 20 alerts"),
        ("tags", "x" * 41, "Are they separated by commas?"),
        ("tags", ",".join(f"t{n}" for n in range(21)), "At most 20 tags"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(
    as_dana: Browser, dana: User, field: str, value: str, words: str
) -> None:
    response = as_dana.post(CREATE, {**EVERYTHING, field: value})
    assert response.status_code == 422
    form = response.context["form"]
    assert words in " ".join(form.errors[field])
    assert list(form.errors) == [field]
    assert form["medical_history"].value() == "Lumbar disc."
    assert form[field].value() == value
    assert '<details class="more" open>' in response.content.decode()
    with inside(dana):
        assert not Client.objects.exists()


def test_the_rest_is_folded_until_it_holds_something(as_dana: Browser) -> None:
    assert '<details class="more">' in as_dana.get(CREATE).content.decode()
    assert '<details class="more">' in as_dana.post(CREATE, {"first_name": " "}).content.decode()
    assert (
        '<details class="more" open>'
        in post(as_dana, first_name="", last_name="", tags="back").content.decode()
    )


def test_an_assistant_creates_without_clinical_fields(as_avi: Browser, dana: User) -> None:
    html = as_avi.get(CREATE).content.decode()
    assert not any(f'name="{name}"' in html for name in ("notes", "medical_history", "tags"))
    as_avi.post(CREATE, EVERYTHING)
    with inside(dana):
        client = only_client(dana)
        assert (client.notes, client.medical_history, client.tags) == (None, None, None)
        assert client.email == "Y.Levi@Example.org"


def test_an_address_in_use_is_refused_with_the_way_out(as_dana: Browser, dana: User) -> None:
    holder = ClientFactory(workspace=dana.workspace, first_name="Ruth", email="ruth@example.org")
    response = post(as_dana, email=" RUTH@example.ORG ")
    assert response.status_code == 422
    assert "Tick that they share it, or open that client." in response.context["form"].errors["email"][0]
    html = response.content.decode()
    assert f'<a href="{holder.get_absolute_url()}">Open Ruth Levi</a>' in html
    assert 'name="email_shared"' in html
    assert post(as_dana, email="ruth@example.org", email_shared="on").status_code == 302


def test_the_tick_for_a_shared_address_is_hidden_until_it_is_needed(as_dana: Browser) -> None:
    assert "email_shared" not in as_dana.get(CREATE).content.decode().replace("#id_email_shared", "")


def test_the_same_address_in_another_workspace_is_no_matter(as_omer: Browser, dana: User) -> None:
    ClientFactory(workspace=dana.workspace, email="ruth@example.org")
    assert post(as_omer, email="ruth@example.org").status_code == 302


def test_several_clients_may_be_without_an_address(as_dana: Browser, dana: User) -> None:
    for first in ("Ada", "Bo"):
        assert post(as_dana, first_name=first, email="").status_code == 302
    with inside(dana):
        assert Client.objects.count() == 2


def test_a_look_at_the_form_costs_little(as_dana: Browser, django_assert_max_num_queries: Any) -> None:
    as_dana.get(LIST)  # the directory is there; sealing it again after a change costs seven more
    with django_assert_max_num_queries(12):
        as_dana.get(CREATE)
    with django_assert_max_num_queries(15):  # two of them only because tests run inside a transaction
        assert as_dana.post(CREATE, EVERYTHING).status_code == 302
