"""English as it is written outside America: the week begins on Monday, the day has 24 hours.

The first block is what Django asks for; the second holds names of ours, for `date` and date_format().
"""

DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j F Y, H:i"
YEAR_MONTH_FORMAT = "F Y"
MONTH_DAY_FORMAT = "j F"
SHORT_DATE_FORMAT = "d/m/Y"
SHORT_DATETIME_FORMAT = "d/m/Y H:i"
FIRST_DAY_OF_WEEK = 1
# Browsers send ISO dates. Without this list, Django would read 10/11/2026 as the eleventh of October.
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y"]

WEEKDAY_DATE_FORMAT = "l, j F Y"
WEEKDAY_MONTH_DAY_FORMAT = "l, j F"
BRIEF_MONTH_DAY_FORMAT = "j M"
BRIEF_DATE_FORMAT = "j M Y"
BRIEF_DATETIME_FORMAT = "j M Y, H:i"
BRIEF_MONTH_DAY_TIME_FORMAT = "j M, H:i"
BRIEF_WEEKDAY_TIME_FORMAT = "D j M, H:i"
BRIEF_WEEKDAY_DATETIME_FORMAT = "D j M Y, H:i"
TERSE_WEEKDAY_TIME_FORMAT = "D j M H:i"
TERSE_WEEKDAY_DATETIME_FORMAT = "D j M Y H:i"
