"""Queries that are compiled once: the same answers, and nothing of an earlier question in them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import FunctionType, ModuleType
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import FETCH_PEERS, Field, QuerySet
from django.db.models.options import Options
from pytest_django import DjangoAssertNumQueries

from clients.models import Client
from pazpaz.accounts.models import User
from pazpaz.database.compiled import CompiledQuery, CompiledValues, Param, among
from pazpaz.encryption.models import open_rows
from scheduling.models import Appointment
from tests.cast import inside
from tests.factories import AppointmentFactory, ClientFactory, LocationFactory

TEN = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

of_client = CompiledQuery(
    lambda: (
        Appointment.objects.filter(workspace=Param("workspace"), client=Param("client"))
        .select_related("client", "location")
        .order_by("scheduled_start")
    )
)
by_ids = CompiledValues(
    lambda: Client.objects.filter(among("pk", Param("ids")), workspace=Param("workspace")).sealed_values(
        "first_name"
    )
)
with_next = CompiledQuery(
    lambda: Client.objects.filter(pk=Param("id")).with_appointments(Param("now")).only("workspace_id")
)


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
    rows = of_client.rows(workspace=dana.workspace, client=ruth)
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
        rows = of_client.rows(workspace=dana.workspace, client=ruth)
        assert all(row.workspace is dana.workspace for row in rows)
        assert all(row.client is ruth for row in rows)


@pytest.mark.django_db
def test_an_instance_that_a_row_does_not_point_to_is_not_related(
    dana: User, ruth: Client, booked: list[Appointment], open_workspace: None
) -> None:
    query = CompiledQuery(lambda: Appointment.objects.exclude(therapist=Param("therapist")))
    stranger = User(pk=uuid4(), workspace=dana.workspace)
    assert [row.therapist for row in query.rows(therapist=stranger)] == [dana, dana]


@pytest.mark.django_db
def test_every_question_gets_its_own_answer(
    dana: User, ruth: Client, booked: list[Appointment], open_workspace: None
) -> None:
    other = ClientFactory(workspace=dana.workspace, first_name="Marcus")
    assert len(of_client.rows(workspace=dana.workspace, client=ruth)) == 2
    assert of_client.first(workspace=dana.workspace, client=other) is None
    assert of_client.first(workspace=dana.workspace, client=ruth) == booked[0]


@pytest.mark.django_db
def test_a_moment_that_is_a_value_moves_on(
    ruth: Client, booked: list[Appointment], open_workspace: None
) -> None:
    found = [with_next.first(id=ruth.pk, now=TEN + n * HOUR) for n in range(3)]
    assert [client and client.next_scheduled for client in found] == [TEN, TEN + HOUR, None]
    assert [client and client.appointment_count for client in found] == [2, 2, 2]


@pytest.mark.django_db
def test_some_of_a_list(dana: User, ruth: Client, open_workspace: None) -> None:
    assert dana.workspace is not None
    workspace = dana.workspace.pk
    rows = by_ids.rows(workspace=workspace, ids=[ruth.pk, uuid4()])
    assert list(open_rows(Client, ["first_name"], rows, unrecorded="a test")) == [(ruth.pk, "Ruth")]
    assert by_ids.rows(workspace=workspace, ids=[]) == []


@pytest.mark.django_db
def test_another_practice_is_not_there_whatever_is_asked(dana: User, omer: User, ruth: Client) -> None:
    with inside(omer):
        assert of_client.rows(workspace=dana.workspace, client=ruth) == []
        assert by_ids.rows(workspace=ruth.workspace_id, ids=[ruth.pk]) == []


@pytest.mark.django_db
def test_it_is_built_once(dana: User, ruth: Client, open_workspace: None) -> None:
    built: list[int] = []

    def build() -> QuerySet[Client]:
        built.append(1)
        return Client.objects.filter(pk=Param("id"))

    query = CompiledQuery(build)
    assert built == []
    assert [query.first(id=ruth.pk) for _time in range(3)] == [ruth] * 3
    assert built == [1]


@pytest.mark.django_db
def test_a_missing_value_is_an_error(dana: User, open_workspace: None) -> None:
    with pytest.raises(KeyError, match="client"):
        of_client.rows(workspace=dana.workspace)


@pytest.mark.parametrize(
    "build",
    [
        lambda: Client.objects.prefetch_related("appointments"),
        lambda: Client.objects.values_list("pk"),
        lambda: Client.objects.select_related("workspace").fetch_mode(FETCH_PEERS),
    ],
)
@pytest.mark.django_db
def test_what_it_cannot_do_is_refused(dana: User, open_workspace: None, build: Any) -> None:
    with pytest.raises(TypeError):
        CompiledQuery(build).rows()


@pytest.mark.django_db(transaction=True)
def test_what_one_thread_compiled_another_runs(dana: User) -> None:
    ruth = ClientFactory(workspace=dana.workspace, first_name="Ruth")
    query = CompiledQuery(lambda: Client.objects.filter(pk=Param("id")))

    def first_name() -> str:
        try:
            with inside(dana):
                found = query.first(id=ruth.pk)
                return found.first_name if found else ""
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(first_name).result() == "Ruth"
    assert first_name() == "Ruth"


@pytest.mark.django_db
def test_a_plan_keeps_no_connection(dana: User, ruth: Client, open_workspace: None) -> None:
    """It outlives the thread that compiled it, whose connection must be free to close."""
    query = CompiledQuery(lambda: Client.objects.filter(pk=Param("id")).select_related("workspace"))
    assert query.first(id=ruth.pk) == ruth
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
