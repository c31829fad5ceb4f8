"""Sends requests over loopback and keeps the times: one client after another, then several at once."""

from __future__ import annotations

import re
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db import connections

from bench.targets import Target

CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Ask:
    """One request of a browser: a GET, or with a form a POST."""

    path: str
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True)
class Scenario:
    """Something a person does. `asks(place, number)` makes the n-th requests of the client at a place."""

    name: str
    asks: Callable[[int, int], Sequence[Ask]]


@dataclass
class Timing:
    """How long something took, and how much of it several clients get through in a second.

    It is measured in rounds, some time apart, and each figure is of all their requests: a machine that others
    use too is slower in one minute than in the next.
    """

    name: str
    target: Target
    rounds: list[list[float]] = field(default_factory=list)
    per_second: float | None = None
    queries: int | None = None

    def percentile(self, share: int) -> float:
        return _percentile([one for milliseconds in self.rounds for one in milliseconds], share)

    @property
    def is_met(self) -> bool:
        return self.percentile(95) <= self.target.p95_ms

    @property
    def times_the_original(self) -> float | None:
        """How many times as long the original took, by its figure of the alternating run and ours of now."""
        reference = self.target.reference
        return reference.theirs / self.percentile(50) if reference else None

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "requests": sum(map(len, self.rounds)),
            "p50_ms": round(self.percentile(50), 2),
            "p95_ms": round(self.percentile(95), 2),
            "p99_ms": round(self.percentile(99), 2),
            "p95_ms_of_the_rounds": [round(_percentile(one, 95), 2) for one in self.rounds],
            "target_ms": self.target.p95_ms,
            "times_the_original": self.times_the_original and round(self.times_the_original, 2),
            "met": self.is_met,
            "per_second": self.per_second and round(self.per_second, 1),
            "queries": self.queries,
        }


@dataclass(frozen=True)
class Effort:
    """How hard to measure."""

    warm_up: int = 40
    requests: int = 300
    rounds: int = 3
    crowd: int = 8
    crowd_seconds: float = 4


def _percentile(milliseconds: Sequence[float], share: int) -> float:
    return statistics.quantiles(milliseconds, n=100, method="inclusive")[share - 1]


class Connection:
    """A kept connection that sends each request in one piece and takes the answer in, reading no more of it
    than its status and its length: what is timed is the server, not a client's parsing.
    """

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def exchange(self, request: bytes) -> int:
        """Send a request; return the status of its answer once all of it is here."""
        self._socket.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._receive()
        head, _, body = answer.partition(b"\r\n\r\n")
        found = CONTENT_LENGTH.search(head)
        if found is None:
            raise RuntimeError("An answer did not say how long it is.")
        missing = int(found[1]) - len(body)
        while missing > 0:
            missing -= len(self._receive())
        return int(head.split(maxsplit=2)[1])

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> bytes:
        piece = self._socket.recv(1 << 18)
        if not piece:
            raise RuntimeError("The server hung up.")
        return piece


@dataclass(frozen=True)
class Visitor:
    """A signed-in browser: its cookies and CSRF token."""

    port: int
    cookies: str
    csrf_token: str

    def connect(self) -> Connection:
        return Connection(self.port)

    def send(self, connection: Connection, asks: Sequence[Ask]) -> float:
        """Send requests and return how long their answers took, in ms. Raises on an unexpected one."""
        requests = [(ask, self._request(ask)) for ask in asks]
        started = time.perf_counter()
        for ask, request in requests:
            status = connection.exchange(request)
            if status != ask.status:
                raise RuntimeError(f"{ask.path} answered {status} instead of {ask.status}.")
        return (time.perf_counter() - started) * 1000

    def _request(self, ask: Ask) -> bytes:
        headers = {"Host": f"127.0.0.1:{self.port}", "Cookie": self.cookies, **ask.headers}
        body = b""
        if ask.form is not None:
            body = urlencode(ask.form).encode()
            headers |= {
                "X-CSRFToken": self.csrf_token,
                "Content-Type": "application/x-www-form-urlencoded",
                "Content-Length": str(len(body)),
            }
        lines = [f"{'GET' if ask.form is None else 'POST'} {ask.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + body


def time_alone(visitor: Visitor, scenario: Scenario, effort: Effort, numbers: Iterator[int]) -> list[float]:
    """Return how long each request of one client took, in ms, after some that warm up."""
    connection = visitor.connect()
    try:
        for _request in range(effort.warm_up):
            visitor.send(connection, scenario.asks(0, next(numbers)))
        return [visitor.send(connection, scenario.asks(0, next(numbers))) for _ in range(effort.requests)]
    finally:
        connection.close()


def count_in_a_crowd(visitor: Visitor, scenario: Scenario, effort: Effort, numbers: Iterator[int]) -> float:
    """Return how many requests a second several clients get through."""
    done = [0] * effort.crowd
    failures: list[Exception] = []
    lock = threading.Lock()
    started = time.perf_counter()
    end = started + effort.crowd_seconds

    def visit(place: int) -> None:
        connection = visitor.connect()
        try:
            while time.perf_counter() < end:
                with lock:
                    number = next(numbers)
                visitor.send(connection, scenario.asks(place, number))
                done[place] += 1
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()
            connections.close_all()

    threads = [threading.Thread(target=visit, args=(place,)) for place in range(effort.crowd)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return sum(done) / (time.perf_counter() - started)
