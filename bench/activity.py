"""The activity page of the large practice: a trail of a million events, asked for in every way there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import cycle, islice

from django.urls import reverse
from django.utils import timezone

from bench.data import ACTOR
from bench.load import Ask, Scenario
from bench.trail import EVENTS
from pazpaz.accounts.models import User
from pazpaz.scope import workspace_scope

DIFFERENT = 40
LOOKS = "looks=on"
RARE = ("user.role_changed", "workspace.changed", "client.archived", "workspace.suspended")
FREQUENT = ("session_note.saved", "appointment.booked", "client.viewed", "client.searched")
KINDS = ("client", "appointment", "session_note", "user", "attachment", "location")


def activity_scenarios(owner: User, names: Sequence[str]) -> list[Scenario]:
    """Return the scenarios of these names."""
    if not names:
        return []
    workspace = owner.workspace
    assert workspace is not None
    with workspace_scope(workspace, ACTOR):
        people = [str(pk) for pk in workspace.users.values_list("pk", flat=True)]
        clients = [str(pk) for pk in workspace.clients.values_list("pk", flat=True)[:DIFFERENT]]
    today = timezone.localdate()
    days = [str(today - timedelta(days=25 * n)) for n in range(DIFFERENT)]
    befores = [EVENTS - n * (EVENTS // DIFFERENT) for n in range(DIFFERENT)]
    everybody = [*people, "commands"]
    queries: dict[str, Iterator[str]] = {
        "activity": iter([""]),
        "activity, with looks": iter([LOOKS]),
        "activity of a day": (
            f"since={day}&until={day}{tail}"
            for day, tail in zip(days, cycle(["", f"&{LOOKS}"]), strict=False)
        ),
        "activity of a person": (f"person={one}{tail}" for tail in ("", f"&{LOOKS}") for one in everybody),
        "activity, frequent action": (f"action={action}" for action in FREQUENT),
        "activity, rare action": (f"action={action}" for action in RARE),
        "activity, a kind": (f"kind={kind}{tail}" for tail in ("", f"&{LOOKS}") for kind in KINDS),
        "activity of a client": (f"object_id={client}" for client in clients),
        "activity of a client, with looks": (f"object_id={client}&{LOOKS}" for client in clients),
        "activity, combined": (
            f"person={person}&kind={kind}&action={action}&since={day}&{LOOKS}"
            for person, kind, action, day in islice(
                zip(
                    cycle(everybody),
                    cycle(KINDS),
                    cycle([*RARE, *FREQUENT, ""]),
                    cycle(days),
                    strict=False,
                ),
                DIFFERENT,
            )
        ),
        "activity, deep page": (
            f"before={before}{tail}"
            for tail in ("", f"&{LOOKS}", f"&person={people[1]}")
            for before in befores
        ),
    }
    url = reverse("audit:activity")
    return [Scenario(name, _pages([f"{url}?{query}" for query in queries[name]])) for name in names]


def _pages(paths: Sequence[str]) -> Callable[[int, int], list[Ask]]:
    def asks(place: int, number: int) -> list[Ask]:
        return [Ask(paths[number % len(paths)])]

    return asks
