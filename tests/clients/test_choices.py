"""Choosing a client for a booking."""

import pytest
from django.template.loader import render_to_string

from clients.directory import Choice, choices
from clients.models import Client
from pazpaz.accounts.models import User
from pazpaz.scope import workspace_scope
from tests.cast import events, inside
from tests.factories import ClientFactory
from tests.squeeze import squeeze

pytestmark = pytest.mark.django_db


def choose(user: User, query: str, limit: int = 8) -> list[Choice]:
    assert user.workspace is not None
    with workspace_scope(user.workspace, user):
        return choices(user.workspace, query, limit)


def test_the_likeliest_come_first_with_what_tells_them_apart(dana: User) -> None:
    ClientFactory(workspace=dana.workspace, first_name="Yonatan", last_name="Levin", email="yl@example.org")
    levi = ClientFactory(workspace=dana.workspace, phone="030 1234", email="other@example.org")
    assert [(c.name, c.detail) for c in choose(dana, "Yonatan Levi")] == [
        ("Yonatan Levi", "030 1234"),
        ("Yonatan Levin", "yl@example.org"),
    ]
    assert choose(dana, "Jonatan Lvi")[0].id == levi.pk


def test_without_a_query_the_first_ones_by_name(dana: User) -> None:
    for last in ("Cohen", "Adler", "Baum"):
        ClientFactory(workspace=dana.workspace, last_name=last)
    assert [c.name for c in choose(dana, "", limit=2)] == ["Yonatan Adler", "Yonatan Baum"]


def test_archived_clients_are_no_choice(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    with inside(dana):
        Client.objects.get(pk=client.pk).archive()
    assert choose(dana, "Levi") == []


def test_an_assistant_chooses_and_another_workspace_finds_nobody(dana: User, avi: User, omer: User) -> None:
    ClientFactory(workspace=dana.workspace)
    assert len(choose(avi, "Levi")) == 1
    assert choose(omer, "Levi") == []


def test_one_event_names_who_was_shown(dana: User) -> None:
    shown = ClientFactory(workspace=dana.workspace, email="ruth@example.org", phone="030 1234567")
    ClientFactory(workspace=dana.workspace, last_name="Levin")
    choose(dana, "Levi", limit=1)
    (event,) = events(dana, "client.searched")
    assert (event.object_id, event.metadata) == (shown.pk, {"count": 2})
    assert event.fields == ["email", "first_name", "last_name", "phone"]


def test_the_list_is_made_of_radio_buttons(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, first_name="<b>")
    html = render_to_string("clients/_choices.html", {"choices": choose(dana, "levi"), "chosen": client.pk})
    assert f'name="client" value="{client.pk}" required checked' in squeeze(html)
    assert "&lt;b&gt; Levi" in html
    assert "No active client matches" in render_to_string("clients/_choices.html", {"query": "x"})
