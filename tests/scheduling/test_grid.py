"""Where blocks stand in a grid of days: values in, values out, no database."""

from calendar import SUNDAY
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scheduling.calendar import Block, Grid, PlacedBlock, Week, day_bounds
from tests.scheduling.blocks import (
    AUTUMN,
    HAVANA,
    JERUSALEM,
    SPRING,
    SUNDAY_22,
    UTC_ZONE,
    WEEK,
    at,
    column,
    lanes,
    local,
    spans,
    utc,
    zones,
)


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
    for each in Grid.of(WEEK.days, blocks, UTC_ZONE).columns:
        for block in each.blocks:
            assert 0 <= block.lane < block.lanes
            beside = [other for other in each.blocks if other is not block and overlap(block, other)]
            assert all(other.lane != block.lane for other in beside)
            group = group_of(block, each.blocks)
            at_once = [sum(o.top <= member.top < o.top + o.height for o in group) for member in group]
            assert block.lanes == max(at_once)


@given(some_blocks, zones)
def test_every_block_is_inside_the_grid(blocks: list[Block[tuple[int, int]]], zone: ZoneInfo) -> None:
    grid = Grid.of(WEEK.days, blocks, zone)
    assert 0 <= grid.first_hour <= 8
    assert 18 <= grid.last_hour <= 24
    for each in grid.columns:
        for block in each.blocks:
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
