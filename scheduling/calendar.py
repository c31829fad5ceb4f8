"""Days, weeks and months as values, and where an appointment stands in them. No database, no Django.

Moments are aware datetimes; what somebody reads off a clock is a naive local one. Blocks are placed by the
local clock, so that ten o'clock is at one height on every day of the year. On the day the clocks go forward a
block across the gap is taller than it lasts. On the day they go back the repeated hour is drawn once: both of
its passes share the space side by side, and a block that by the clock ends no later than it began gets
the least height.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = 24 * 60
LEAST_HEIGHT = 15
SLOT = 30

_ONE_DAY = timedelta(days=1)
_ONE_MINUTE = timedelta(minutes=1)
_ONE_SLOT = timedelta(minutes=SLOT)
_MIDNIGHT = time()


# -- Time and clocks ---------------------------------------------------------------------------------------


class NonexistentTime(ValueError):
    """The clocks jump over this local time."""


def local_to_utc(local: datetime, zone: ZoneInfo, *, second: bool = False) -> datetime:
    """The moment at which the clocks of the zone show this (naive) local time.

    An hour that the clocks show twice means its first pass unless the second is asked for; a time they
    never show raises NonexistentTime.
    """
    if local.tzinfo is not None:
        raise ValueError("local_to_utc() takes a naive local time")
    if not _exists(local, zone):
        raise NonexistentTime(f"{local:%Y-%m-%d %H:%M} does not exist in {zone.key}")
    return local.replace(tzinfo=zone, fold=int(second)).astimezone(UTC)


def is_ambiguous(local: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of the zone show this local time twice."""
    first, second = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return _exists(local, zone) and first != second


def first_time_after(local: datetime, zone: ZoneInfo) -> datetime:
    """The first local time, to the minute, that the clocks show at or after this one."""
    local = local.replace(second=0, microsecond=0)
    while not _exists(local, zone):
        local += _ONE_MINUTE
    return local


def _exists(local: datetime, zone: ZoneInfo) -> bool:
    there_and_back = local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return there_and_back.replace(tzinfo=None) == local


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """First moment of a local day and of the next, in UTC: 23, 24 or 25 hours apart."""
    return _start_of(day, zone), _start_of(day + _ONE_DAY, zone)


def _start_of(day: date, zone: ZoneInfo) -> datetime:
    # Where midnight is skipped, the offset before the jump (fold=0) gives the moment of the jump itself.
    return datetime.combine(day, _MIDNIGHT, tzinfo=zone).astimezone(UTC)


# -- Weeks and months --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days, beginning wherever the practice begins its week."""

    first: date

    @classmethod
    def containing(cls, day: date, first_weekday: int) -> Week:
        """The week around a day; weekdays count from Monday = 0, as in date.weekday().

        Django's FIRST_DAY_OF_WEEK counts from Sunday = 0: pass (value - 1) % 7.
        """
        return cls(day - timedelta(days=(day.weekday() - first_weekday) % 7))

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first + timedelta(days=number) for number in range(7))

    @property
    def last(self) -> date:
        return self.first + timedelta(days=6)

    @property
    def previous(self) -> Week:
        return Week(self.first - timedelta(days=7))

    @property
    def next(self) -> Week:
        return Week(self.first + timedelta(days=7))

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """First moment of the week and of the next, in UTC."""
        return _start_of(self.first, zone), _start_of(self.next.first, zone)


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month and the whole weeks that show it."""

    first: date
    first_weekday: int

    @classmethod
    def containing(cls, day: date, first_weekday: int) -> Month:
        """The month around a day; weekdays count from Monday = 0, see Week.containing()."""
        return cls(day.replace(day=1), first_weekday)

    @property
    def last(self) -> date:
        return self.next.first - _ONE_DAY

    @property
    def previous(self) -> Month:
        return Month.containing(self.first - _ONE_DAY, self.first_weekday)

    @property
    def next(self) -> Month:
        return Month.containing(self.first + timedelta(days=31), self.first_weekday)

    @property
    def weeks(self) -> tuple[Week, ...]:
        weeks = [Week.containing(self.first, self.first_weekday)]
        while self.last not in weeks[-1]:
            weeks.append(weeks[-1].next)
        return tuple(weeks)

    def __contains__(self, day: date) -> bool:
        return (day.year, day.month) == (self.first.year, self.first.month)

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """First moment of the first week shown and first moment after the last, in UTC."""
        weeks = self.weeks
        return _start_of(weeks[0].first, zone), _start_of(weeks[-1].next.first, zone)


# -- The grid ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Block[T]:
    """Something that takes time, before it has a place."""

    start: datetime
    end: datetime
    payload: T

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None or self.end <= self.start:
            raise ValueError("a block needs an aware start and a later aware end")


@dataclass(frozen=True, slots=True)
class PlacedBlock[T]:
    """A block, or the part of it that falls on one day. Measures are minutes from the grid's first hour."""

    payload: T
    start: datetime  # of the whole block, local
    end: datetime
    top: int
    height: int
    lane: int
    lanes: int
    continued: bool  # began on an earlier day
    continues: bool  # goes on after midnight


@dataclass(frozen=True, slots=True)
class HalfHour:
    """Half an hour of the grid, to click on."""

    start: datetime  # naive local time, as a form takes it
    top: int


@dataclass(frozen=True, slots=True)
class DayColumn[T]:
    date: date
    blocks: tuple[PlacedBlock[T], ...]
    slots: tuple[HalfHour, ...]
    is_today: bool
    now_top: int | None


@dataclass(frozen=True, slots=True)
class Grid[T]:
    """Days side by side, from a first to a last whole hour."""

    first_hour: int
    last_hour: int
    columns: tuple[DayColumn[T], ...]

    @classmethod
    def of(
        cls,
        days: Sequence[date],
        blocks: Iterable[Block[T]],
        zone: ZoneInfo,
        *,
        now: datetime | None = None,
        hours: tuple[int, int] = (8, 18),
    ) -> Grid[T]:
        """Place the blocks on the days. The hours are shown at least; more where a block needs them."""
        pieces = _pieces_by_day(days, blocks, zone)
        first_hour = min([hours[0] * 60, *(piece.top for day in days for piece in pieces[day])]) // 60
        last_minute = max([hours[1] * 60, *(piece.bottom for day in days for piece in pieces[day])])
        last_hour = -(-last_minute // 60)
        local_now = now.astimezone(zone) if now else None
        columns = tuple(
            DayColumn(
                date=day,
                blocks=tuple(_placed(pieces[day], first_hour * 60)),
                slots=tuple(_slots(day, zone, first_hour, last_hour)),
                is_today=local_now is not None and local_now.date() == day,
                now_top=_now_top(day, local_now, first_hour, last_hour),
            )
            for day in days
        )
        return cls(first_hour, last_hour, columns)

    @property
    def hours(self) -> range:
        """The full hours to label."""
        return range(self.first_hour, self.last_hour)

    @property
    def height(self) -> int:
        return (self.last_hour - self.first_hour) * 60


# -- Placing -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Piece[T]:
    """The part of a block that falls on one day, in minutes of that day."""

    payload: T
    start: datetime
    end: datetime
    top: int
    bottom: int
    continued: bool
    continues: bool
    lane: int = field(init=False)
    lane_ends: list[int] = field(init=False)  # one list for all that overlap each other


def _pieces_by_day[T](
    days: Iterable[date], blocks: Iterable[Block[T]], zone: ZoneInfo
) -> dict[date, list[_Piece[T]]]:
    pieces: dict[date, list[_Piece[T]]] = {day: [] for day in days}
    for block in blocks:
        for day, piece in _pieces(block, zone):
            if day in pieces:
                pieces[day].append(piece)
    for of_one_day in pieces.values():
        _assign_lanes(of_one_day)
    return pieces


def _pieces[T](block: Block[T], zone: ZoneInfo) -> Iterator[tuple[date, _Piece[T]]]:
    start, end = block.start.astimezone(zone), block.end.astimezone(zone)
    first, top = start.date(), start.hour * 60 + start.minute
    last, bottom = end.date(), end.hour * 60 + end.minute
    if (last, bottom) <= (first, top):  # the clocks went back in between
        last, bottom = first, top
    elif bottom == 0:
        last, bottom = last - _ONE_DAY, DAY
    day = first
    while day <= last:
        from_minute = min(top if day == first else 0, DAY - LEAST_HEIGHT)
        to_minute = max(bottom if day == last else DAY, from_minute + LEAST_HEIGHT)
        yield day, _Piece(block.payload, start, end, from_minute, to_minute, day > first, day < last)
        day += _ONE_DAY


def _assign_lanes[T](pieces: list[_Piece[T]]) -> None:
    """Side by side what overlaps, each in the first lane that is free: the fewest lanes possible."""
    pieces.sort(key=lambda piece: (piece.top, -piece.bottom))
    lane_ends: list[int] = []
    for piece in pieces:
        if piece.top >= max(lane_ends, default=0):  # nothing before reaches this far
            lane_ends = []
        free = (lane for lane, end in enumerate(lane_ends) if end <= piece.top)
        piece.lane = next(free, len(lane_ends))
        lane_ends[piece.lane : piece.lane + 1] = [piece.bottom]
        piece.lane_ends = lane_ends


def _placed[T](pieces: Iterable[_Piece[T]], first_minute: int) -> Iterator[PlacedBlock[T]]:
    for piece in pieces:
        yield PlacedBlock(
            payload=piece.payload,
            start=piece.start,
            end=piece.end,
            top=piece.top - first_minute,
            height=piece.bottom - piece.top,
            lane=piece.lane,
            lanes=len(piece.lane_ends),
            continued=piece.continued,
            continues=piece.continues,
        )


def _slots(day: date, zone: ZoneInfo, first_hour: int, last_hour: int) -> Iterator[HalfHour]:
    midnight = datetime.combine(day, _MIDNIGHT)
    offsets = {local.replace(tzinfo=zone).utcoffset() for local in (midnight, midnight + _ONE_DAY)}
    start = midnight + timedelta(hours=first_hour)
    for top in range(0, (last_hour - first_hour) * 60, SLOT):
        if len(offsets) == 1 or _exists(start, zone):
            yield HalfHour(start, top)
        start += _ONE_SLOT


def _now_top(day: date, now: datetime | None, first_hour: int, last_hour: int) -> int | None:
    if now is None or now.date() != day or not first_hour <= now.hour < last_hour:
        return None
    return (now.hour - first_hour) * 60 + now.minute
