"""Changing a client; of two tabs neither overwrites the other unseen."""

import re
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client
from pazpaz.accounts.models import User
from tests.cast import events, inside
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(dana: User) -> Client:
    created: Client = ClientFactory(
        workspace=dana.workspace,
        phone="030 1234",
        email="y.levi@example.org",
        date_of_birth="1984-05-12",
        notes="Prefers mornings.\nLikes tea.",
        medical_history="Lumbar disc.",
        alerts=["latex allergy"],
        tags=["back"],
    )
    return created


def url(client: Client) -> str:
    return reverse("clients:edit", args=[client.pk])


def form_of(browser: Browser, client: Client) -> dict[str, Any]:
    """What a browser would send back unchanged: lines of a textarea end in CR LF."""
    response = browser.get(url(client))
    form = response.context["form"]
    values = {name: form[name].value() for name in form.fields}
    values["date_of_birth"] = values["date_of_birth"] and values["date_of_birth"].isoformat()
    data = {name: "on" if value is True else value for name, value in values.items() if value}
    data = {name: value.replace("\n", "\r\n") for name, value in data.items()}
    (version,) = re.findall(r'name="version" value="([^"]+)"', response.content.decode())
    return {**data, "version": version}


def stored(dana: User, client: Client) -> Client:
    return Client.objects.get(pk=client.pk)


def test_a_change_is_saved_and_recorded_by_name(as_dana: Browser, dana: User, client: Client) -> None:
    data = form_of(as_dana, client)
    response = as_dana.post(url(client), {**data, "phone": "", "notes": "Prefers evenings."})
    assert response["Location"] == client.get_absolute_url()
    with inside(dana):
        found = stored(dana, client)
        assert (found.phone, found.phone_index, found.notes) == (None, None, "Prefers evenings.")
        assert (found.medical_history, found.tags, found.alerts) == (
            "Lumbar disc.",
            ["back"],
            ["latex allergy"],
        )
    (event,) = events(dana, "client.updated")
    assert (event.object_id, event.fields) == (client.pk, ["notes", "phone"])


def test_saving_without_a_change_changes_nothing(as_dana: Browser, dana: User, client: Client) -> None:
    assert as_dana.post(url(client), form_of(as_dana, client)).status_code == 302
    assert not events(dana, "client.updated")
    with inside(dana):
        assert stored(dana, client).updated_at == client.updated_at


def test_a_wrong_field_keeps_everything_typed(as_dana: Browser, dana: User, client: Client) -> None:
    data = {**form_of(as_dana, client), "email": "nonsense", "notes": "n" * 5000}
    response = as_dana.post(url(client), data)
    assert response.status_code == 422
    form = response.context["form"]
    assert (form["email"].value(), form["notes"].value()) == ("nonsense", "n" * 5000)
    assert "<bdi>Yonatan Levi</bdi>" in response.content.decode()


def test_of_two_tabs_the_second_is_shown_what_differs(as_dana: Browser, dana: User, client: Client) -> None:
    first, second = form_of(as_dana, client), form_of(as_dana, client)
    as_dana.post(url(client), {**first, "phone": "030 9999"})
    response = as_dana.post(url(client), {**second, "notes": "Prefers evenings."})
    assert response.status_code == 422
    assert response.context["differences"] == [
        ("Phone", "030 9999"),
        ("Notes", "Prefers mornings.\nLikes tea."),
    ]
    assert response.context["form"]["notes"].value() == "Prefers evenings."
    with inside(dana):
        assert (stored(dana, client).phone, stored(dana, client).notes) == ("030 9999", client.notes)

    (version,) = re.findall(r'name="version" value="([^"]+)"', response.content.decode())
    assert as_dana.post(url(client), {**second, "notes": "Evenings.", "version": version}).status_code == 302
    with inside(dana):
        assert (stored(dana, client).phone, stored(dana, client).notes) == ("030 1234", "Evenings.")


def test_a_stale_form_that_differs_in_nothing_is_saved(as_dana: Browser, client: Client) -> None:
    data = form_of(as_dana, client)
    as_dana.post(url(client), {**data, "phone": "030 9999"})
    assert as_dana.post(url(client), {**data, "phone": "030 9999"}).status_code == 302


def test_a_stale_form_with_an_error_still_shows_what_differs(as_dana: Browser, client: Client) -> None:
    data = form_of(as_dana, client)
    as_dana.post(url(client), {**data, "phone": "030 9999"})
    response = as_dana.post(url(client), {**data, "email": "nonsense"})
    assert ("Phone", "030 9999") in response.context["differences"]
    assert "email" in response.context["form"].errors


def test_an_assistant_changes_contact_data_and_leaves_the_rest_sealed(
    as_avi: Browser, avi: User, dana: User, client: Client
) -> None:
    html = as_avi.get(url(client)).content.decode()
    assert "Lumbar disc" not in html
    assert not any(f'name="{name}"' in html for name in ("notes", "medical_history", "tags"))
    response = as_avi.post(url(client), {**form_of(as_avi, client), "phone": "030 1", "notes": "gone"})
    assert response.status_code == 302
    with inside(dana):
        found = stored(dana, client)
        assert (found.phone, found.notes, found.medical_history) == ("030 1", client.notes, "Lumbar disc.")
    read = {field for event in events(dana) if event.actor_id == avi.pk for field in event.fields}
    assert "email" in read
    assert not read & {"notes", "medical_history", "tags"}


def test_an_address_of_another_client_is_refused(as_dana: Browser, dana: User, client: Client) -> None:
    other = ClientFactory(workspace=dana.workspace, first_name="Ruth", email="ruth@example.org")
    response = as_dana.post(url(client), {**form_of(as_dana, client), "email": "Ruth@example.org"})
    assert response.status_code == 422
    assert response.context["form"].email_holder == other
    with inside(dana):
        assert stored(dana, client).email == "y.levi@example.org"


def test_a_shared_address_can_be_claimed_back_only_while_nobody_else_holds_it(
    as_dana: Browser, dana: User, client: Client
) -> None:
    partner = ClientFactory(workspace=dana.workspace, email="y.levi@example.org", email_shared=True)
    data = form_of(as_dana, partner)
    assert data.pop("email_shared") == "on"
    assert as_dana.post(url(partner), data).status_code == 422


def test_another_workspaces_client_is_not_there(as_omer: Browser, dana: User, client: Client) -> None:
    assert as_omer.get(url(client)).status_code == 404
    assert as_omer.post(url(client), {"first_name": "Mine", "last_name": "Now"}).status_code == 404
    with inside(dana):
        assert stored(dana, client).full_name == "Yonatan Levi"


def test_opening_the_form_is_recorded_as_reading(as_dana: Browser, dana: User, client: Client) -> None:
    as_dana.get(url(client))
    (event,) = events(dana, "client.viewed")
    assert event.object_id == client.pk
    assert {"first_name", "notes", "medical_history", "email"} <= set(event.fields)


def test_few_queries(as_dana: Browser, client: Client, django_assert_max_num_queries: Any) -> None:
    data = form_of(as_dana, client)
    with django_assert_max_num_queries(12):
        as_dana.get(url(client))
    with django_assert_max_num_queries(14):  # two of them only because tests run inside a transaction
        as_dana.post(url(client), {**data, "phone": "1"})


def test_no_browser_may_cut_off_a_pasted_history(as_dana: Browser, client: Client) -> None:
    """It would do so without a word; sent whole, it comes back with what is wrong."""
    page = as_dana.get(url(client)).text
    assert all("maxlength" not in textarea for textarea in re.findall(r"<textarea[^>]*>", page))
    history = "x" * 20_001
    response = as_dana.post(url(client), form_of(as_dana, client) | {"medical_history": history})
    assert response.status_code == 422
    assert history in response.text
