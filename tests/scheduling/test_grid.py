"""Where blocks stand in a grid of days: values in, values out, no database."""

from calendar import SUNDAY
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from time import process_time
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scheduling.calendar import Block, DayColumn, Grid, PlacedBlock, Week, day_bounds, local_to_utc

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


def test_an_empty_grid_shows_the_usual_hours() -> None:
    grid = Grid[str].of(WEEK.days, [], JERUSALEM)
    assert (grid.first_hour, grid.last_hour, grid.height) == (8, 18, 600)
    assert list(grid.hours) == [8, 9, 10, 11, 12, 13, 14, 15, 16, 17]
    assert [column.date for column in grid.columns] == list(WEEK.days)
    assert not any(column.blocks for column in grid.columns)


def test_the_usual_hours_are_what_the_practice_says() -> None:
    grid = Grid[str].of(WEEK.days, [], JERUSALEM, hours=(6, 22))
    assert (grid.first_hour, grid.last_hour) == (6, 22)


def test_a_block_stands_on_its_day_at_its_time() -> None:
    grid = Grid.of(WEEK.days, [at("09:15", "10:00", day=date(2026, 11, 24))], JERUSALEM)
    assert [len(column.blocks) for column in grid.columns] == [0, 0, 1, 0, 0, 0, 0]
    placed = grid.columns[2].blocks[0]
    assert (placed.top, placed.height, placed.lane, placed.lanes) == (75, 45, 0, 1)
    assert (placed.continued, placed.continues) == (False, False)
    assert placed.start.replace(tzinfo=None) == local("2026-11-24T09:15")
    assert placed.end.replace(tzinfo=None) == local("2026-11-24T10:00")


def test_the_zone_decides_the_day() -> None:
    late = Block(utc("2026-11-22T22:30"), utc("2026-11-22T23:00"), "late")
    assert column(late, day=date(2026, 11, 23)).blocks
    assert not column(late, day=SUNDAY_22).blocks
    assert column(late, day=SUNDAY_22, zone=UTC_ZONE).blocks


def test_the_payload_is_handed_on_as_it_is() -> None:
    appointment = object()
    grid = Grid.of(
        [SUNDAY_22], [Block(utc("2026-11-22T08:00"), utc("2026-11-22T09:00"), appointment)], JERUSALEM
    )
    assert grid.columns[0].blocks[0].payload is appointment


@pytest.mark.parametrize(
    ("start", "end", "first_hour", "last_hour"),
    [
        ("08:00", "18:00", 8, 18),
        ("07:59", "09:00", 7, 18),
        ("07:00", "09:00", 7, 18),
        ("17:00", "18:01", 8, 19),
        ("17:55", "18:00", 8, 19),  # drawn a quarter of an hour high
        ("23:00", "+00:00", 8, 24),
        ("23:50", "+00:00", 8, 24),
        ("22:00", "+01:30", 8, 24),
        ("00:00", "00:30", 0, 18),
    ],
)
def test_the_hours_grow_to_fit_the_blocks(start: str, end: str, first_hour: int, last_hour: int) -> None:
    grid = Grid.of([SUNDAY_22], [at(start, end)], JERUSALEM)
    assert (grid.first_hour, grid.last_hour) == (first_hour, last_hour)


def test_all_days_of_a_grid_share_its_hours() -> None:
    grid = Grid.of(WEEK.days, [at("06:30", "07:30"), at("09:00", "10:00", day=date(2026, 11, 23))], JERUSALEM)
    assert spans(grid.columns[0].blocks) == [(30, 60)]
    assert spans(grid.columns[1].blocks) == [(180, 60)]


def test_a_short_block_is_high_enough_to_be_hit() -> None:
    assert spans(column(at("09:00", "09:05")).blocks) == [(60, 15)]
    assert spans(column(at("09:00", "09:16")).blocks) == [(60, 16)]


def test_a_short_block_before_midnight_stays_in_its_day() -> None:
    assert spans(column(at("23:55", "+00:00")).blocks) == [((24 - 8) * 60 - 15, 15)]


def test_a_block_over_midnight_is_on_both_days() -> None:
    grid = Grid.of(WEEK.days, [at("22:00", "+01:30", "night")], JERUSALEM)
    (before,), (after,) = grid.columns[0].blocks, grid.columns[1].blocks
    assert (before.top, before.height, before.continued, before.continues) == (22 * 60, 120, False, True)
    assert (after.top, after.height, after.continued, after.continues) == (0, 90, True, False)
    assert before.start == after.start
    assert before.end == after.end


def test_a_block_of_several_days_fills_those_between() -> None:
    grid = Grid.of(WEEK.days, [at("22:00", "++01:00")], JERUSALEM)
    pieces = [block for column in grid.columns for block in column.blocks]
    assert spans(pieces) == [(22 * 60, 120), (0, 24 * 60), (0, 60)]
    assert [(piece.continued, piece.continues) for piece in pieces] == [
        (False, True),
        (True, True),
        (True, False),
    ]


def test_a_block_until_midnight_ends_on_its_day() -> None:
    grid = Grid.of(WEEK.days, [at("23:00", "+00:00")], JERUSALEM)
    assert [len(column.blocks) for column in grid.columns] == [1, 0, 0, 0, 0, 0, 0]
    assert not grid.columns[0].blocks[0].continues


def test_of_a_block_that_began_before_the_week_the_rest_is_shown() -> None:
    grid = Grid.of(WEEK.days, [at("22:00", "+02:00", day=date(2026, 11, 21))], JERUSALEM)
    (rest,) = grid.columns[0].blocks
    assert (rest.top, rest.height, rest.continued) == (0, 120, True)


def test_a_block_outside_the_days_is_left_out_and_does_not_stretch_the_hours() -> None:
    grid = Grid.of(WEEK.days, [at("03:00", "04:00", day=date(2026, 12, 1))], JERUSALEM)
    assert grid.first_hour == 8
    assert not any(column.blocks for column in grid.columns)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (utc("2026-11-22T10:00"), utc("2026-11-22T10:00")),
        (utc("2026-11-22T10:00"), utc("2026-11-22T09:00")),
        (local("2026-11-22T10:00"), utc("2026-11-22T11:00")),
        (utc("2026-11-22T10:00"), local("2026-11-22T11:00")),
    ],
)
def test_a_block_without_length_or_zone_is_refused(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="aware"):
        Block(start, end, None)


# -- Side by side ------------------------------------------------------------------------------------------


def test_what_follows_on_does_not_share_its_space() -> None:
    assert lanes(at("09:00", "10:00", "a"), at("10:00", "11:00", "b")) == {"a": (0, 1), "b": (0, 1)}


def test_what_overlaps_stands_side_by_side() -> None:
    assert lanes(at("09:00", "10:00", "a"), at("09:30", "10:30", "b")) == {"a": (0, 2), "b": (1, 2)}


def test_a_lane_is_used_again_and_a_group_shares_one_width() -> None:
    assert lanes(
        at("09:00", "11:00", "long"),
        at("09:00", "09:30", "short"),
        at("09:30", "10:00", "next"),
        at("10:30", "11:30", "last"),
        at("11:30", "12:00", "alone"),
    ) == {"long": (0, 2), "short": (1, 2), "next": (1, 2), "last": (1, 2), "alone": (0, 1)}


def test_of_two_that_begin_together_the_longer_comes_first() -> None:
    assert lanes(at("09:00", "09:30", "short"), at("09:00", "10:00", "long")) == {
        "long": (0, 2),
        "short": (1, 2),
    }


def test_short_blocks_that_would_cover_each_other_stand_side_by_side() -> None:
    assert lanes(at("09:00", "09:05", "a"), at("09:10", "09:15", "b")) == {"a": (0, 2), "b": (1, 2)}


minutes = st.integers(0, 7 * 24 * 60)
some_blocks = st.lists(
    st.tuples(minutes, st.integers(1, 24 * 60)).map(
        lambda span: Block(
            utc("2026-11-22T00:00") + timedelta(minutes=span[0]),
            utc("2026-11-22T00:00") + timedelta(minutes=sum(span)),
            span,
        )
    ),
    max_size=30,
)


def overlap[T](block: PlacedBlock[T], other: PlacedBlock[T]) -> bool:
    return block.top < other.top + other.height and other.top < block.top + block.height


def group_of[T](block: PlacedBlock[T], blocks: Iterable[PlacedBlock[T]]) -> list[PlacedBlock[T]]:
    """The block with all that overlap it, and all that overlap those, and so on."""
    group, rest = [block], [other for other in blocks if other is not block]
    for member in group:
        group += [other for other in rest if overlap(member, other)]
        rest = [other for other in rest if not overlap(member, other)]
    return group


@given(some_blocks)
def test_no_block_covers_another_and_a_group_has_as_many_lanes_as_it_needs(
    blocks: list[Block[tuple[int, int]]],
) -> None:
    for column in Grid.of(WEEK.days, blocks, UTC_ZONE).columns:
        for block in column.blocks:
            assert 0 <= block.lane < block.lanes
            beside = [other for other in column.blocks if other is not block and overlap(block, other)]
            assert all(other.lane != block.lane for other in beside)
            group = group_of(block, column.blocks)
            at_once = [sum(o.top <= member.top < o.top + o.height for o in group) for member in group]
            assert block.lanes == max(at_once)


@given(some_blocks, zones)
def test_every_block_is_inside_the_grid(blocks: list[Block[tuple[int, int]]], zone: ZoneInfo) -> None:
    grid = Grid.of(WEEK.days, blocks, zone)
    assert 0 <= grid.first_hour <= 8
    assert 18 <= grid.last_hour <= 24
    for column in grid.columns:
        for block in column.blocks:
            assert block.top >= 0
            assert block.height >= 15
            assert block.top + block.height <= grid.height


@given(some_blocks)
def test_the_parts_of_a_block_add_up_to_its_length(blocks: list[Block[tuple[int, int]]]) -> None:
    ten_days = [WEEK.first + timedelta(days=number) for number in range(10)]
    grid = Grid.of(ten_days, blocks, UTC_ZONE)
    for block in set(blocks):
        assume(blocks.count(block) == 1)
        parts = [
            placed for column in grid.columns for placed in column.blocks if placed.payload is block.payload
        ]
        assert not parts[0].continued
        assert not parts[-1].continues
        assert all(before.continues and after.continued for before, after in pairwise(parts))
        if all(part.height > 15 for part in parts):
            assert sum(part.height for part in parts) == block.payload[1]


# -- When the clocks change --------------------------------------------------------------------------------


def test_ten_oclock_is_at_one_height_before_and_after_the_clocks_change() -> None:
    week = Week.containing(SPRING, SUNDAY)
    grid = Grid.of(week.days, [at("10:00", "11:00", day=day) for day in week.days], JERUSALEM)
    assert {(block.top, block.height) for column in grid.columns for block in column.blocks} == {(120, 60)}


def test_a_block_across_the_missing_hour_reaches_to_its_end_on_the_clock() -> None:
    block = Block(utc("2026-03-26T23:30"), utc("2026-03-27T00:30"), "")  # 01:30 to 03:30, one hour
    assert spans(column(block, day=SPRING).blocks) == [(30, 120)]


def test_both_passes_of_the_repeated_hour_stand_side_by_side() -> None:
    first = Block(utc("2026-10-24T22:00"), utc("2026-10-24T22:45"), "first")  # 01:00 to 01:45
    second = Block(utc("2026-10-24T23:00"), utc("2026-10-24T23:45"), "second")  # 01:00 to 01:45, again
    placed = column(first, second, day=AUTUMN).blocks
    assert [(block.payload, block.lane, block.lanes) for block in placed] == [
        ("first", 0, 2),
        ("second", 1, 2),
    ]
    assert spans(placed) == [(0, 45), (0, 45)]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-10-24T22:30", "2026-10-24T23:30"),  # 01:30 to 01:30
        ("2026-10-24T22:45", "2026-10-24T23:15"),  # 01:45 to 01:15
    ],
)
def test_a_block_that_the_clock_makes_endless_has_the_least_height(start: str, end: str) -> None:
    block = Block(utc(start), utc(end), "")
    (placed,) = column(block, day=AUTUMN).blocks
    assert placed.height == 15
    assert placed.top + Grid.of([AUTUMN], [block], JERUSALEM).first_hour * 60 == (
        placed.start.hour * 60 + placed.start.minute
    )


def test_a_block_between_two_midnights_of_one_day_is_not_lost() -> None:
    day = date(2026, 11, 1)  # Havana: 01:00 becomes 00:00
    start, _ = day_bounds(day, HAVANA)
    grid = Grid.of([day - timedelta(days=1), day], [Block(start, start + timedelta(hours=1), "")], HAVANA)
    assert [spans(column.blocks) for column in grid.columns] == [[], [(0, 15)]]


# -- Slots and now -----------------------------------------------------------------------------------------


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


def test_a_busy_week_is_placed_in_a_moment() -> None:
    start, _ = WEEK.bounds(JERUSALEM)
    blocks = [
        Block(begin, begin + timedelta(minutes=45), number)
        for number in range(130)
        for begin in [start + timedelta(days=number % 7, hours=8, minutes=30 * (number // 7))]
    ]
    times = []
    for _ in range(20):
        started = process_time()
        Grid.of(WEEK.days, blocks, JERUSALEM)
        times.append(process_time() - started)
    # Thrice the target, so that a slow machine is no failure and a slow algorithm is one.
    assert min(times) < 0.003
