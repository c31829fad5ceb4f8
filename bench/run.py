"""One run: every scenario over HTTP and the opening of clients, in rounds; then the crowds."""

from __future__ import annotations

import gc
import statistics
import time
from itertools import count

from bench.inside import CLIENTS, count_queries, time_opening_clients
from bench.load import Effort, Timing, count_in_a_crowd, time_alone
from bench.report import Report
from bench.scenarios import remove_traces, scenarios
from bench.server import running_server, sign_in, worker_megabytes
from pazpaz.accounts.models import User

QUICK = Effort(warm_up=20, requests=100, crowd_seconds=1.5)
OPENING = f"{CLIENTS} clients loaded and opened"
OPENING_TARGET_MS = 20


def run(owner: User, *, quick: bool, only: str | None, workers: int) -> Report:
    """Measure everything whose name contains `only`."""
    effort = QUICK if quick else Effort()
    wanted = (only or "").lower()
    remove_traces(owner)
    speeds: list[float] = []
    try:
        chosen = [s for s in scenarios(owner, effort) if wanted in s.name]
        timings = [Timing(s.name, s.target_ms, s.reference) for s in chosen]
        opening = [Timing(OPENING, OPENING_TARGET_MS)] if wanted in OPENING else []
        numbers = [count() for _ in chosen]
        gc.collect()
        gc.freeze()  # as in a worker of the server: what the bench has loaded is not what it measures
        with running_server(workers) as (port, server):
            visitor = sign_in(owner, port)
            for turn in range(1, effort.rounds + 1):
                for scenario, timing, at in zip(chosen, timings, numbers, strict=True):
                    _say(f"{scenario.name} ({turn} of {effort.rounds})")
                    speeds.append(_loop_ms())
                    timing.rounds.append(time_alone(visitor, scenario, effort, at))
                for timing in opening:
                    _say(f"opening clients ({turn} of {effort.rounds})")
                    speeds.append(_loop_ms())
                    timing.rounds.append(time_opening_clients(owner, effort))
            for scenario, timing, at in zip(chosen, timings, numbers, strict=True):
                _say(f"{scenario.name} (several clients)")
                timing.per_second = count_in_a_crowd(visitor, scenario, effort, at)
                timing.queries = count_queries(owner, scenario)
            megabytes = worker_megabytes(server)
    finally:
        remove_traces(owner)
    _say("")
    return Report([*timings, *opening], megabytes, speeds)


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


def _say(what: str) -> None:
    print(f"\r\033[K{what and f'Measuring: {what}'}", end="", flush=True)
