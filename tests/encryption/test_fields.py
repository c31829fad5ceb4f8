"""Sealed on save, opened on first read, bound to its row, column and workspace."""

import pytest
from django.db import connection

from clients.models import Client
from pazpaz.accounts.models import User
from pazpaz.encryption.errors import CannotOpen
from tests.cast import events, inside
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db


def tokens(client: Client) -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT first_name, last_name FROM clients_client WHERE id = %s", [client.pk])
        return tuple(cursor.fetchone())


def test_what_was_saved_is_read_back(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, first_name="O'Brien-כהן 🌊", notes="x" * 5000)
    with inside(dana):
        found = Client.objects.get(pk=client.pk)
        assert (found.first_name, found.notes) == ("O'Brien-כהן 🌊", "x" * 5000)


def test_the_column_holds_a_token_and_no_plaintext(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, first_name="Yonatan")
    with inside(dana):
        first, _last = tokens(client)
    assert first.startswith("v1:")
    assert "Yonatan" not in first


def test_an_unchanged_save_keeps_the_token_and_a_change_replaces_it(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    with inside(dana):
        before = tokens(client)
        found = Client.objects.get(pk=client.pk)
        found.save()
        found.first_name = found.first_name
        found.save()
        assert tokens(client) == before
        found.first_name = "Jonathan"
        found.save()
        assert tokens(client)[0] != before[0]
        assert tokens(client)[1] == before[1]


def test_swapping_two_clients_names_is_detected(dana: User) -> None:
    one = ClientFactory(workspace=dana.workspace, first_name="Anna")
    two = ClientFactory(workspace=dana.workspace, first_name="Ruth")
    with inside(dana):
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE clients_client SET first_name = %s WHERE id = %s", [tokens(two)[0], one.pk]
            )
        with pytest.raises(CannotOpen, match=f"cannot open client.first_name of {one.pk}: wrong key"):
            _ = Client.objects.get(pk=one.pk).first_name


def test_reading_leaves_one_event_for_each_kind_of_object(dana: User) -> None:
    for _n in range(3):
        ClientFactory(workspace=dana.workspace)
    with inside(dana):
        for client in Client.objects.all():
            _ = client.full_name
    viewed = events(dana, "client.viewed")
    assert len(viewed) == 1
    assert len(viewed[0].object_ids) == 3
    assert viewed[0].fields == ["first_name", "last_name"]
