"""Sends requests over loopback and keeps the times: one client after another, then several at once."""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

type Body = dict[str, str]


@dataclass(frozen=True)
class Scenario:
    """One thing a browser asks for. `body` makes the form of the n-th request; without it the request is a GET."""

    name: str
    path: str
    target_ms: float
    body: Callable[[int], Body] | None = None
    htmx_target: str = ""
    expect: tuple[int, ...] = (200,)
    # What a comparable FastAPI backend needs for its JSON alone on the same data, in ms.
    reference: str = ""


@dataclass
class Timing:
    scenario: Scenario
    milliseconds: list[float] = field(default_factory=list)
    per_second: float = 0.0
    queries: int = 0

    def percentile(self, share: int) -> float:
        return statistics.quantiles(self.milliseconds, n=100, method="inclusive")[share - 1]


@dataclass(frozen=True)
class Visitor:
    """A signed-in browser: its cookies and CSRF token."""

    port: int
    cookies: str
    csrf_token: str

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def send(self, connection: http.client.HTTPConnection, scenario: Scenario, number: int) -> float:
        """Send one request and return how long its whole answer took, in ms. Raises when it is not the one expected."""
        headers = {"Cookie": self.cookies}
        if scenario.htmx_target:
            headers |= {"HX-Request": "true", "HX-Target": scenario.htmx_target}
        body = None
        if scenario.body is not None:
            headers |= {"X-CSRFToken": self.csrf_token, "Content-Type": "application/x-www-form-urlencoded"}
            body = urlencode(scenario.body(number))
        started = time.perf_counter()
        connection.request("GET" if body is None else "POST", scenario.path, body, headers)
        response = connection.getresponse()
        response.read()
        elapsed = (time.perf_counter() - started) * 1000
        if response.status not in scenario.expect:
            raise RuntimeError(f"{scenario.name}: answered {response.status}, expected {scenario.expect}")
        return elapsed


def measure(visitor: Visitor, scenario: Scenario, *, warm_up: int, requests: int, crowd: int, seconds: float) -> Timing:
    """Time one client's requests, then count what several clients get through in some seconds."""
    timing = Timing(scenario)
    numbers = iter(range(10**9))
    connection = visitor.connect()
    for _request in range(warm_up):
        visitor.send(connection, scenario, next(numbers))
    for _request in range(requests):
        timing.milliseconds.append(visitor.send(connection, scenario, next(numbers)))
    connection.close()
    timing.per_second = _crowd(visitor, scenario, crowd, seconds, numbers)
    return timing


def _crowd(visitor: Visitor, scenario: Scenario, size: int, seconds: float, numbers: Iterator[int]) -> float:
    done = [0] * size
    failures: list[Exception] = []
    lock = threading.Lock()
    end = time.perf_counter() + seconds

    def visit(place: int) -> None:
        connection = visitor.connect()
        try:
            while time.perf_counter() < end:
                with lock:
                    number = next(numbers)
                visitor.send(connection, scenario, number)
                done[place] += 1
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=visit, args=(place,)) for place in range(size)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return sum(done) / (time.perf_counter() - started)
