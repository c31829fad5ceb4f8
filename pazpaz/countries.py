"""The countries a practice can be in, their names, and which of them a time zone is in."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from babel import Locale
from babel.core import get_global
from phonenumbers import SUPPORTED_REGIONS

UNKNOWN = "ZZ"  # the code of ISO 3166 for this: a number is read only if it names its country


def country_of(time_zone: str) -> str:
    """Return the ISO 3166 code of the country of an IANA time zone, UNKNOWN for UTC and unknown names."""
    zone = get_global("zone_aliases").get(time_zone, time_zone)
    country = str(get_global("zone_territories").get(zone, UNKNOWN))
    return country if country in country_codes() else UNKNOWN


@cache
def country_codes() -> frozenset[str]:
    """Return the countries that have a time zone or a telephone numbering plan."""
    codes = {*get_global("zone_territories").values(), *SUPPORTED_REGIONS} - {UNKNOWN}
    return frozenset(code for code in codes if re.fullmatch("[A-Z]{2}", code))


@cache
def country_names(language: str) -> dict[str, str]:
    """Return the countries by code, sorted by their names in a language."""
    names = Locale.parse(language, sep="-").territories
    known = ((code, names[code]) for code in country_codes() if code in names)
    return dict(sorted(known, key=lambda country: unicodedata.normalize("NFKD", country[1]).casefold()))
