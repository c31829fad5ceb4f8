"""How many events of the trail are verified in a second."""

from __future__ import annotations

import time
from dataclasses import dataclass

from audit.verification import verify
from bench.targets import VERIFIED_PER_SECOND, VERIFYING
from pazpaz.accounts.models import User


@dataclass(frozen=True)
class Speed:
    events: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.events / self.seconds

    @property
    def is_met(self) -> bool:
        return self.per_second >= VERIFIED_PER_SECOND

    def __str__(self) -> str:
        return (
            f"{VERIFYING}: {self.events:,} events in {self.seconds:.0f} s, {self.per_second:,.0f} a second "
            f"(target {VERIFIED_PER_SECOND:,})"
        )


def time_verifying(owner: User) -> Speed:
    """Verify the trail of the owner's practice. Raises RuntimeError when it is damaged."""
    assert owner.workspace is not None
    started = time.perf_counter()
    finding = verify(owner.workspace.pk)
    if finding.damage:
        raise RuntimeError(f"The trail of the bench is damaged: {finding.damage}")
    return Speed(finding.events, time.perf_counter() - started)
