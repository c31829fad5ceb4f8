"""Every way the ORM brings rows in: values open, and only in their place."""

import asyncio
import pickle
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import FieldFetchBlocked
from django.db import connection, models
from django.db.models import Prefetch
from django.test.utils import CaptureQueriesContext

from clients.models import Client
from pazpaz.accounts.models import User
from pazpaz.encryption.errors import CannotOpen, NoOpenVault, NotEncrypted
from pazpaz.encryption.sealed import Sealed
from pazpaz.encryption.vault import ClinicalDataDenied
from pazpaz.scope import workspace_scope
from scheduling.models import Appointment
from tests.cast import events, inside
from tests.encryption.columns import store, stored
from tests.factories import AppointmentFactory, ClientFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(dana: User) -> Client:
    return ClientFactory(workspace=dana.workspace, first_name="Yonatan", last_name="Levi", notes="knee")


async def got(client_id: UUID) -> Client:
    return await Client.objects.aget(pk=client_id)


async def first_of(rows: Any) -> Client:
    async for row in rows:
        return row  # type: ignore[no-any-return]
    raise AssertionError


WAYS: dict[str, Callable[[Client], Client | None]] = {
    "get": lambda c: Client.objects.get(pk=c.pk),
    "filter": lambda c: Client.objects.filter(is_active=True)[0],
    "slice": lambda c: Client.objects.all()[:1][0],
    "first": lambda c: Client.objects.first(),
    "latest": lambda c: Client.objects.latest("created_at"),
    "in_bulk": lambda c: Client.objects.in_bulk([c.pk])[c.pk],
    "iterator": lambda c: next(iter(Client.objects.iterator())),
    "only": lambda c: Client.objects.only("first_name").get(pk=c.pk),
    "defer": lambda c: Client.objects.defer("first_name", "workspace").get(pk=c.pk),
    "defer and fetch peers": lambda c: (
        Client.objects.defer("first_name").fetch_mode(models.FETCH_PEERS).get(pk=c.pk)
    ),
    "union": lambda c: Client.objects.filter(pk=c.pk).union(Client.objects.filter(is_active=False))[0],
    "raw": lambda c: Client.objects.raw("SELECT * FROM clients_client")[0],
    "raw, few columns": lambda c: Client.objects.raw("SELECT id, first_name FROM clients_client")[0],
    "plain queryset": lambda c: models.QuerySet(Client).get(pk=c.pk),
    "base manager": lambda c: Client._base_manager.get(pk=c.pk),
    "from the workspace": lambda c: c.workspace.clients.get(),
    "select for update": lambda c: Client.objects.select_for_update().get(pk=c.pk),
    "get or create": lambda c: Client.objects.get_or_create(pk=c.pk)[0],
    "annotated": lambda c: Client.objects.annotate(n=models.Count("appointments")).get(pk=c.pk),
    "aget": lambda c: async_to_sync(got)(c.pk),
    "async for": lambda c: async_to_sync(first_of)(Client.objects.all()),
    "pickled queryset": lambda c: pickle.loads(pickle.dumps(Client.objects.all()))[0],
}


@pytest.mark.parametrize("way", WAYS)
def test_a_value_opens_however_its_row_was_loaded(dana: User, client: Client, way: str) -> None:
    with inside(dana):
        found = WAYS[way](client)
        assert found is not None
        assert (found.first_name, found.last_name, found.notes) == ("Yonatan", "Levi", "knee")


@pytest.mark.parametrize(
    "rows",
    [
        lambda: Appointment.objects.select_related("client"),
        lambda: Appointment.objects.prefetch_related("client"),
        lambda: Appointment.objects.prefetch_related(Prefetch("client", Client.objects.only("first_name"))),
        lambda: Appointment.objects.select_related("client").only("client__first_name"),
        lambda: Appointment.objects.all(),
    ],
    ids=["select_related", "prefetch_related", "Prefetch", "only a related column", "lazily"],
)
def test_a_related_row_opens(dana: User, client: Client, rows: Callable[[], Iterable[Appointment]]) -> None:
    AppointmentFactory(workspace=dana.workspace, client=client, notes="bring the scan")
    with inside(dana):
        [appointment] = rows()
        assert appointment.client.first_name == "Yonatan"
        assert appointment.notes == "bring the scan"


def test_a_column_nobody_reads_is_never_opened(dana: User, client: Client) -> None:
    with inside(dana):
        store(client, notes=stored(client, "last_name")[0])
        found = Client.objects.get(pk=client.pk)
        assert found.first_name == "Yonatan"
        with pytest.raises(CannotOpen, match="cannot open client.notes of"):
            _ = found.notes


def test_fetch_mode_raise_refuses_a_deferred_column(dana: User, client: Client) -> None:
    with inside(dana):
        found = Client.objects.only("last_name").fetch_mode(models.FETCH_RAISE).get(pk=client.pk)
        with pytest.raises(FieldFetchBlocked):
            _ = found.first_name


def test_refreshing_brings_the_stored_value_back_and_opens_nothing(dana: User, client: Client) -> None:
    with inside(dana):
        found = Client.objects.get(pk=client.pk)
        found.first_name, found.last_name = "Somebody", "Else"
        found.refresh_from_db()
        assert (found.first_name, found.last_name) == ("Yonatan", "Levi")
        found.first_name, found.last_name = "Somebody", "Else"
        found.refresh_from_db(fields=["first_name"])
        assert (found.first_name, found.last_name) == ("Yonatan", "Else")
    with inside(dana):
        Client.objects.get(pk=client.pk).refresh_from_db()
    assert len(events(dana, "client.viewed")) == 1


def test_refreshing_one_column_of_a_clone_opens_it(dana: User, client: Client) -> None:
    with inside(dana):
        clone = Client.objects.get(pk=client.pk)
        clone.pk, clone._state.adding = Client._meta.pk.get_default(), True
        clone.save()
        clone.refresh_from_db(fields=["notes"])
        assert clone.notes == "knee"


def test_open_values_opens_the_directory_in_one_query(dana: User, client: Client) -> None:
    with inside(dana), CaptureQueriesContext(connection) as queries:
        rows = list(Client.objects.open_values("first_name", "email", "is_active", unrecorded="a test"))
    assert rows == [(client.pk, "Yonatan", None, True)]
    assert len([q for q in queries if "clients_client" in q["sql"] and "SELECT" in q["sql"]]) == 1
    assert events(dana, "client.viewed") == []


def test_open_values_of_a_slice(dana: User, client: Client) -> None:
    with inside(dana):
        assert list(Client.objects.order_by("pk")[:5].open_values("last_name", unrecorded="a test")) == [
            (client.pk, "Levi")
        ]


def test_a_swap_of_columns_or_rows_or_raw_aliases_is_noticed(dana: User, client: Client) -> None:
    other = ClientFactory(workspace=dana.workspace, first_name="Ruth")
    with inside(dana):
        first, last = stored(client, "first_name", "last_name")
        aliased = Client.objects.raw(
            "SELECT id, last_name AS first_name FROM clients_client WHERE id = %s", [client.pk]
        )
        with pytest.raises(CannotOpen):
            _ = aliased[0].first_name
        store(client, first_name=last, last_name=first)
        store(other, first_name=first)
        for row, name in ((client, "first_name"), (client, "last_name"), (other, "first_name")):
            with pytest.raises(CannotOpen, match=f"cannot open client.{name} of {row.pk}"):
                getattr(Client.objects.get(pk=row.pk), name)
        with pytest.raises(CannotOpen):
            list(Client.objects.open_values("first_name", unrecorded="a test"))


def test_a_value_copied_from_another_workspace_does_not_open(dana: User, omer: User, client: Client) -> None:
    foreign = ClientFactory(workspace=omer.workspace)
    with inside(dana):
        [token] = stored(client, "first_name")
    with inside(omer):
        store(foreign, first_name=token)
        with pytest.raises(CannotOpen):
            _ = Client.objects.get(pk=foreign.pk).first_name


def test_plaintext_in_the_column_is_refused_not_shown(dana: User, client: Client) -> None:
    with inside(dana):
        found = Client.objects.get(pk=client.pk)
        found.__dict__["first_name"] = Sealed("Dana")
        with pytest.raises(NotEncrypted, match=f"client.first_name of {client.pk}: not an encrypted value"):
            _ = found.first_name


def test_nothing_opens_without_a_scope(dana: User, client: Client) -> None:
    with inside(dana):
        found = Client.objects.get(pk=client.pk)
    with pytest.raises(NoOpenVault, match="workspace_scope"):
        _ = found.first_name


def test_nothing_opens_in_the_scope_of_another_workspace(dana: User, omer: User, client: Client) -> None:
    with inside(dana):
        found = Client.objects.get(pk=client.pk)
    with inside(omer), pytest.raises(CannotOpen):
        _ = found.first_name


def test_null_stays_null_and_empty_is_not_null(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, notes="", address=None)
    with inside(dana):
        notes, address = stored(client, "notes", "address")
        assert notes.startswith("v1:")
        assert address is None
        found = Client.objects.get(pk=client.pk)
        assert (found.notes, found.address) == ("", None)


def test_an_assistant_opens_contact_data_and_no_clinical_column(
    dana: User, avi: User, client: Client
) -> None:
    assert avi.workspace is not None
    with workspace_scope(avi.workspace, avi):
        found = Client.objects.get(pk=client.pk)
        assert found.first_name == "Yonatan"
        with pytest.raises(ClinicalDataDenied):
            _ = found.notes
        with pytest.raises(ClinicalDataDenied):
            list(Client.objects.open_values("notes", unrecorded="a test"))


def test_tasks_that_take_turns_read_the_workspace_they_were_started_in(dana: User, client: Client) -> None:
    async def names() -> list[str]:
        async def name() -> str:
            await asyncio.sleep(0)
            found = await Client.objects.aget(pk=client.pk)
            return str(found.first_name)

        return list(await asyncio.gather(name(), name(), name()))

    with inside(dana):
        assert async_to_sync(names)() == ["Yonatan"] * 3
