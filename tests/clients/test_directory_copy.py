"""The sealed copy of the directory: never behind the clients, whoever wrote them."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from django.core import serializers
from django.db import connection, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients import directory
from clients.directory_copy import open_directory
from clients.matching.names import sort_key
from clients.models import Client, ClientDirectory
from pazpaz.accounts.models import User
from pazpaz.encryption.vault import current_vault
from pazpaz.encryption.verification import verify_workspace
from tests.cast import events, inside
from tests.conftest import Connection
from tests.encryption.columns import new_generation, store, stored
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db

LIST = reverse("clients:list")
PEOPLE = [("Yonatan", "Levi"), ("Ruth", "Adler"), ("Maya", "Zur"), ("Noa", "Baum")]


@pytest.fixture
def people(dana: User) -> list[Client]:
    clients = [
        ClientFactory(workspace=dana.workspace, first_name=first, last_name=last, phone=f"030 55501{n:02}")
        for n, (first, last) in enumerate(PEOPLE)
    ]
    with inside(dana):
        look(dana)
    return clients


def look(user: User) -> list[str]:
    """The names in the order of the directory, after comparing everything in it with the clients."""
    assert user.workspace is not None
    clients = {client.pk: client for client in Client.objects.all()}
    for active in (True, False):
        ids = list(directory.by_name(user.workspace, active=active))
        expected = [client for client in clients.values() if client.is_active is active]
        expected.sort(key=lambda client: sort_key(client.last_name, client.first_name))
        assert ids == [client.pk for client in expected]
    for client in clients.values():
        assert client.pk in directory.search(user.workspace, client.full_name)
        if client.phone:
            assert client.pk in open_directory(user.workspace.pk, unrecorded="a test").with_number(
                client.phone
            )
    assert len(open_directory(user.workspace.pk, unrecorded="a test").in_order(active=True)) <= len(clients)
    return [clients[pk].full_name for pk in directory.by_name(user.workspace, active=True)]


def save(client: Client) -> None:
    client.first_name, client.last_name, client.phone = "Tamar", "Aaron", "030 999999"
    client.save()


def save_one_field(client: Client) -> None:
    client.last_name = "Aaron"
    client.save(update_fields=["last_name"])


def bulk_update(client: Client) -> None:
    client.last_name = "Aaron"
    Client.objects.bulk_update([client], ["last_name"])


def bulk_create(client: Client) -> None:
    Client.objects.bulk_create(
        [Client(workspace_id=client.workspace_id, first_name=f"New {n}", last_name="Aaron") for n in range(3)]
    )


def archive(client: Client) -> None:
    Client.objects.get(pk=client.pk).archive()


def delete(client: Client) -> None:
    Client.objects.filter(pk=client.pk).delete()


def load_fixture(client: Client) -> None:
    client.last_name = "Aaron"
    client.save()
    fixture = serializers.serialize("json", [client])
    open_directory(client.workspace_id, unrecorded="a test")
    client.last_name = "Zzz"
    client.save()
    open_directory(client.workspace_id, unrecorded="a test")
    for row in serializers.deserialize("json", fixture):
        row.save()


def write_raw(client: Client) -> None:
    field = Client._meta.get_field("last_name")
    token = field.seal(current_vault(), client.pk, "Aaron")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE clients_client SET last_name = %s WHERE id = %s", [token, client.pk])


def twice_in_one_transaction(client: Client) -> None:
    for last in ("Zzz", "Aaron"):
        client.last_name = last
        client.save()
        open_directory(client.workspace_id, unrecorded="a test")


def take_back(client: Client) -> None:
    with transaction.atomic():
        client.last_name = "Zzz"
        client.save()
        open_directory(client.workspace_id, unrecorded="a test")
        transaction.set_rollback(True)


def reseal(client: Client) -> None:
    """Nothing changes but the key."""
    owner = User.objects.get(workspace_id=client.workspace_id)
    new_generation(owner)
    client.save()


@pytest.mark.parametrize(
    "write",
    [
        save,
        save_one_field,
        bulk_update,
        bulk_create,
        archive,
        delete,
        load_fixture,
        write_raw,
        twice_in_one_transaction,
        take_back,
        reseal,
    ],
)
def test_every_way_of_writing_is_seen_at_once(
    dana: User, people: list[Client], write: Callable[[Client], None]
) -> None:
    with inside(dana):
        write(Client.objects.get(pk=people[2].pk))
        look(dana)
        look(dana)


def test_what_another_process_wrote_is_seen_at_once(
    as_dana: Browser, dana: User, second_connection: Connection
) -> None:
    client = ClientFactory(workspace=dana.workspace)
    ClientFactory(workspace=dana.workspace, last_name="Zur")
    assert "Yonatan Levi" in as_dana.get(LIST).text
    with second_connection.transaction():
        second_connection.execute("SELECT set_config('pazpaz.workspace', %s, true)", [str(dana.workspace_id)])
        second_connection.execute(
            "UPDATE clients_client SET is_active = false, archived_at = now() WHERE id = %s", [client.pk]
        )
    html = as_dana.get(LIST).text
    assert "Yonatan Levi" not in html
    assert "Yonatan Zur" in html


def test_nobody_waits_for_somebody_who_renews_it(
    as_dana: Browser, dana: User, second_connection: Connection
) -> None:
    ClientFactory(workspace=dana.workspace)
    with second_connection.transaction():
        second_connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"directory of {dana.workspace_id}"]
        )
        assert "Yonatan Levi" in as_dana.get(LIST).text
        with inside(dana):
            assert not ClientDirectory.objects.exists()
    assert "Yonatan Levi" in as_dana.get(LIST).text
    with inside(dana):
        assert ClientDirectory.objects.count() == 1


@pytest.mark.parametrize("column", ["people", "words", "sources"])
def test_a_damaged_copy_is_built_again(
    dana: User, people: list[Client], column: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="pazpaz")
    with inside(dana):
        names = look(dana)
        copy = ClientDirectory.objects.get()
        (token,) = stored(copy, column)
        (other,) = stored(copy, "people" if column == "words" else "words")
        for damage in (token[:-8] + "AAAAAAA=", other):
            store(copy, **{column: damage})
            assert look(dana) == names
            with transaction.atomic():
                Client.objects.filter(pk=people[0].pk).update(updated_at=timezone.now())
            assert look(dana) == names
    assert "does not open: it is built again" in caplog.text
    assert not any(part in caplog.text for name in PEOPLE for part in name)


def test_an_older_copy_put_back_is_not_believed(dana: User, people: list[Client]) -> None:
    with inside(dana):
        copy = ClientDirectory.objects.get()
        old = dict(
            zip(("people", "words", "sources"), stored(copy, "people", "words", "sources"), strict=True)
        )
        save(Client.objects.get(pk=people[2].pk))
        names = look(dana)
        store(copy, **old)
        assert look(dana) == names


def test_a_copy_in_another_workspace_does_not_open(dana: User, omer: User, people: list[Client]) -> None:
    ClientFactory(workspace=omer.workspace, first_name="Gila", last_name="Stern")
    with inside(dana):
        theirs = stored(ClientDirectory.objects.get(), "people", "words", "sources")
    with inside(omer):
        look(omer)
        copy = ClientDirectory.objects.get()
        store(copy, **dict(zip(("people", "words", "sources"), theirs, strict=True)))
        assert look(omer) == ["Gila Stern"]


def test_values_that_do_not_open_take_nobody_else_off_the_list(
    as_dana: Browser, dana: User, people: list[Client]
) -> None:
    one, other = people[0], people[1]
    with inside(dana):
        (last_one,), (last_other,) = stored(one, "last_name"), stored(other, "last_name")
        store(one, last_name=last_other)
        store(other, last_name=last_one)
    for html in (
        as_dana.get(LIST).text,
        as_dana.post(LIST, {"q": "030 555"}).text,
        as_dana.post(reverse("scheduling:client-choices"), {"client_query": "030 555"}).text,
    ):
        assert html.count("<bdi>Cannot be read</bdi>") == 2
        assert "Maya Zur" in html
        assert "Ruth" not in html
        assert "Yonatan" not in html


def test_verification_names_a_copy_that_says_something_else(dana: User, people: list[Client]) -> None:
    with inside(dana):
        assert not verify_workspace(current_vault()).damage
        copy = ClientDirectory.objects.get()
        copy.words = copy.words.replace("levi", "cohen")
        copy.save()
        (damage,) = verify_workspace(current_vault()).damage
        assert damage.label == "client_directory.words"
        assert damage.row == dana.workspace_id
        assert "1 clients" in damage.problem


def test_an_outdated_copy_is_not_damage(dana: User, people: list[Client]) -> None:
    with inside(dana):
        save(Client.objects.get(pk=people[2].pk))
        assert not verify_workspace(current_vault()).damage


def test_in_another_country_numbers_are_read_again(as_dana: Browser, dana: User) -> None:
    ClientFactory(workspace=dana.workspace, phone="(212) 555-0187")
    assert "Yonatan" not in as_dana.post(LIST, {"q": "+12125550187"}).text
    with inside(dana) as scope:
        scope.workspace.country = "US"
        scope.workspace.save()
    assert "Yonatan" in as_dana.post(LIST, {"q": "+12125550187"}).text


def test_looking_is_recorded_as_before(as_dana: Browser, dana: User, people: list[Client]) -> None:
    as_dana.get(LIST)
    as_dana.post(LIST, {"q": "levi"})
    searched = events(dana, "client.searched")[-1]
    assert searched.metadata == {"count": 1}
    listed, found = events(dana, "client.viewed")[-2:]
    assert set(listed.object_ids) == {client.pk for client in people}
    assert (found.object_id, found.fields) == (people[0].pk, ["first_name", "last_name", "phone"])
    assert not events(dana, "client_directory.viewed")
