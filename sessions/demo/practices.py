"""What a practice of the demo is like: who works there, what is offered, and who comes, why, since when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scheduling.models import LocationType
from sessions.demo.cases import Case, Language


@dataclass(frozen=True)
class Person:
    """A client. `therapist` is a place in the team; `cases` follow each other for as long as they come.

    They come every one or two `weeks`, since `since` weeks ago; who stopped has `until`.
    """

    first: str
    last: str
    born: int
    cases: tuple[str, ...]
    since: int
    every: int = 2
    therapist: int = 0
    until: int = -4
    at_home: bool = False
    tags: tuple[str, ...] = ()
    alert: str = ""
    history: str = ""
    note: str = ""
    near: str = ""
    is_archived: bool = False


@dataclass(frozen=True)
class Plan:
    """What a practice is like. `working_days` says who works when; Monday is 0."""

    name: str
    owner: str
    owner_name: str
    therapists: Mapping[str, str]
    assistants: Mapping[str, str]
    working_days: Sequence[Sequence[int]]
    people: Sequence[Person]
    streets: Sequence[str]
    phone: str
    services: Mapping[str, tuple[str, int, int, str]]
    places: Sequence[tuple[str, LocationType, str | None]]
    booking_notes: Sequence[str]
    corrections: Sequence[tuple[str, str]]
    cases: Mapping[str, Case]
    language_of_notes: Language
    time_zone: str
    language: str
    seed: int
    has_sample: bool = False
