"""Blocks by the clock, and the column of a grid they are put in."""

from calendar import SUNDAY
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import strategies as st

from scheduling.calendar import Block, DayColumn, Grid, PlacedBlock, Week, local_to_utc

JERUSALEM = ZoneInfo("Asia/Jerusalem")
BERLIN = ZoneInfo("Europe/Berlin")
CAIRO = ZoneInfo("Africa/Cairo")
HAVANA = ZoneInfo("America/Havana")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
UTC_ZONE = ZoneInfo("UTC")

SPRING = date(2026, 3, 27)  # Jerusalem: 02:00 becomes 03:00
AUTUMN = date(2026, 10, 25)  # Jerusalem: 02:00 becomes 01:00

days = st.dates(date(2012, 1, 1), date(2036, 12, 31))
zones = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})).map(ZoneInfo)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


WEEK = Week.containing(date(2026, 11, 22), SUNDAY)
SUNDAY_22 = date(2026, 11, 22)


def at(
    start: str, end: str, payload: str = "", zone: ZoneInfo = JERUSALEM, day: date = SUNDAY_22
) -> Block[str]:
    """A block by the clock; "+" before a time means the day after."""

    def moment(text: str) -> datetime:
        clock = datetime.fromisoformat(f"{day + timedelta(days=text.count('+'))}T{text.lstrip('+')}")
        return local_to_utc(clock, zone)

    return Block(moment(start), moment(end), payload)


def column(*blocks: Block[str], day: date = SUNDAY_22, zone: ZoneInfo = JERUSALEM) -> DayColumn[str]:
    return Grid.of([day], blocks, zone).columns[0]


def spans(placed: Iterable[PlacedBlock[str]]) -> list[tuple[int, int]]:
    return [(block.top, block.height) for block in placed]


def lanes(*blocks: Block[str]) -> dict[str, tuple[int, int]]:
    return {block.payload: (block.lane, block.lanes) for block in column(*blocks).blocks}
