"""Dates in words: remembered, and never somebody else's."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from pazpaz.web.dates import format_cached

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


def test_one_moment_reads_as_the_clocks_of_each_zone_show_it() -> None:
    words = [
        format_cached(NOON.astimezone(ZoneInfo(zone)), "DATETIME_FORMAT")
        for zone in ("Europe/Berlin", "Asia/Jerusalem", "Europe/Berlin")
    ]
    assert words == ["18 November 2026, 13:00", "18 November 2026, 14:00", "18 November 2026, 13:00"]


def test_each_language_has_its_own_words() -> None:
    english = format_cached(date(2026, 11, 18), "DATE_FORMAT")
    with translation.override("he"):
        hebrew = format_cached(date(2026, 11, 18), "DATE_FORMAT")
    assert (english, hebrew) == ("18 November 2026", "18 בנובמבר 2026")


@pytest.mark.parametrize("format_name", ["BRIEF_DATE_FORMAT", "D"])
def test_a_day_and_its_midnight_are_told_apart(format_name: str) -> None:
    midnight = datetime(2026, 11, 18, tzinfo=UTC)
    assert format_cached(midnight.date(), format_name) == format_cached(midnight, format_name)
    assert format_cached(midnight, "BRIEF_DATETIME_FORMAT") == "18 Nov 2026, 00:00"
