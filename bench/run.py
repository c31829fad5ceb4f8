"""One run: every scenario over HTTP and the opening of clients, in rounds; then the crowds."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from bench.activity import activity_scenarios
from bench.data import BUSY, LARGE, ensure_practice
from bench.inside import count_queries, time_opening_clients
from bench.load import Effort, Scenario, Timing, count_in_a_crowd, time_alone
from bench.report import Report
from bench.say import say
from bench.scenarios import remove_traces, scenarios
from bench.server import running_server, sign_in, worker_megabytes
from bench.targets import LARGE as LARGE_SUFFIX
from bench.targets import (
    OPENING,
    OPENING_TARGET,
    TARGETS,
    VERIFYING,
    of_the_large_practice,
    of_the_trail,
)
from bench.trail import ensure_trail
from bench.verifying import time_verifying
from pazpaz.accounts.models import User

QUICK = Effort(warm_up=15, requests=60, crowd_seconds=1.0)


def run(*, quick: bool, only: str | None, workers: int) -> Report:
    """Measure everything whose name contains `only`."""
    effort = QUICK if quick else Effort()
    wanted = (only or "").lower()
    places = _prepare([name for name in TARGETS if wanted in name], effort, everything=wanted in VERIFYING)
    speeds: list[float] = []
    try:
        timings = [Timing(place.scenario.name, TARGETS[place.scenario.name]) for place in places]
        opening = [Timing(OPENING, OPENING_TARGET)] if wanted in OPENING else []
        gc.collect()
        gc.freeze()  # as in a worker of the server: what the bench has loaded is not what it measures
        with running_server(workers) as (port, server):
            visitors = {place.owner.pk: sign_in(place.owner, port) for place in places}
            for turn in range(1, effort.rounds + 1):
                for place, timing in zip(places, timings, strict=True):
                    say(f"Measuring: {timing.name} ({turn} of {effort.rounds})")
                    speeds.append(_loop_ms())
                    visitor = visitors[place.owner.pk]
                    timing.rounds.append(time_alone(visitor, place.scenario, effort, place.numbers))
                for timing in opening:
                    say(f"Measuring: opening clients ({turn} of {effort.rounds})")
                    speeds.append(_loop_ms())
                    timing.rounds.append(time_opening_clients(ensure_practice(BUSY), effort))
            for place, timing in zip(places, timings, strict=True):
                say(f"Measuring: {timing.name} (several clients)")
                visitor = visitors[place.owner.pk]
                timing.per_second = count_in_a_crowd(visitor, place.scenario, effort, place.numbers)
                timing.queries = count_queries(place.owner, place.scenario)
            megabytes = worker_megabytes(server) if places else 0
        speed = None
        if wanted in VERIFYING:
            say("Measuring: verify_audit")
            speed = time_verifying(ensure_practice(LARGE))
    finally:
        for owner in {place.owner.pk: place.owner for place in places}.values():
            remove_traces(owner)
    say("")
    return Report([*timings, *opening], speed, megabytes, speeds or [_loop_ms()])


@dataclass(frozen=True)
class _Place:
    """A scenario, whose practice it is of, and the numbers of its requests."""

    scenario: Scenario
    owner: User
    numbers: Iterator[int]


def _prepare(names: list[str], effort: Effort, *, everything: bool) -> list[_Place]:
    """Build what is missing of the data and prepare the scenarios, in the order of their names."""
    made: dict[str, tuple[Scenario, User]] = {}
    of_trail = [name for name in names if of_the_trail(name)]
    of_large = [name for name in names if of_the_large_practice(name)]
    if rest := [name for name in names if name not in {*of_trail, *of_large}]:
        busy = ensure_practice(BUSY)
        remove_traces(busy)
        made |= {scenario.name: (scenario, busy) for scenario in scenarios(busy, effort, rest)}
    if of_trail or of_large or everything:
        large = ensure_practice(LARGE)
        remove_traces(large)
        made |= {s.name: (s, large) for s in scenarios(large, effort, of_large, suffix=LARGE_SUFFIX)}
    if of_trail or everything:
        ensure_trail(large)
        made |= {s.name: (s, large) for s in activity_scenarios(large, of_trail)}
    return [_Place(*made[name], count()) for name in names]


def _loop_ms() -> float:
    """Time some pure computing: it says how fast the machine is at the moment, whatever PazPaz is like."""
    times = []
    for _turn in range(20):
        started = time.perf_counter()
        kept = {}
        for number in range(3000):
            kept[number % 100] = str(number)
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)
