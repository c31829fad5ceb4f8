"""The result: one table on the console, and the same as JSON."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
from django.db import connection

from bench.load import Timing
from bench.verifying import Speed

MOST_QUERIES = 12
MOST_MEGABYTES = 120


@dataclass(frozen=True)
class Report:
    timings: Sequence[Timing]
    speed: Speed | None
    megabytes: float
    speeds: Sequence[float]  # milliseconds of one and the same loop, all the while

    def misses(self) -> list[str]:
        """Return what is not as fast or as small as it should be, in words."""
        slow = [
            f"{t.name}: p95 {t.percentile(95):.1f} ms > {t.target.p95_ms:g} ms"
            for t in self.timings
            if not t.is_met
        ]
        queries = [
            f"{t.name}: {t.queries} queries > {MOST_QUERIES}"
            for t in self.timings
            if (t.queries or 0) > MOST_QUERIES
        ]
        memory = (
            [f"worker: {self.megabytes:.0f} MB > {MOST_MEGABYTES} MB"]
            if self.megabytes > MOST_MEGABYTES
            else []
        )
        speed = [f"{self.speed}"] if self.speed and not self.speed.is_met else []
        return slow + queries + memory + speed

    def as_text(self) -> str:
        """Return the table with the machine it was measured on, and what was missed."""
        rows = [
            ("", "p50", "p95", "p99", "target", "", "req/s", "queries", "original"),
            *map(_row, self.timings),
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(
                cell.ljust(w) if at in (0, 8) else cell.rjust(w)
                for at, (cell, w) in enumerate(zip(row, widths, strict=True))
            )
            for row in rows
        ]
        memory = f"Resident memory of a worker: {self.megabytes:.0f} MB (target {MOST_MEGABYTES})"
        misses = self.misses()
        verdict = ["Every target is met."] if not misses else ["Missed:", *(f"  {miss}" for miss in misses)]
        how = "Milliseconds of one client's requests, in three rounds; req/s with eight clients at once."
        original = (
            "Original: its p50 in a run that alternated with ours, in times ours of now (and of that run)."
        )
        verified = [str(self.speed)] if self.speed else []
        loop = (
            f"Meanwhile one loop of pure Python took {min(self.speeds):.2f} to {max(self.speeds):.2f} ms, "
            f"mostly {statistics.median(self.speeds):.2f}: so much does the machine's own speed change."
        )
        return "\n".join(
            [
                _machine_as_text(),
                how,
                original,
                "",
                *(line.rstrip() for line in lines),
                "",
                memory,
                *verified,
                loop,
                *verdict,
            ]
        )

    def write(self, path: Path) -> None:
        result = {
            "machine": machine(),
            "timings": [timing.as_json() for timing in self.timings],
            "verified_events_per_second": self.speed and round(self.speed.per_second),
            "worker_megabytes": round(self.megabytes, 1),
            "loop_ms": [round(speed, 3) for speed in self.speeds],
            "missed": self.misses(),
        }
        path.write_text(json.dumps(result, indent=2) + "\n")


def machine() -> dict[str, Any]:
    """Return what the numbers depend on."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (postgres,) = cursor.fetchone()
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "cpu": _cpu(),
        "memory_gigabytes": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": platform.platform(),
        "python": platform.python_version(),
        "django": django.__version__,
        "postgresql": postgres.split()[0],
    }


def _machine_as_text() -> str:
    facts = machine()
    return (
        f"{facts['cores']} cores ({facts['cpu']}), {facts['memory_gigabytes']} GB, Python {facts['python']}, "
        f"Django {facts['django']}, PostgreSQL {facts['postgresql']}"
    )


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _row(timing: Timing) -> tuple[str, ...]:
    return (
        timing.name,
        *(f"{timing.percentile(share):.1f}" for share in (50, 95, 99)),
        f"{timing.target.p95_ms:g}",
        "ok" if timing.is_met else "MISSED",
        f"{timing.per_second:.0f}" if timing.per_second else "",
        str(timing.queries or ""),
        _original(timing),
    )


def _original(timing: Timing) -> str:
    reference, times = timing.target.reference, timing.times_the_original
    if reference is None or times is None:
        return ""
    return f"{reference.theirs:g} = {times:.1f} × ({reference.theirs / reference.ours:.1f} ×)"
