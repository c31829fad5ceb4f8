"""One run: every scenario over HTTP, then what needs no server."""

from __future__ import annotations

from bench.inside import count_queries, load_clients
from bench.load import Effort, Timing, measure
from bench.report import Report
from bench.scenarios import remove_traces, scenarios
from bench.server import running_server, sign_in, worker_megabytes
from pazpaz.accounts.models import User

QUICK = Effort(warm_up=20, requests=200, crowd_seconds=1.5)


def run(owner: User, *, quick: bool, only: str | None, workers: int) -> Report:
    """Measure everything whose name contains `only`."""
    effort = QUICK if quick else Effort()
    wanted = (only or "").lower()
    remove_traces(owner)
    timings: list[Timing] = []
    try:
        chosen = [s for s in scenarios(owner, effort) if wanted in s.name]
        with running_server(workers) as (port, server):
            visitor = sign_in(owner, port)
            for scenario in chosen:
                _say(scenario.name)
                timing = measure(visitor, scenario, effort)
                timing.queries = count_queries(owner, scenario)
                timings.append(timing)
            megabytes = worker_megabytes(server)
    finally:
        remove_traces(owner)
    if wanted in "clients loaded and opened":
        _say("opening clients")
        timings.append(load_clients(owner, effort))
    _say("")
    return Report(timings, megabytes)


def _say(what: str) -> None:
    print(f"\r\033[K{what and f'Measuring: {what}'}", end="", flush=True)
