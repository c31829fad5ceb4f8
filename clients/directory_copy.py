"""The sealed copy of a directory: what search and order need of every client of a practice, opened at once.

To open thousands of clients value by value takes many times as long as to open one value that holds them all.
So what is compared (folded names, addresses and numbers, in the order of the names) is kept sealed in one row
for each workspace. What is shown never comes from there: pages open the clients' own values.

Writers do not maintain the copy. Its reader compares a digest of the versions of the clients' rows, computed
in the same statement, with the one that is sealed in the copy; where they differ, the rows that changed are
opened and the copy is sealed again. So no way of writing can be forgotten, and no reader sees an old name. A
copy that does not open, or has another format, is made again as well.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, overload
from uuid import UUID

import phonenumbers
from django.db import DatabaseError, connection, transaction

from clients.damaged import decrypt_unrecorded
from clients.matching.names import sort_key
from clients.matching.ranking import Index, Lines, lines_of
from clients.models import ClientDirectory
from pazpaz.database.prepared import prepared_cursor
from pazpaz.encryption.errors import EncryptionError
from pazpaz.encryption.fields import EncryptedField
from pazpaz.encryption.models import check_audit_arguments
from pazpaz.encryption.vault import Detail, Vault, current_vault
from pazpaz.encryption.verification import Damage

logger = logging.getLogger("pazpaz.clients")

# Changes with everything that decides what a line holds, so that no copy of other rules is ever read.
FORMAT = f"3 {unicodedata.unidata_version} {phonenumbers.__version__}"
_RENEWAL = "the sealed copy is built from it or compared with it; no user sees it"
CELLS = ("first_name", "last_name", "email", "phone")

# A row's version: which transaction wrote it, and where it stands. PostgreSQL changes it with every write.
_VERSION = "hash_record_extended(ROW(id, xmin, ctid), 0)"
_READ = f"""
SELECT now.state, {{columns}}
FROM (
  SELECT count(*) || '.' || coalesce(sum({_VERSION}), 0) AS state FROM clients_client WHERE workspace_id = %s
) AS now LEFT JOIN clients_clientdirectory AS copy ON copy.workspace_id = %s
"""
_VERSIONS = f"SELECT id, {_VERSION} FROM clients_client WHERE workspace_id = %s"
_OPEN = f"SELECT id, {_VERSION}, is_active, {', '.join(CELLS)} FROM clients_client WHERE workspace_id = %s"


class Ids(Sequence[UUID]):
    """Ids that become UUIDs when they are read: a page shows fifty of thousands."""

    def __init__(self, ids: bytes, places: Sequence[int]) -> None:
        self._ids = ids
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> UUID: ...
    @overload
    def __getitem__(self, index: slice) -> list[UUID]: ...
    def __getitem__(self, index: int | slice) -> UUID | list[UUID]:
        if isinstance(index, slice):
            return [self._id(place) for place in self._places[index]]
        return self._id(self._places[index])

    def _id(self, place: int) -> UUID:
        return UUID(bytes=self._ids[16 * place : 16 * place + 16])


class Directory:
    """The opened directory: everybody by place, in the order of their names."""

    def __init__(self, ids: bytes, active: str, lines: Lines | None, region: str) -> None:
        self._ids = ids
        self._active = active
        self._lines = lines
        self._region = region

    def ids(self, places: Sequence[int]) -> Ids:
        return Ids(self._ids, places)

    def in_order(self, *, active: bool) -> Ids:
        """The active clients, or the archived ones, in the order of their names."""
        flag = "1" if active else "0"
        return self.ids([place for place, found in enumerate(self._active) if found == flag])

    def search(self, query: str, *, active_only: bool = False) -> Ids:
        """Everybody who may be meant, the likeliest first; of equally likely ones the archived last."""
        scores = self.index.find(query, self._region)
        active = self._active
        places = [place for place in sorted(scores) if not active_only or active[place] == "1"]
        places.sort(key=lambda place: (-scores[place], active[place] == "0"))
        return self.ids(places)

    def near(self, name: str) -> Ids:
        """Those whose name is a near spelling of this one."""
        return self.ids(self.index.near(name))

    def with_number(self, text: str | None) -> Ids:
        """Those who have one of the telephone numbers in a text, however they are written."""
        return self.ids(self.index.with_number(text, self._region))

    @cached_property
    def index(self) -> Index:
        if self._lines is None:
            raise ValueError("This directory was opened for its order alone.")
        return Index(self._lines)


class _Entry(NamedTuple):
    """One client in the copy; they are sorted as they are."""

    key: str
    id: UUID
    version: int
    active: str
    first: str
    last: str
    address: str
    number: str


@dataclass(frozen=True, slots=True)
class _Head:
    """The first line of each part: what the copy was made by, and of which rows."""

    made_by: str
    state: str

    def __str__(self) -> str:
        return f"{self.made_by} {self.state}"


@overload
def search_directory(
    workspace_id: UUID, query: str, *, active_only: bool = False, event: str, **details: Detail
) -> Ids: ...
@overload
def search_directory(
    workspace_id: UUID, query: str, *, active_only: bool = False, unrecorded: str
) -> Ids: ...
def search_directory(workspace_id: UUID, query: str, *, active_only: bool = False, **audit: Any) -> Ids:
    """Return the clients who may be meant, as Directory.search() does.

    `event` names the event that records the search with the number of clients found; `unrecorded` says why
    none is due. Exactly one of the two must be given, or TypeError is raised.
    """
    check_audit_arguments(audit)
    reason = audit.get("unrecorded", "the search is recorded with the number of clients found")
    found = open_directory(workspace_id, unrecorded=reason).search(query, active_only=active_only)
    if event := audit.pop("event", ""):
        current_vault().recorder.record_reads(event, (), (), {**audit, "count": len(found)})
    return found


def open_directory(workspace_id: UUID, *, with_words: bool = True, unrecorded: str) -> Directory:
    """Open the directory of the open workspace; `with_words` to search it, without for the order alone.

    No user sees it. `unrecorded` says how what it leads to is recorded, or why nothing is.
    """
    vault = current_vault()
    columns = ("people", "words") if with_words else ("people",)
    with prepared_cursor(connection) as cursor:
        sql = _READ.format(columns=", ".join(f"copy.{column}" for column in columns))
        cursor.execute(sql, [workspace_id, workspace_id])
        state, *tokens = cursor.fetchone()
    head = _Head(f"{FORMAT} {vault.region}", state)
    parts = [
        _open_part(vault, column, token, unrecorded) for column, token in zip(columns, tokens, strict=True)
    ]
    found = _directory(vault, str(head), parts)
    return found or _directory_of(vault, _renew(vault, head.made_by))


def _directory(vault: Vault, head: str, parts: Sequence[list[str]]) -> Directory | None:
    """Return the directory that the opened parts are, or None where they are not those of this state."""
    if any(not part or part[0] != head for part in parts):
        return None
    _head, ids, active = parts[0]
    lines = _split(parts[1], 4) if len(parts) > 1 else None
    return Directory(bytes.fromhex(ids), active, Lines(*lines) if lines else None, vault.region)


def _split(part: list[str], blocks: int) -> list[list[str]]:
    """The blocks of equal length after the head of a part."""
    size = (len(part) - 1) // blocks
    return [part[1 + size * block : 1 + size * (block + 1)] for block in range(blocks)]


def _open_part(vault: Vault, column: str, token: str | None, reason: str) -> list[str]:
    if token is None:
        return []
    field = ClientDirectory._meta.get_field(column)
    assert isinstance(field, EncryptedField)
    try:
        text: str = field.decrypt_unrecorded(vault, vault.workspace_id, token, reason=reason)
    except (EncryptionError, ValueError):
        logger.warning("The directory of workspace %s does not open: it is built again.", vault.workspace_id)
        return []
    return text.split("\n")


# -- Building it again -------------------------------------------------------------------------------------


def _renew(vault: Vault, made_by: str) -> list[_Entry]:
    """Return the entries of everybody, the changed ones opened again, and seal them for the next reader."""
    kept = _kept(vault, made_by)
    with connection.cursor() as cursor:
        if kept:
            cursor.execute(_VERSIONS, [vault.workspace_id])
            versions = dict(cursor.fetchall())
            unchanged = [entry for entry in kept.values() if versions.get(entry.id) == entry.version]
            changed = list(versions.keys() - {entry.id for entry in unchanged})
            cursor.execute(f"{_OPEN} AND id = ANY(%s)", [vault.workspace_id, changed])
        else:
            unchanged = []
            cursor.execute(_OPEN, [vault.workspace_id])
        rows = cursor.fetchall()
    entries = sorted([*unchanged, *_entries(vault, rows)])
    _store(vault, made_by, entries)
    return entries


def _kept(vault: Vault, made_by: str) -> dict[UUID, _Entry]:
    """The entries of the stored copy, whatever rows it was made of."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT people, words, sources FROM clients_clientdirectory WHERE workspace_id = %s",
            [vault.workspace_id],
        )
        tokens = cursor.fetchone()
    if tokens is None:
        return {}
    columns = ("people", "words", "sources")
    people, words, sources = (
        _open_part(vault, *part, _RENEWAL) for part in zip(columns, tokens, strict=True)
    )
    heads = {part[0] if part else "" for part in (people, words, sources)}
    if len(heads) != 1 or not heads.pop().startswith(f"{made_by} "):
        return {}
    keys, versions = _split(sources, 2)
    everybody = Ids(bytes.fromhex(people[1]), range(len(keys)))
    columns_of = (keys, everybody, map(int, versions), people[2], *_split(words, 4))
    return {entry.id: entry for entry in map(_Entry, *columns_of)}


def _entries(vault: Vault, rows: Sequence[Sequence[Any]]) -> list[_Entry]:
    opened = [
        [
            decrypt_unrecorded(vault, name, pk, token, reason=_RENEWAL)
            for name, token in zip(CELLS, tokens, strict=True)
        ]
        for pk, _version, _active, *tokens in rows
    ]
    # Who has a value that does not open is listed all the same, as if it were empty.
    people = [_Person(*(value or "" for value in values)) for values in opened]
    if damaged := sum(value is None for values in opened for value in values):
        logger.error(
            "%s values in the directory of workspace %s do not open: run verify_encryption.",
            damaged,
            vault.workspace_id,
        )
    lines = lines_of(people, vault.region)
    return [
        _Entry(_key(person), pk, version, "1" if active else "0", *line)
        for person, (pk, version, active, *_), line in zip(
            people, rows, zip(*lines, strict=True), strict=True
        )
    ]


class _Person(NamedTuple):
    first: str
    last: str
    email: str
    phone: str


def _key(person: _Person) -> str:
    """sort_key() as one line."""
    return "\x1f".join(sort_key(person.last, person.first)).replace("\n", " ")


def _parts(head: str, entries: Sequence[_Entry]) -> dict[str, str]:
    def lines(*columns: Iterable[object]) -> str:
        return "\n".join([head, *(str(value) for column in columns for value in column)])

    return {
        "people": lines(
            ["".join(entry.id.hex for entry in entries)], ["".join(entry.active for entry in entries)]
        ),
        "words": lines(
            (entry.first for entry in entries),
            (entry.last for entry in entries),
            (entry.address for entry in entries),
            (entry.number for entry in entries),
        ),
        "sources": lines((entry.key for entry in entries), (entry.version for entry in entries)),
    }


def _state(entries: Sequence[_Entry]) -> str:
    return f"{len(entries)}.{sum(entry.version for entry in entries)}"


def _directory_of(vault: Vault, entries: list[_Entry]) -> Directory:
    parts = _parts("", entries)
    found = _directory(vault, "", [parts["people"].split("\n"), parts["words"].split("\n")])
    assert found is not None
    return found


def _store(vault: Vault, made_by: str, entries: Sequence[_Entry]) -> None:
    """Seal the copy for the next reader, unless another request is doing so: nobody waits for it."""
    parts = _parts(str(_Head(made_by, _state(entries))), entries)
    copy = ClientDirectory(id=vault.workspace_id, workspace_id=vault.workspace_id, **parts)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
                [f"directory of {vault.workspace_id}"],
            )
            if cursor.fetchone()[0]:
                ClientDirectory.objects.bulk_create(
                    [copy],
                    update_conflicts=True,
                    unique_fields=["id"],
                    update_fields=[*parts, "updated_at"],
                )
    except DatabaseError:
        logger.exception("The directory of workspace %s was not kept.", vault.workspace_id)


# -- Verification ------------------------------------------------------------------------------------------


def verify(vault: Vault) -> Iterator[Damage]:
    """Yield the damage where the stored copy claims to be of the clients' rows as they are, and is not.

    One that is older than the rows is not damaged: its next reader builds it again. One that does not open
    has been named already.
    """
    kept = _kept(vault, f"{FORMAT} {vault.region}")
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [vault.workspace_id])
        entries = _entries(vault, cursor.fetchall())
    wrong = sum(
        1
        for entry in entries
        if (copied := kept.get(entry.id)) and copied.version == entry.version and copied != entry
    )
    if wrong:
        label = "client_directory.words"
        problem = f"{label} of {vault.workspace_id}: {wrong} clients are not as their own values say"
        yield Damage(label, vault.workspace_id, problem)
