"""Somebody who has the database: plants a value in every column that can hold one, and takes it back."""

from __future__ import annotations

import base64
import json
import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from psycopg.sql import SQL, Identifier, Literal
from psycopg.types.json import Jsonb

from tests.conftest import Connection

# Of one table; not the columns that PostgreSQL computes.
COLUMNS = """
    SELECT attname::text, format_type(atttypid, NULL), greatest(atttypmod - 4, 0), attnotnull,
           EXISTS (SELECT FROM pg_index WHERE indrelid = attrelid AND indisprimary AND attnum = ANY(indkey))
    FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ORDER BY attnum
"""
CHECKS = """
    SELECT conrelid::regclass::text, conname::text FROM pg_constraint
    WHERE contype IN ('c', 'x') AND connamespace = 'public'::regnamespace
"""
ALWAYS_FIRED = (
    "SELECT tgrelid::regclass::text, tgname::text FROM pg_trigger WHERE tgenabled = 'A' AND NOT tgisinternal"
)
TEXT = {"text", "character varying", "character", "citext"}
JSON = {"json", "jsonb"}
ARRAYS = {"text[]", "character varying[]"}
# What fills the other columns of a row that is planted in an empty table.
ANYTHING = {
    "uuid": SQL("gen_random_uuid()"),
    "timestamp with time zone": SQL("now() + interval '1 hour'"),
    "date": SQL("current_date"),
    "boolean": SQL("true"),
    "integer": SQL("1"),
    "smallint": SQL("1"),
    "bigint": SQL("1"),
    "numeric": SQL("1"),
    "inet": SQL("'192.0.2.1'"),
}


class Code:
    """Unpickled, it makes a directory: what an attacker's code would do."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return os.mkdir, (str(self.marker),)


def in_base64(value: object) -> str:
    """A value as Django's own cache in the database would keep it."""
    return base64.b64encode(pickle.dumps(value)).decode()


class Plant(Protocol):
    """A value to plant, in every form. Of each row another one, since columns may be unique."""

    def in_bytes(self, number: int) -> bytes: ...
    def in_text(self, number: int) -> str: ...
    def in_json(self, number: int) -> Any: ...
    def in_few_letters(self) -> str: ...


@dataclass(frozen=True)
class PlantedPickle:
    marker: Path

    def in_bytes(self, number: int) -> bytes:
        return pickle.dumps(Code(self.marker)) + str(number).encode()

    def in_text(self, number: int) -> str:
        return base64.b64encode(self.in_bytes(number)).decode()

    def in_json(self, number: int) -> str:
        return self.in_text(number)

    def in_few_letters(self) -> str:
        return self.in_text(0)


@dataclass(frozen=True)
class PlantedIdentity:
    """The session of a person: what it would hold, or where there is no room, who it is."""

    session: dict[str, str]
    person: str

    def in_bytes(self, number: int) -> bytes:
        return self.in_text(number).encode()

    def in_text(self, number: int) -> str:
        return json.dumps(self.session) + number * " "

    def in_json(self, number: int) -> dict[str, str]:
        return self.session

    def in_few_letters(self) -> str:
        return self.person


@dataclass(frozen=True)
class Column:
    name: str
    kind: str
    size: int
    is_required: bool
    is_key: bool

    @property
    def can_hold_one(self) -> bool:
        return self.kind in {*TEXT, *JSON, *ARRAYS, "bytea"}

    def planted(self, plant: Plant, number: int) -> object:
        if self.kind == "bytea":
            return plant.in_bytes(number)
        if self.kind in JSON:
            return Jsonb(plant.in_json(number))
        text = plant.in_text(number)
        if self.size and len(text) > self.size:
            text = f"{number}{plant.in_few_letters()}"[: self.size]
        return [text] if self.kind in ARRAYS else text


class Intruder:
    """A superuser, for whom no constraint, trigger or policy holds."""

    def __init__(self, superuser: Connection) -> None:
        self.superuser = superuser
        superuser.execute("SET session_replication_role = replica")
        for table, name in superuser.execute(CHECKS).fetchall():
            self._on("ALTER TABLE {} DROP CONSTRAINT {}", table, name)
        for table, name in superuser.execute(ALWAYS_FIRED).fetchall():
            self._on("ALTER TABLE {} DISABLE TRIGGER {}", table, name)

    def columns(self, table: str) -> list[Column]:
        return [Column(*row) for row in self.superuser.execute(COLUMNS, [table]).fetchall()]

    @contextmanager
    def planted(self, table: str, plant: Plant, *, in_keys: bool) -> Iterator[bool]:
        """A value in every column of a table, or in its primary key, if any can hold it (it says)."""
        columns = self.columns(table)
        chosen = [column for column in columns if column.can_hold_one and column.is_key == in_keys]
        if not chosen:
            yield False
            return
        self._on("CREATE TEMP TABLE kept AS TABLE {}", table)
        try:
            if self.superuser.execute("SELECT 1 FROM kept LIMIT 1").fetchone() is None:
                self._insert(table, columns)
            self._update(table, chosen, plant)
            yield True
        finally:
            self._on("DELETE FROM {}", table)
            names = SQL(", ").join(Identifier(column.name) for column in columns)
            self.superuser.execute(
                SQL("INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM kept").format(
                    table=Identifier(table), names=names
                )
            )
            self.superuser.execute("DROP TABLE kept")

    def _insert(self, table: str, columns: list[Column]) -> None:
        required = [column for column in columns if column.is_required]
        values = [ANYTHING.get(c.kind, SQL("'[]'") if c.kind in JSON else SQL("''")) for c in required]
        self.superuser.execute(
            SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
                Identifier(table),
                SQL(", ").join(Identifier(column.name) for column in required),
                SQL(", ").join(values),
            )
        )

    def _update(self, table: str, columns: list[Column], plant: Plant) -> None:
        sets = SQL(", ").join(SQL("{} = %s").format(Identifier(column.name)) for column in columns)
        rows = self.superuser.execute(SQL("SELECT ctid::text FROM {}").format(Identifier(table))).fetchall()
        for number, (place,) in enumerate(rows):
            values = [column.planted(plant, number) for column in columns]
            update = SQL("UPDATE {} SET {} WHERE ctid = {}::tid").format(
                Identifier(table), sets, Literal(place)
            )
            self.superuser.execute(update, values)

    def _on(self, statement: str, *names: str) -> None:
        self.superuser.execute(SQL(statement).format(*map(Identifier, names)))
