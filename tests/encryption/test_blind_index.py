"""The blind index: equal values meet within a workspace, nothing else can be told from it."""

from pathlib import Path

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction

from clients.models import Client
from pazpaz.accounts.models import User
from pazpaz.encryption.blind_index import rebuild
from pazpaz.encryption.vault import current_vault
from tests.cast import inside
from tests.conftest import Connection
from tests.encryption.columns import refused, stored
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(dana: User) -> Client:
    return ClientFactory(workspace=dana.workspace, email="Yael.Cohen@Example.org", phone="030 123456")


def index(client: Client) -> bytes:
    [digest] = stored(client, "email_index")
    return bytes(digest)


@pytest.mark.parametrize(
    "written", ["yael.cohen@example.org", " YAEL.COHEN@EXAMPLE.ORG ", "Yael.Cohen@example.ORG"]
)
def test_an_address_is_found_however_it_is_written(dana: User, client: Client, written: str) -> None:
    with inside(dana):
        assert Client.objects.with_email(written).get() == client
        assert not Client.objects.with_email("yael@example.org").exists()


@pytest.mark.parametrize("written", ["+49 30 123456", "030/123456", "0049-30-123456", "(030) 12 34 56"])
def test_a_number_is_found_however_it_is_written(dana: User, client: Client, written: str) -> None:
    with inside(dana):
        assert Client.objects.with_phone(written).get() == client


def test_composed_and_decomposed_letters_meet(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, email="rene\u0301@example.org".replace("e\u0301", "e"))
    with inside(dana):
        digest = Client.email_field().digest
        assert digest("ren\u00e9@example.org") == digest("rene\u0301@example.org")
        assert bytes(digest("rene@example.org") or b"") == index(client)


def test_it_is_16_bytes_that_hold_no_plaintext_and_no_data_key(dana: User, client: Client) -> None:
    with inside(dana):
        assert len(index(client)) == 16
        keys = current_vault().keys
        assert keys.digest("client.email#n1", b"x") != keys.digest("client.phone#n2", b"x")


def test_one_address_has_another_index_in_another_workspace_and_column(
    dana: User, omer: User, client: Client
) -> None:
    other = ClientFactory(workspace=omer.workspace, email="yael.cohen@example.org")
    with inside(dana):
        one = index(client)
        assert Client.email_field().digest("123456") != Client.phone_field().digest("123456")
    with inside(omer):
        assert index(other) != one


def test_an_address_is_unique_in_its_workspace_unless_shared(dana: User, omer: User, client: Client) -> None:
    ClientFactory(workspace=omer.workspace, email="yael.cohen@example.org")
    with pytest.raises(IntegrityError) as caught:
        ClientFactory(workspace=dana.workspace, email="yael.cohen@example.org")
    assert "client_email_unique_unless_shared" in str(caught.value)
    ClientFactory(workspace=dana.workspace, email="yael.cohen@example.org", email_shared=True)


def test_it_follows_every_way_of_saving(dana: User, client: Client) -> None:
    with inside(dana):
        found = Client.objects.get(pk=client.pk)
        found.email = "a@example.org"
        found.save()
        assert Client.objects.with_email("a@example.org").exists()

        found.email = "b@example.org"
        found.save(update_fields=["email"])
        assert Client.objects.with_email("b@example.org").exists()

        part = Client.objects.defer("email_index").get(pk=client.pk)
        part.email = "c@example.org"
        part.save()
        assert Client.objects.with_email("c@example.org").exists()

        only = Client.objects.only("email").get(pk=client.pk)
        only.email = "d@example.org"
        only.save()
        assert Client.objects.with_email("d@example.org").exists()

        only.email = None
        only.save()
        assert stored(client, "email", "email_index") == (None, None)


def test_it_stays_when_its_source_was_not_loaded(dana: User, client: Client) -> None:
    with inside(dana):
        before = index(client)
        Client.objects.defer("email").get(pk=client.pk).save()
        assert index(client) == before


def test_bulk_create_makes_it(dana: User) -> None:
    with inside(dana) as scope:
        Client.objects.bulk_create(
            [Client(workspace=scope.workspace, first_name="B", last_name="C", email="bulk@example.org")]
        )
        assert Client.objects.with_email("bulk@example.org").exists()


@pytest.mark.parametrize("nothing", ["", "   ", None])
def test_nothing_has_no_index(dana: User, nothing: str | None) -> None:
    with inside(dana):
        assert Client.email_field().digest(nothing) is None


def test_a_value_without_a_normal_form_has_no_index(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, phone="ask her mother")
    with inside(dana):
        assert stored(client, "phone_index") == (None,)


@pytest.mark.parametrize("lookup", ["startswith", "gt", "contains", "range", "regex"])
def test_it_knows_only_equality(dana: User, lookup: str) -> None:
    with inside(dana), refused(FieldError, "supports equality only"):
        Client.objects.filter(**{f"email_index__{lookup}": b"x"})


def test_rebuilding_repairs_it(dana: User, client: Client) -> None:
    with inside(dana):
        before = index(client)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE clients_client SET email_index = %s", [b"x" * 16])
        rebuild(list(Client.objects.all()), Client.email_field())
        assert index(client) == before


def test_the_database_finds_by_index_as_the_application_role(superuser: Connection, dana: User) -> None:
    with inside(dana) as scope:
        Client.objects.bulk_create(
            [
                Client(workspace=scope.workspace, first_name="A", last_name="B", phone=f"030 {n}")
                for n in range(300)
            ]
        )
    superuser.execute("ANALYZE clients_client")
    with inside(dana) as scope, connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN SELECT id FROM clients_client WHERE workspace_id = %s AND phone_index = %s",
            [scope.workspace.pk, Client.phone_field().digest("030 7")],
        )
        plan = " ".join(line for (line,) in cursor.fetchall())
    assert "client_phone" in plan
    assert "Seq Scan" not in plan


def test_its_keys_are_in_no_migration() -> None:
    texts = [path.read_text() for path in Path(__file__).parents[2].glob("clients/migrations/*.py")]
    text = "".join(text for text in texts if "RunPython" not in text)
    assert "client.email#n1" in text
    assert "key" not in text.replace("primary_key", "").replace("ForeignKey", "")


@pytest.mark.parametrize("column", ["email", "phone"])
def test_sql_that_clears_a_value_clears_its_index(dana: User, client: Client, column: str) -> None:
    """Otherwise a value that was taken away could still be recognised."""
    with inside(dana), pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE clients_client SET {column} = NULL")
