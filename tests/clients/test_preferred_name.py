"""What a client wants to be called: written by anybody in the practice, sealed, and recorded by its name."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from audit.sentences import fields
from clients.models import Client
from pazpaz.accounts.models import User
from tests.cast import events, inside
from tests.factories import ClientFactory
from tests.page_forms import forms_of

pytestmark = pytest.mark.django_db

CREATE = reverse("clients:create")


@pytest.fixture(params=["as_dana", "as_avi"])
def browser(request: pytest.FixtureRequest) -> Browser:
    """An owner and an assistant: the name is contact data."""
    found: Browser = request.getfixturevalue(request.param)
    return found


def test_it_is_typed_into_the_form_and_stands_on_the_page(browser: Browser, dana: User) -> None:
    [form] = forms_of(CREATE, browser.get(CREATE).text)
    typed = form.data | {"first_name": "Yonatan", "preferred_name": "Yoni <3"}
    response = browser.post(form.action, typed)
    assert response.status_code == 302
    assert "Yoni &lt;3" in browser.get(response.headers["Location"]).text
    [event] = events(dana, "client.created")
    assert event.fields == ["first_name", "preferred_name"]
    assert fields(event) == "first name, preferred name"


def test_a_change_is_recorded_by_name_and_never_by_value(browser: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, preferred_name="Yoni")
    edit = reverse("clients:edit", args=[client.pk])
    [form] = forms_of(edit, browser.get(edit).text)
    assert form.data["preferred_name"] == "Yoni"
    assert browser.post(form.action, form.data | {"preferred_name": ""}).status_code == 302
    with inside(dana):
        assert Client.objects.get(pk=client.pk).preferred_name is None
    [event] = events(dana, "client.updated")
    assert event.fields == ["preferred_name"]
    assert "Yoni" not in str(event.metadata)


def test_a_name_that_is_too_long_is_refused_with_what_was_typed(as_dana: Browser) -> None:
    response = as_dana.post(CREATE, {"first_name": "Yonatan", "preferred_name": "y" * 256})
    assert response.status_code == 422
    assert "y" * 256 in response.text


def test_the_column_holds_a_token(dana: User) -> None:
    ClientFactory(workspace=dana.workspace, preferred_name="Yoni")
    with inside(dana), connection.cursor() as cursor:
        cursor.execute("SELECT preferred_name::text FROM clients_client")
        assert "Yoni" not in str(cursor.fetchall())
