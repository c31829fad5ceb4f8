"""Dates and times in words, remembered: a page of a list says some hundred of them."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language


def format_cached(day: date, format_name: str) -> str:
    """Return a date, or a time as the clocks of its zone show it, in one of our formats.

    Days and hours repeat, and to spell one out takes as long as to open three encrypted values.
    """
    if isinstance(day, datetime):
        # One moment equals itself in every zone, but the clocks there show something else.
        day = day.replace(tzinfo=None)
    return _in_words(day, format_name, get_language())


@lru_cache(maxsize=8192)
def _in_words(day: date, format_name: str, language: str | None) -> str:
    return date_format(day, format_name)
