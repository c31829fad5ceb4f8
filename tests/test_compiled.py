"""Queries that are compiled once: the same answers, and nothing of an earlier question in them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import FunctionType, ModuleType
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import FETCH_PEERS, Field, QuerySet
from django.db.models.options import Options
from pytest_django import DjangoAssertNumQueries, Settings

from clients.models import Client
from pazpaz.accounts.models import User, Workspace
from pazpaz.database.compiled import any_of, compiled
from pazpaz.encryption.models import open_rows
from scheduling.models import Appointment
from tests.cast import inside
from tests.factories import AppointmentFactory, ClientFactory, LocationFactory

TEN = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@compiled
def of_client(workspace: Workspace | None, client: Client) -> QuerySet[Appointment]:
    rows = Appointment.objects.filter(workspace=workspace, client=client)
    return rows.select_related("client", "location").order_by("scheduled_start")


@compiled
def by_ids(workspace: UUID, ids: list[UUID]) -> QuerySet[Client, Any]:
    return Client.objects.filter(any_of("pk", ids), workspace=workspace).sealed_values("first_name")


@compiled
def with_next(client_id: UUID, now: datetime) -> QuerySet[Client]:
    return Client.objects.filter(pk=client_id).with_appointments(now).only("workspace_id")


@pytest.fixture(params=[True, False], ids=["compiled", "switched off"], autouse=True)
def switch(request: pytest.FixtureRequest, settings: Settings) -> bool:
    settings.COMPILED_QUERIES = request.param
    return bool(request.param)


@pytest.fixture
def ruth(dana: User) -> Client:
    return ClientFactory(workspace=dana.workspace, first_name="Ruth", last_name="Abrams")


@pytest.fixture
def booked(dana: User, ruth: Client) -> list[Appointment]:
    place = LocationFactory(workspace=dana.workspace)
    return [
        AppointmentFactory(
            workspace=dana.workspace,
            client=ruth,
            location=place if number else None,
            scheduled_start=TEN + number * HOUR,
            scheduled_end=TEN + (number + 1) * HOUR,
        )
        for number in range(2)
    ]


@pytest.fixture
def open_workspace(dana: User) -> Iterator[None]:
    with inside(dana):
        yield


@pytest.mark.django_db
def test_the_rows_are_those_of_the_queryset(
    dana: User, ruth: Client, booked: list[Appointment], open_workspace: None
) -> None:
    rows = of_client(workspace=dana.workspace, client=ruth)
    assert rows == booked
    assert [row.location for row in rows] == [None, booked[1].location]
    assert rows[1].client.first_name == "Ruth"
    assert rows[1].location is not None
    assert rows[1].location.name == booked[1].location.name  # type: ignore[union-attr]


@pytest.mark.django_db
def test_the_related_objects_come_along(
    dana: User,
    ruth: Client,
    booked: list[Appointment],
    open_workspace: None,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(1):
        rows = of_client(workspace=dana.workspace, client=ruth)
        assert all(row.workspace is dana.workspace for row in rows)
        assert all(row.client is ruth for row in rows)


@pytest.mark.django_db
def test_an_instance_that_a_row_does_not_point_to_is_not_related(
    dana: User, ruth: Client, booked: list[Appointment], open_workspace: None
) -> None:
    @compiled
    def of_others(therapist: User) -> QuerySet[Appointment]:
        return Appointment.objects.exclude(therapist=therapist)

    stranger = User(pk=uuid4(), workspace=dana.workspace)
    assert [row.therapist for row in of_others(therapist=stranger)] == [dana, dana]


@pytest.mark.django_db
def test_every_question_gets_its_own_answer(
    dana: User, ruth: Client, booked: list[Appointment], open_workspace: None
) -> None:
    other = ClientFactory(workspace=dana.workspace, first_name="Marcus")
    assert len(of_client(workspace=dana.workspace, client=ruth)) == 2
    assert of_client.first(workspace=dana.workspace, client=other) is None
    assert of_client.first(workspace=dana.workspace, client=ruth) == booked[0]


@pytest.mark.django_db
def test_a_moment_that_is_a_value_moves_on(
    ruth: Client, booked: list[Appointment], open_workspace: None
) -> None:
    found = [with_next.first(ruth.pk, TEN + n * HOUR) for n in range(3)]
    assert [client and client.next_scheduled for client in found] == [TEN, TEN + HOUR, None]
    assert [client and client.appointment_count for client in found] == [2, 2, 2]


@pytest.mark.django_db
def test_some_of_a_list(dana: User, ruth: Client, open_workspace: None) -> None:
    assert dana.workspace is not None
    workspace = dana.workspace.pk
    rows = by_ids(workspace=workspace, ids=[ruth.pk, uuid4()])
    assert list(open_rows(Client, ["first_name"], rows, unrecorded="a test")) == [(ruth.pk, "Ruth")]
    assert by_ids(workspace=workspace, ids=[]) == []


@pytest.mark.django_db
def test_another_practice_is_not_there_whatever_is_asked(dana: User, omer: User, ruth: Client) -> None:
    with inside(omer):
        assert of_client(workspace=dana.workspace, client=ruth) == []
        assert by_ids(workspace=ruth.workspace_id, ids=[ruth.pk]) == []


@pytest.mark.django_db
def test_it_is_built_once_for_each_shape(
    dana: User, ruth: Client, open_workspace: None, switch: bool
) -> None:
    built: list[bool] = []

    @compiled
    def query(client_id: UUID, *, active: bool) -> QuerySet[Client]:
        built.append(active)
        return Client.objects.filter(pk=client_id, is_active=active)

    assert built == []
    assert [query.first(ruth.pk, active=True) for _time in range(3)] == [ruth] * 3
    assert [query.first(ruth.pk, active=False) for _time in range(2)] == [None] * 2
    assert built == ([True, False] if switch else [True] * 3 + [False] * 2)


@pytest.mark.django_db
def test_its_arguments_are_those_of_a_function(dana: User, open_workspace: None) -> None:
    with pytest.raises(TypeError, match="client"):
        of_client(workspace=dana.workspace)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="therapist"):
        of_client(dana.workspace, client=uuid4(), therapist=dana)  # type: ignore[arg-type,call-arg]


@pytest.mark.parametrize(
    "build",
    [
        lambda: Client.objects.prefetch_related("appointments"),
        lambda: Client.objects.values_list("pk", flat=True),
        lambda: Client.objects.select_related("workspace").fetch_mode(FETCH_PEERS),
    ],
)
@pytest.mark.django_db
def test_what_it_cannot_do_is_refused(
    dana: User, open_workspace: None, build: Any, settings: Settings
) -> None:
    settings.COMPILED_QUERIES = True
    with pytest.raises(TypeError):
        compiled(build)()


@pytest.mark.django_db(transaction=True)
def test_what_one_thread_compiled_another_runs(dana: User) -> None:
    ruth = ClientFactory(workspace=dana.workspace, first_name="Ruth")

    @compiled
    def query(client_id: UUID) -> QuerySet[Client]:
        return Client.objects.filter(pk=client_id)

    def first_name() -> str:
        try:
            with inside(dana):
                found = query.first(ruth.pk)
                return found.first_name if found else ""
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(first_name).result() == "Ruth"
    assert first_name() == "Ruth"


@pytest.mark.django_db
def test_a_plan_keeps_no_connection(dana: User, ruth: Client, open_workspace: None) -> None:
    """It outlives the thread that compiled it, whose connection must be free to close."""

    @compiled
    def query(client_id: UUID) -> QuerySet[Client]:
        return Client.objects.filter(pk=client_id).select_related("workspace")

    assert query.first(ruth.pk) == ruth
    seen: set[int] = set()
    todo: list[object] = [query]
    while todo:
        thing = todo.pop()
        if id(thing) in seen or isinstance(thing, type | ModuleType | FunctionType):
            continue
        seen.add(id(thing))
        assert not isinstance(thing, BaseDatabaseWrapper)
        if not isinstance(thing, Field | Options):
            todo += gc.get_referents(thing)
