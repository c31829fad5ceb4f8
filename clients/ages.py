"""A client's age, in the unit people use for that age."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

DAYS_UNTIL = 14
MONTHS_OF_WEEKS = 3
YEARS_OF_MONTHS = 2


def full_months(born: date, today: date) -> int:
    """Return the completed months of an age; below zero before the birth."""
    return (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)


def age_in_words(born: date, today: date) -> str:
    """Return days in the first two weeks, weeks to 3 months, months to 2 years, then the number of years.

    Empty before the birth: a practice whose clocks were put back is a day behind.
    """
    days, months = (today - born).days, full_months(born, today)
    if days < 0:
        return ""
    if days == 0:
        return _("born today")
    if days < DAYS_UNTIL:
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    if months < MONTHS_OF_WEEKS:
        return ngettext("%(n)d week", "%(n)d weeks", days // 7) % {"n": days // 7}
    if months < 12 * YEARS_OF_MONTHS:
        return ngettext("%(n)d month", "%(n)d months", months) % {"n": months}
    return str(months // 12)
