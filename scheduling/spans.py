"""A span of time in words: one across midnight names its days, one in a repeated hour its zones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from pazpaz.web.dates import format_cached

ELSEWHERE = "…"  # stands for the end that is on another day


def day_and_time(local: datetime) -> str:
    """Return "Fri 27 Nov 11:00"; with the year where it is not this one."""
    is_this_year = local.year == timezone.localdate().year
    return format_cached(
        local, "TERSE_WEEKDAY_TIME_FORMAT" if is_this_year else "TERSE_WEEKDAY_DATETIME_FORMAT"
    )


@dataclass(frozen=True, slots=True)
class Span:
    """From a start to an end, as the clocks of the active zone show them."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, start: datetime, end: datetime) -> Span:
        return cls(timezone.localtime(start), timezone.localtime(end))

    @property
    def last_day(self) -> date:
        """The day it ends on; midnight belongs to the day before."""
        return (self.end.replace(tzinfo=None) - timedelta(microseconds=1)).date()

    @property
    def crosses_midnight(self) -> bool:
        return self.last_day > self.start.date()

    @property
    def is_repeated(self) -> bool:
        """Whether the clocks went back in between, so that it seems to end no later than it begins."""
        return self.end.replace(tzinfo=None) <= self.start.replace(tzinfo=None)

    @property
    def zone(self) -> str:
        """What tells the start from an equal time of the other pass."""
        return f" {self.start:%Z}" if self.is_repeated else ""

    @property
    def start_clock(self) -> str:
        return self._clock(self.start)

    @property
    def end_clock(self) -> str:
        return self._clock(self.end)

    @property
    def first(self) -> str:
        return day_and_time(self.start) if self.crosses_midnight else self.start_clock

    @property
    def last(self) -> str:
        return day_and_time(self.end) if self.crosses_midnight else self.end_clock

    def other_day(self, day: date) -> str:
        """Return what a list of one day says to a screen reader about the end that is on another day."""
        if not self.crosses_midnight:
            return ""
        if day > self.start.date():
            return _("continued from %(start)s") % {"start": self.first}
        return _("until %(end)s") % {"end": self.last}

    def _clock(self, at: datetime) -> str:
        # Of one day, whichever: so that all days share what was once put in words.
        clock = format_cached(at.replace(year=2000, month=1, day=1), "TIME_FORMAT")
        return f"{clock} {at:%Z}" if self.is_repeated else clock
