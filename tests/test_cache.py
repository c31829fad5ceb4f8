"""The shared cache believes nothing that its store says, in the database and in Redis alike."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
import time_machine
from django.core.cache import cache as site_cache
from django.core.cache.backends.base import BaseCache
from django.db import connection, connections
from fakeredis import TcpFakeServer

from pazpaz.cache import SignedDatabaseCache, SignedRedisCache, sign_entry
from pazpaz.encryption import providers
from pazpaz.encryption.keys import KeyEncryptionKey, KeyEncryptionKeys, generate_key
from tests.planting import in_base64

pytestmark = pytest.mark.django_db

KEY = ":1:limit"
PLANTED = ["", "1", "true", ".0.1", f"{'A' * 43}=.0.1", "é.0.1", in_base64([1])]


@dataclass
class Store:
    """A cache, and what somebody who writes its store can do."""

    cache: BaseCache
    read: Callable[[str], str | None]
    write: Callable[[str, str], None]


def database() -> Iterator[Store]:
    def read(key: str) -> str | None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT value FROM pazpaz_cache WHERE cache_key = %s", [key])
            found = cursor.fetchone()
            return found[0] if found else None

    def write(key: str, text: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM pazpaz_cache WHERE cache_key = %s", [key])
            cursor.execute("INSERT INTO pazpaz_cache VALUES (%s, %s, now() + interval '1 hour')", [key, text])

    yield Store(SignedDatabaseCache("pazpaz_cache", {}), read, write)


def redis() -> Iterator[Store]:
    server = TcpFakeServer(("127.0.0.1", 0), server_type="redis")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    cache = SignedRedisCache(f"redis://127.0.0.1:{server.server_address[1]}/0", {})
    client = cache._redis()

    def read(key: str) -> str | None:
        found = client.get(key)
        return found.decode() if found is not None else None

    yield Store(cache, read, lambda key, text: client.set(key, text) and None)
    client.connection_pool.disconnect()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=[database, redis], ids=["database", "redis"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    yield from request.param()


def test_values_come_back(store: Store) -> None:
    values: dict[str, Any] = {"list": [1.5, 0.1], "flag": True, "text": "שלום", "nothing": None, "number": 3}
    store.cache.set_many(values)
    assert store.cache.get_many(values) == values
    assert store.cache.get("nothing", "default") is None
    assert store.cache.get("missing", "default") == "default"
    assert store.cache.has_key("flag")
    assert store.cache.delete("flag")
    assert not store.cache.delete("flag")
    store.cache.delete_many(["list", "text"])
    assert set(store.cache.get_many(values)) == {"nothing", "number"}
    store.cache.clear()
    assert store.cache.get_many(values) == {}


def test_what_is_not_json_is_refused(store: Store) -> None:
    for value in (object(), float("nan"), b"bytes"):
        with pytest.raises((TypeError, ValueError)):
            store.cache.set("limit", value)


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_value_counts_as_missing_and_is_logged_once(
    store: Store, planted: str, caplog: pytest.LogCaptureFixture
) -> None:
    store.write(KEY, planted)
    with caplog.at_level(logging.WARNING):
        for _turn in range(2):
            assert store.cache.get("limit", "default") == "default"
    [line] = caplog.records
    assert line.name == "pazpaz.cache"
    assert planted == "" or planted not in line.getMessage()
    assert store.read(KEY) is None


def test_every_altered_character_is_noticed(store: Store) -> None:
    store.cache.set("limit", [12])
    text = store.read(KEY)
    assert text is not None
    for place, letter in enumerate(text):
        store.write(KEY, text[:place] + ("0" if letter != "0" else "1") + text[place + 1 :])
        assert store.cache.get("limit") is None, place


def test_a_value_does_not_move_to_another_key(store: Store) -> None:
    store.cache.set("limit", [])
    store.write(":1:other", store.read(KEY) or "")
    assert store.cache.get("other") is None
    assert store.cache.get("limit") == []


def test_a_planted_value_stops_nobody(store: Store) -> None:
    store.write(KEY, "planted")
    assert store.cache.add("limit", 1)
    store.write(KEY, "planted")
    assert not store.cache.touch("limit")
    store.write(KEY, "planted")
    assert not store.cache.has_key("limit")
    store.write(KEY, "planted")
    with pytest.raises(ValueError, match="no such counter"):
        store.cache.incr("limit")


def test_a_value_ends_when_it_was_to_end_whatever_its_store_says(store: Store) -> None:
    with time_machine.travel(datetime(2026, 11, 22, 10, tzinfo=UTC), tick=False) as clock:
        store.write(
            KEY, sign_entry(KEY, 5, int(datetime(2026, 11, 22, 10, 1, tzinfo=UTC).timestamp() * 1000))
        )
        assert store.cache.get("limit") == 5
        clock.shift(60)
        assert store.cache.get("limit") is None


def test_adding_is_for_the_first_until_it_expires(store: Store) -> None:
    assert store.cache.add("limit", 1, timeout=100)
    assert not store.cache.add("limit", 2)
    assert store.cache.get("limit") == 1
    assert store.cache.touch("limit", timeout=-1)
    assert store.cache.add("limit", 3)
    assert store.cache.get("limit") == 3
    store.cache.set("limit", 4, timeout=0)
    assert store.cache.get("limit") is None


def test_a_counter_keeps_its_end(store: Store) -> None:
    store.cache.set("limit", 1, timeout=50)
    before = (store.read(KEY) or "").split(".")[1]
    assert store.cache.incr("limit") == 2
    assert store.cache.decr("limit", 5) == -3
    assert (store.read(KEY) or "").split(".")[1] == before


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_each_counts_and_one_is_first(store: Store) -> None:
    store.cache.set("count", 0)
    start = threading.Barrier(4, timeout=10)

    def count(_turn: int) -> bool:
        try:
            start.wait()
            for _ in range(10):
                store.cache.incr("count")
            return bool(store.cache.add("first", 1))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        first = list(threads.map(count, range(4)))
    assert store.cache.get("count") == 40
    assert sorted(first) == [False, False, False, True]


def test_expired_entries_go_from_the_table_when_others_are_written() -> None:
    with time_machine.travel(datetime(2026, 11, 22, 10, tzinfo=UTC), tick=False) as clock:
        for number in range(3):
            site_cache.set(f"old-{number}", 1, timeout=60)
        site_cache.set("lasting", 1, timeout=None)
        clock.shift(61)
        site_cache.set("new", 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM pazpaz_cache ORDER BY 1")
        assert cursor.fetchall() == [(":2:lasting",), (":2:new",)]


def test_a_value_outlives_a_new_master_key_and_not_a_lost_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (KeyEncryptionKey.from_base64(generate_key()) for _ in range(2))
    for keys, value in [((old,), 1), ((new, old), 1), ((new,), None)]:
        ring = KeyEncryptionKeys(keys)
        monkeypatch.setattr("pazpaz.cache.master_keys", partial(lambda ring: ring, ring))
        if keys == (old,):
            store.cache.set("limit", 1)
        assert store.cache.get("limit") == value
    assert providers.master_keys().keys != (new,)
