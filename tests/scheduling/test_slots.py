"""The half hours of a day that can be booked, and the line that marks now."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from scheduling.calendar import Grid, local_to_utc
from tests.scheduling.blocks import (
    AUTUMN,
    BERLIN,
    CAIRO,
    JERUSALEM,
    LORD_HOWE,
    SPRING,
    SUNDAY_22,
    UTC_ZONE,
    WEEK,
    at,
    column,
    days,
    local,
    utc,
    zones,
)


def test_there_is_a_slot_every_half_hour() -> None:
    slots = column().slots
    assert len(slots) == 20
    assert (slots[0].start, slots[0].top) == (local("2026-11-22T08:00"), 0)
    assert (slots[1].start, slots[1].top) == (local("2026-11-22T08:30"), 30)
    assert (slots[-1].start, slots[-1].top) == (local("2026-11-22T17:30"), 570)


def test_a_slot_is_a_local_time_without_a_zone_as_a_form_takes_it() -> None:
    assert column().slots[0].start.tzinfo is None


def test_slots_reach_as_far_as_the_hours_do() -> None:
    slots = column(at("06:30", "07:00"), at("23:00", "+00:00")).slots
    assert slots[0].start == local("2026-11-22T06:00")
    assert slots[-1].start == local("2026-11-22T23:30")


@pytest.mark.parametrize(
    ("day", "zone", "skipped"),
    [
        (SPRING, JERUSALEM, {"02:00", "02:30"}),
        (date(2026, 4, 24), CAIRO, {"00:00", "00:30"}),
        (date(2026, 10, 4), LORD_HOWE, {"02:00"}),
        (AUTUMN, JERUSALEM, set()),
    ],
)
def test_no_slot_is_offered_at_a_time_that_does_not_exist(
    day: date, zone: ZoneInfo, skipped: set[str]
) -> None:
    slots = Grid[str].of([day], [], zone, hours=(0, 24)).columns[0].slots
    every = {f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30)}
    assert every - {f"{slot.start:%H:%M}" for slot in slots} == skipped
    assert len(slots) == len({slot.start for slot in slots})
    assert all(slot.top == slot.start.hour * 60 + slot.start.minute for slot in slots)


@given(days, zones)
def test_every_slot_can_be_booked(day: date, zone: ZoneInfo) -> None:
    for slot in Grid[str].of([day], [], zone, hours=(0, 24)).columns[0].slots:
        local_to_utc(slot.start, zone)


def test_now_is_marked_on_today() -> None:
    grid = Grid[str].of(WEEK.days, [], JERUSALEM, now=utc("2026-11-23T11:10"))
    assert [column.is_today for column in grid.columns] == [False, True, False, False, False, False, False]
    assert [column.now_top for column in grid.columns] == [None, 310, None, None, None, None, None]


@pytest.mark.parametrize(
    ("now", "top"),
    [("05:59", None), ("06:00", 0), ("15:59", 599), ("16:00", None)],  # Jerusalem is two hours ahead
)
def test_now_outside_the_hours_is_not_marked_but_today_is(now: str, top: int | None) -> None:
    (today,) = Grid[str].of([SUNDAY_22], [], JERUSALEM, now=utc(f"2026-11-22T{now}")).columns
    assert today.is_today
    assert today.now_top == top


def test_the_zone_decides_which_day_is_today() -> None:
    now = utc("2026-11-22T22:30")
    assert Grid[str].of([SUNDAY_22], [], UTC_ZONE, now=now).columns[0].is_today
    assert not Grid[str].of([SUNDAY_22], [], JERUSALEM, now=now).columns[0].is_today


def test_without_a_now_no_day_is_today() -> None:
    assert not any(
        column.is_today or column.now_top is not None
        for column in Grid[str].of(WEEK.days, [], BERLIN).columns
    )
