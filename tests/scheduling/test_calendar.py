"""Moments, clocks, weeks and months: values in, values out, no database."""

from calendar import MONDAY, SATURDAY, SUNDAY
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.calendar import Month, NonexistentTime, Week, day_bounds, local_to_utc

JERUSALEM = ZoneInfo("Asia/Jerusalem")
BERLIN = ZoneInfo("Europe/Berlin")
CAIRO = ZoneInfo("Africa/Cairo")
HAVANA = ZoneInfo("America/Havana")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")

SPRING = date(2026, 3, 27)  # Jerusalem: 02:00 becomes 03:00
AUTUMN = date(2026, 10, 25)  # Jerusalem: 02:00 becomes 01:00

days = st.dates(date(2012, 1, 1), date(2036, 12, 31))
weekdays = st.integers(0, 6)
zones = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})).map(ZoneInfo)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


# -- Time and clocks ---------------------------------------------------------------------------------------


def test_a_local_time_is_a_moment() -> None:
    assert local_to_utc(local("2026-11-22T14:00"), JERUSALEM) == utc("2026-11-22T12:00")
    assert local_to_utc(local("2026-07-01T14:00"), JERUSALEM) == utc("2026-07-01T11:00")


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2026-03-27T02:00", JERUSALEM),
        ("2026-03-27T02:59:59", JERUSALEM),
        ("2026-03-29T02:30", BERLIN),
        ("2026-04-24T00:00", CAIRO),
        ("2026-10-04T02:15", LORD_HOWE),
    ],
)
@pytest.mark.parametrize("second", [False, True])
def test_a_time_the_clocks_jump_over_is_refused(text: str, zone: ZoneInfo, second: bool) -> None:
    with pytest.raises(NonexistentTime, match=zone.key):
        local_to_utc(local(text), zone, second=second)


@pytest.mark.parametrize("text", ["2026-03-27T01:59", "2026-03-27T03:00"])
def test_the_times_beside_the_jump_exist(text: str) -> None:
    assert local_to_utc(local(text), JERUSALEM).astimezone(JERUSALEM).replace(tzinfo=None) == local(text)


def test_a_time_shown_twice_is_the_first_unless_the_second_is_asked_for() -> None:
    assert local_to_utc(local("2026-10-25T01:30"), JERUSALEM) == utc("2026-10-24T22:30")
    assert local_to_utc(local("2026-10-25T01:30"), JERUSALEM, second=True) == utc("2026-10-24T23:30")


def test_asking_for_the_second_of_one_makes_no_difference() -> None:
    noon = local("2026-10-25T12:00")
    assert local_to_utc(noon, JERUSALEM, second=True) == local_to_utc(noon, JERUSALEM)


def test_the_fold_a_local_time_happens_to_carry_does_not_count() -> None:
    assert local_to_utc(local("2026-10-25T01:30").replace(fold=1), JERUSALEM) == utc("2026-10-24T22:30")


def test_a_local_time_with_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        local_to_utc(utc("2026-11-22T14:00"), JERUSALEM)


@given(st.datetimes(datetime(2012, 1, 1), datetime(2036, 12, 31)), zones)  # noqa: DTZ001
def test_every_moment_comes_back_from_the_clock(naive: datetime, zone: ZoneInfo) -> None:
    moment = naive.replace(tzinfo=UTC)
    shown = moment.astimezone(zone)
    assert local_to_utc(shown.replace(tzinfo=None), zone, second=bool(shown.fold)) == moment


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 11, 22), JERUSALEM, 24),
        (SPRING, JERUSALEM, 23),
        (AUTUMN, JERUSALEM, 25),
        (date(2026, 3, 29), BERLIN, 23),
        (date(2026, 10, 25), BERLIN, 25),
        (date(2026, 4, 24), CAIRO, 23),
        (date(2026, 10, 29), CAIRO, 25),
        (date(2026, 3, 8), HAVANA, 23),
        (date(2026, 11, 1), HAVANA, 25),
        (date(2026, 10, 4), LORD_HOWE, 23.5),
        (date(2026, 4, 5), LORD_HOWE, 24.5),
        (date(2011, 12, 30), ZoneInfo("Pacific/Apia"), 0),
    ],
)
def test_a_day_is_as_long_as_the_clocks_make_it(day: date, zone: ZoneInfo, hours: float) -> None:
    start, end = day_bounds(day, zone)
    assert end - start == timedelta(hours=hours)
    assert start.tzinfo is end.tzinfo is UTC


@given(days, zones)
def test_a_day_begins_with_its_first_moment(day: date, zone: ZoneInfo) -> None:
    start, _ = day_bounds(day, zone)
    assert start.astimezone(zone).date() == day
    assert (start - timedelta(microseconds=1)).astimezone(zone).date() < day


# -- Weeks and months --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first_weekday", "first"),
    [(MONDAY, date(2026, 11, 16)), (SUNDAY, date(2026, 11, 22)), (SATURDAY, date(2026, 11, 21))],
)
def test_a_week_begins_where_the_practice_begins_it(first_weekday: int, first: date) -> None:
    week = Week.containing(date(2026, 11, 22), first_weekday)
    assert week.first == first
    assert week.last == first + timedelta(days=6)


@given(days, weekdays)
def test_a_week_is_seven_days_around_its_day(day: date, first_weekday: int) -> None:
    week = Week.containing(day, first_weekday)
    assert week.days[0].weekday() == first_weekday
    assert day in week.days
    assert len(week.days) == 7
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(week.days))
    assert all(Week.containing(other, first_weekday) == week for other in week.days)
    assert [other in week for other in (week.first - timedelta(days=1), *week.days, week.next.first)] == (
        [False, *[True] * 7, False]
    )
    assert week.next.previous == week == week.previous.next
    assert week.next.first == week.last + timedelta(days=1)


@given(days, weekdays, zones)
def test_a_week_is_bounded_by_its_days(day: date, first_weekday: int, zone: ZoneInfo) -> None:
    week = Week.containing(day, first_weekday)
    assert week.bounds(zone) == (day_bounds(week.first, zone)[0], day_bounds(week.last, zone)[1])


def test_a_week_in_which_the_clocks_change_is_an_hour_off() -> None:
    spring, autumn = (Week.containing(day, SUNDAY).bounds(JERUSALEM) for day in (SPRING, AUTUMN))
    assert spring[1] - spring[0] == timedelta(days=7, hours=-1)
    assert autumn[1] - autumn[0] == timedelta(days=7, hours=1)


@pytest.mark.parametrize(
    ("day", "first_weekday", "weeks"),
    [
        (date(2026, 2, 14), SUNDAY, 4),
        (date(2026, 2, 14), MONDAY, 5),
        (date(2026, 11, 22), SUNDAY, 5),
        (date(2026, 11, 22), MONDAY, 6),
    ],
)
def test_a_month_is_shown_in_whole_weeks(day: date, first_weekday: int, weeks: int) -> None:
    month = Month.containing(day, first_weekday)
    assert len(month.weeks) == weeks


@given(days, weekdays, zones)
def test_a_month_is_all_its_days_and_no_week_without_one(
    day: date, first_weekday: int, zone: ZoneInfo
) -> None:
    month = Month.containing(day, first_weekday)
    shown = [shown for week in month.weeks for shown in week.days]
    inside = [shown_day for shown_day in shown if shown_day in month]
    assert day in inside
    assert inside[0] == month.first == day.replace(day=1)
    assert inside[-1] == month.last
    assert all(shown_day.month == day.month for shown_day in inside)
    assert month.first.replace(year=day.year + 1) not in month
    assert month.first in month.weeks[0]
    assert month.last in month.weeks[-1]
    assert shown[0].weekday() == first_weekday
    assert month.next.previous == month == month.previous.next
    assert month.next.first == month.last + timedelta(days=1)
    assert month.bounds(zone) == (day_bounds(shown[0], zone)[0], day_bounds(shown[-1], zone)[1])
