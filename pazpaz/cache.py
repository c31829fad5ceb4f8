"""The shared cache: signed JSON, so that a value planted in its store counts as missing.

An entry is a text: the digest, when it expires (milliseconds since 1970; 0 is never), and the value as JSON.
The digest is an HMAC of both and of the entry's key, under a key that the store does not hold. A store can
still forget an entry or bring an earlier one back: what must not be used twice lives in tables.

SignedCache has every operation; the two stores below it read, write and compare texts.
"""

from __future__ import annotations

import hmac
import json
import logging
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.redis import RedisCache
from django.db import connection

from pazpaz.encryption.providers import master_keys

LABEL = "cache"
NEVER = 0
PURGED_AT_ONCE = 100
MISSING = object()

logger = logging.getLogger("pazpaz.cache")


class Forged(Exception):
    """An entry that this application did not write for this key."""


class SignedCache(BaseCache):
    """A cache of JSON values over a store of texts, which is not trusted."""

    # What a store does ---------------------------------------------------------------------------------

    def read_texts(self, keys: Collection[str]) -> Mapping[str, str]:
        raise NotImplementedError

    def write_text(self, key: str, text: str, expires: int) -> None:
        raise NotImplementedError

    def add_text(self, key: str, text: str, expires: int) -> bool:
        """Write unless there is a text; one that the store knows to have expired does not count."""
        raise NotImplementedError

    def replace_text(self, key: str, old: str, new: str | None, expires: int) -> bool:
        """Write (or delete, for None) if the text is still the old one; in one step, whoever else writes."""
        raise NotImplementedError

    def delete_texts(self, keys: Collection[str]) -> int:
        raise NotImplementedError

    # What Django asks of a cache -------------------------------------------------------------------------

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self.get_many([key], version).get(key, default)

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        named = {self.make_and_validate_key(key, version=version): key for key in keys}
        values = {}
        for made, text in self.read_texts(named).items():
            value, _expires = self._open(made, text)
            if value is not MISSING:
                values[named[made]] = value
        return values

    def set(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        made = self.make_and_validate_key(key, version=version)
        expires = self._expires(timeout)
        if _is_over(expires):
            self.delete_texts([made])
        else:
            self.write_text(made, sign_entry(made, value, expires), expires)

    def add(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        made = self.make_and_validate_key(key, version=version)
        expires = self._expires(timeout)
        text = sign_entry(made, value, expires)
        while not self.add_text(made, text, expires):
            held = self.read_texts([made]).get(made)
            if held is not None and self._open(made, held)[0] is not MISSING:
                return False
        return True

    def touch(self, key: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        made = self.make_and_validate_key(key, version=version)
        return self._change(made, lambda value: value, self._expires(timeout)) is not MISSING

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        made = self.make_and_validate_key(key, version=version)
        value = self._change(made, lambda value: value + delta)
        if value is MISSING:
            raise ValueError("There is no such counter.")
        return int(value)

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self.delete_texts([self.make_and_validate_key(key, version=version)]) > 0

    def delete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        if made := [self.make_and_validate_key(key, version=version) for key in keys]:
            self.delete_texts(made)

    def set_many(
        self, data: Mapping[Any, Any], timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[Any]:
        for key, value in data.items():
            self.set(key, value, timeout, version)
        return []

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return self.get(key, MISSING, version) is not MISSING

    def _change(self, made: str, change: Callable[[Any], Any], expires: int | None = None) -> Any:
        """Replace a value by what becomes of it, and return that; of many who do, each counts."""
        while (text := self.read_texts([made]).get(made)) is not None:
            value, held_until = self._open(made, text)
            if value is MISSING:
                break
            value, until = change(value), held_until if expires is None else expires
            if self.replace_text(
                made, text, None if _is_over(until) else sign_entry(made, value, until), until
            ):
                return value
        return MISSING

    def _open(self, made: str, text: str) -> tuple[Any, int]:
        """Return a value and when it expires. What is not ours goes: so it is logged once."""
        try:
            value, expires = read_entry(made, text)
        except Forged:
            logger.warning(
                "An entry of the cache counts as missing: it was planted or altered, or written under a "
                "master key that is no longer configured."
            )
            self.replace_text(made, text, None, NEVER)
            return MISSING, NEVER
        if _is_over(expires):
            self.replace_text(made, text, None, NEVER)
            return MISSING, NEVER
        return value, expires

    def _expires(self, timeout: float | None) -> int:
        if timeout == DEFAULT_TIMEOUT:
            timeout = self.default_timeout
        return NEVER if timeout is None else max(1, int((time.time() + timeout) * 1000))


class SignedDatabaseCache(SignedCache):
    """In a table of the database that the migrations make. Expired entries go when others are written."""

    def __init__(self, table: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self.table = connection.ops.quote_name(table)

    def read_texts(self, keys: Collection[str]) -> Mapping[str, str]:
        return dict(self._rows("SELECT cache_key, value FROM {} WHERE cache_key = ANY(%s)", [list(keys)]))

    def write_text(self, key: str, text: str, expires: int) -> None:
        self._rows(
            "DELETE FROM {} WHERE cache_key = ANY(ARRAY(SELECT cache_key FROM {} WHERE expires < %s LIMIT %s "
            "FOR UPDATE SKIP LOCKED))",
            [_moment(_now()), PURGED_AT_ONCE],
        )
        self._rows(
            "INSERT INTO {} AS held (cache_key, value, expires) VALUES (%s, %s, %s) "
            "ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires",
            [key, text, _moment(expires)],
        )

    def add_text(self, key: str, text: str, expires: int) -> bool:
        added = self._rows(
            "INSERT INTO {} AS held (cache_key, value, expires) VALUES (%s, %s, %s) "
            "ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires "
            "WHERE held.expires < %s RETURNING 1",
            [key, text, _moment(expires), _moment(_now())],
        )
        return bool(added)

    def replace_text(self, key: str, old: str, new: str | None, expires: int) -> bool:
        if new is None:
            return bool(
                self._rows("DELETE FROM {} WHERE cache_key = %s AND value = %s RETURNING 1", [key, old])
            )
        return bool(
            self._rows(
                "UPDATE {} SET value = %s, expires = %s WHERE cache_key = %s AND value = %s RETURNING 1",
                [new, _moment(expires), key, old],
            )
        )

    def delete_texts(self, keys: Collection[str]) -> int:
        return len(self._rows("DELETE FROM {} WHERE cache_key = ANY(%s) RETURNING 1", [list(keys)]))

    def clear(self) -> None:
        self._rows("DELETE FROM {}", [])

    def _rows(self, statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement.replace("{}", self.table), values)
            return cursor.fetchall() if cursor.description else []


class SignedRedisCache(SignedCache, RedisCache):
    """In Redis. Of Django's own backend only the connections are used: its serializer unpickles."""

    def read_texts(self, keys: Collection[str]) -> Mapping[str, str]:
        found = self._redis(write=False).mget(list(keys)) if keys else []
        return {key: _text(value) for key, value in zip(keys, found, strict=True) if value is not None}

    def write_text(self, key: str, text: str, expires: int) -> None:
        self._redis().set(key, text, pxat=expires or None)

    def add_text(self, key: str, text: str, expires: int) -> bool:
        return bool(self._redis().set(key, text, pxat=expires or None, nx=True))

    def replace_text(self, key: str, old: str, new: str | None, expires: int) -> bool:
        def replace(pipeline: Any) -> bool:
            held = pipeline.get(key)
            is_old = held is not None and _text(held) == old
            pipeline.multi()
            if is_old and new is None:
                pipeline.delete(key)
            elif is_old:
                pipeline.set(key, new, pxat=expires or None)
            return is_old

        return bool(self._redis().transaction(replace, key, value_from_callable=True))

    def delete_texts(self, keys: Collection[str]) -> int:
        return int(self._redis().delete(*keys))

    def clear(self) -> None:
        self._redis().flushdb()

    def _redis(self, *, write: bool = True) -> Any:
        return self._cache.get_client(write=write)


def sign_entry(key: str, value: Any, expires: int) -> str:
    """Return the text of an entry. Raises TypeError or ValueError for what is not JSON."""
    content = f"{expires}.{json.dumps(value, allow_nan=False, separators=(',', ':'))}"
    return f"{_signature(master_keys().digest(LABEL, key.encode(), content.encode()))}.{content}"


def read_entry(key: str, text: str) -> tuple[Any, int]:
    """Return value and expiry of an entry. Raises Forged; nothing is parsed before it is verified."""
    signature, _, content = text.partition(".")
    digests = master_keys().digests(LABEL, key.encode(), _bytes(content))
    if not any(hmac.compare_digest(_signature(digest).encode(), _bytes(signature)) for digest in digests):
        raise Forged
    expires, _, value = content.partition(".")
    return json.loads(value), int(expires)


def _signature(digest: bytes) -> str:
    return urlsafe_b64encode(digest).decode()


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _now() -> int:
    return int(time.time() * 1000)


def _is_over(expires: int) -> bool:
    return expires != NEVER and expires <= _now()


def _moment(expires: int) -> datetime:
    """The time of an entry in the table, where it says which entries may be purged."""
    if expires == NEVER:
        return datetime(9999, 1, 1, tzinfo=UTC)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=expires)
