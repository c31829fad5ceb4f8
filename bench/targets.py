"""What is measured, how quick it has to be, and how quick the original was."""

from __future__ import annotations

from dataclasses import dataclass

LARGE = ", 5,000 clients"
TRAIL = "activity"


@dataclass(frozen=True)
class Reference:
    """The p50 of both in one run that alternated between them: ours as whole HTML, theirs as JSON, in ms."""

    ours: float
    theirs: float


@dataclass(frozen=True)
class Target:
    p95_ms: float
    reference: Reference | None = None


# In the order of the report. A name that ends with the number of clients is of the large practice; its trail,
# of a million events, is what the activity page shows.
TARGETS = {
    "today": Target(15),
    "week page": Target(16, Reference(10.3, 25.7)),
    "week, partial": Target(16),
    "month page": Target(60, Reference(12.4, 129)),
    "conflict check": Target(8, Reference(2.8, 7.1)),
    "client list": Target(20, Reference(13.8, 109)),
    "client search": Target(20, Reference(12.1, 166)),
    "client field": Target(15),
    "duplicates": Target(15),
    "client with timeline": Target(30, Reference(9.5, 25.5)),
    "note page": Target(15, Reference(4.7, 7.1)),
    "autosave": Target(15, Reference(5.0, 9.8)),
    "booking": Target(20, Reference(5.8, 13.3)),
    "save a status": Target(20),
    "save a client": Target(20),
    "today" + LARGE: Target(18),
    "week page" + LARGE: Target(22),
    "client list" + LARGE: Target(30),
    "client search" + LARGE: Target(50),
    "client field" + LARGE: Target(45),
    "duplicates" + LARGE: Target(50),
    "activity": Target(40),
    "activity, with looks": Target(40),
    "activity of a day": Target(40),
    "activity of a person": Target(40),
    "activity, frequent action": Target(40),
    "activity, rare action": Target(40),
    "activity, a kind": Target(40),
    "activity of a client": Target(40),
    "activity of a client, with looks": Target(40),
    "activity, combined": Target(40),
    "activity, deep page": Target(40),
}
# Without HTTP.
OPENING, OPENING_TARGET = "100 clients loaded and opened", Target(20)
VERIFYING, VERIFIED_PER_SECOND = "verify_audit", 20_000


def of_the_large_practice(name: str) -> bool:
    return name.endswith(LARGE)


def of_the_trail(name: str) -> bool:
    return name.startswith(TRAIL)
