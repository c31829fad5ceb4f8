"""The scope: one transaction, one workspace, one actor, one trail; and nothing of it is left afterwards."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import DatabaseError, connection, connections, transaction

from clients.models import Client
from pazpaz.accounts.models import User
from pazpaz.database.connection import open_workspace
from pazpaz.encryption.errors import BadKey, NoOpenVault
from pazpaz.encryption.vault import current_vault
from pazpaz.events import Actor
from pazpaz.scope import NoOpenScope, OtherWorkspaceOpen, Scope, current_scope, record, workspace_scope
from tests.cast import events, inside
from tests.encryption.columns import forget
from tests.factories import TESTS, ClientFactory

pytestmark = pytest.mark.django_db


def open_in_the_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('pazpaz.workspace', true), '')")
        [value] = cursor.fetchone() or [""]
    return str(value)


def record_and_raise(error: BaseException, **event: Any) -> None:
    record("client.searched", **event)
    raise error


def assert_nothing_is_open() -> None:
    assert open_in_the_database() == ""
    for ask in (current_scope, current_vault, lambda: record("client.searched")):
        with pytest.raises((NoOpenScope, NoOpenVault)):
            ask()
    with pytest.raises(DatabaseError, match="no workspace is open"), transaction.atomic():
        Client.objects.exists()


def test_a_scope_opens_the_workspace_of_its_transaction(dana: User) -> None:
    with inside(dana) as scope:
        assert open_in_the_database() == str(dana.workspace_id)
        assert current_scope() is scope
        assert current_vault().workspace_id == dana.workspace_id
    assert_nothing_is_open()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_after_a_commit(dana: User) -> None:
    with inside(dana):
        record("client.searched")
    assert connection.connection is not None
    assert_nothing_is_open()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit, DatabaseError])
def test_nothing_is_left_after_an_exception(dana: User, error: type[BaseException]) -> None:
    with pytest.raises(error), inside(dana):
        record_and_raise(error())
    assert_nothing_is_open()
    assert events(dana, "client.searched") == []


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_after_a_broken_transaction(dana: User) -> None:
    with pytest.raises(DatabaseError), inside(dana), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    assert_nothing_is_open()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_after_a_rollback_on_purpose(dana: User) -> None:
    with inside(dana):
        record("client.searched")
        transaction.set_rollback(True)
    assert_nothing_is_open()
    assert events(dana, "client.searched") == []


@pytest.mark.django_db(transaction=True)
def test_the_next_user_of_a_connection_inherits_nothing(dana: User, omer: User) -> None:
    with inside(dana):
        pid = connection.connection.info.backend_pid
    with inside(omer):
        assert connection.connection.info.backend_pid == pid
        assert open_in_the_database() == str(omer.workspace_id)
    assert_nothing_is_open()


def test_an_unfinished_scope_within_a_larger_transaction_leaves_nothing(dana: User) -> None:
    with transaction.atomic():
        with pytest.raises(ValueError, match="x"), inside(dana):
            raise ValueError("x")
        assert open_in_the_database() == ""


def test_a_scope_within_a_scope_of_the_same_workspace_joins_it(dana: User) -> None:
    with inside(dana) as outer:
        record("client.searched", count=1)
        with workspace_scope(outer.workspace, Actor.running("other")) as inner:
            assert inner is outer
            record("client.searched", count=2)
        assert open_in_the_database() == str(dana.workspace_id)
        assert events_so_far(outer) == [1, 2]
    assert [event.metadata["count"] for event in events(dana, "client.searched")] == [1, 2]
    assert {event.command for event in events(dana, "client.searched")} == {"tests"}


def events_so_far(scope: Scope) -> list[object]:
    return [event.metadata["count"] for event in scope.events]


def test_what_was_undone_within_is_not_in_the_trail_and_refusals_are(dana: User) -> None:
    def fail() -> None:
        with inside(dana):
            record("client.searched", count=2)
            record_and_raise(ValueError("x"), outcome="refused", count=3)

    with inside(dana) as outer:
        record("client.searched", count=1)
        with pytest.raises(ValueError, match="x"):
            fail()
        assert events_so_far(outer) == [1, 3]


def test_another_workspace_within_a_scope_is_refused(dana: User, omer: User) -> None:
    with inside(dana):
        with pytest.raises(OtherWorkspaceOpen, match="leave its scope before opening"), inside(omer):
            raise AssertionError
        assert open_in_the_database() == str(dana.workspace_id)


def test_a_workspace_is_not_opened_outside_a_transaction(transactional_db: None) -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"):
        open_workspace(uuid4())


def test_a_scope_without_usable_keys_does_not_open(dana: User) -> None:
    with inside(dana) as scope:
        scope.workspace.keys.filter(purpose="index").update(state="destroyed", wrapped_key="")
        forget(scope.workspace.pk)
    with pytest.raises(BadKey, match="no usable keys"), inside(dana):
        raise AssertionError
    assert_nothing_is_open()


def test_a_key_that_is_not_the_one_of_its_check_value_does_not_open(dana: User) -> None:
    with inside(dana) as scope:
        scope.workspace.keys.filter(purpose="data").update(check_value="0" * 16)
        forget(scope.workspace.pk)
    with pytest.raises(BadKey, match="does not match its check value"), inside(dana):
        raise AssertionError


@pytest.mark.django_db(transaction=True)
def test_threads_that_take_turns_keep_their_workspaces(dana: User, omer: User) -> None:
    for owner in (dana, omer):
        ClientFactory(workspace=owner.workspace, first_name=owner.name)
    step = threading.Barrier(2, timeout=10)

    def names(owner: User) -> list[str]:
        try:
            found = []
            for _turn in range(5):
                assert owner.workspace is not None
                with workspace_scope(owner.workspace, TESTS):
                    step.wait()
                    found += [client.first_name for client in Client.objects.all()]
                    step.wait()
                assert_nothing_is_open()
            return found
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        seen = list(threads.map(names, (dana, omer)))
    assert seen == [["Dana Levi"] * 5, ["Omer Katz"] * 5]


def test_a_new_thread_inherits_nothing(dana: User) -> None:
    asked: list[type[Exception]] = []

    def ask() -> None:
        for question in (current_scope, current_vault):
            try:
                question()
            except (NoOpenScope, NoOpenVault) as error:
                asked.append(type(error))

    with inside(dana):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert asked == [NoOpenScope, NoOpenVault]


def test_tasks_see_the_scope_they_were_started_in(dana: User) -> None:
    async def workspace() -> str:
        await asyncio.sleep(0)
        ask: Callable[[], Scope] = current_scope
        scope = await sync_to_async(ask)()
        return str(scope.workspace.pk)

    with inside(dana):
        assert async_to_sync(workspace)() == str(dana.workspace_id)
    with pytest.raises(NoOpenScope):
        async_to_sync(workspace)()
