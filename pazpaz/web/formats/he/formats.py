"""Hebrew as it is written in Israel: the week begins on Sunday, the day has 24 hours, dates have dots."""

DATE_FORMAT = "j בF Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j בF Y, H:i"
YEAR_MONTH_FORMAT = "F Y"
MONTH_DAY_FORMAT = "j בF"
SHORT_DATE_FORMAT = "d.m.Y"
SHORT_DATETIME_FORMAT = "d.m.Y H:i"
FIRST_DAY_OF_WEEK = 0
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"]

WEEKDAY_DATE_FORMAT = "יום l, j בF Y"
WEEKDAY_MONTH_DAY_FORMAT = "יום l, j בF"
BRIEF_MONTH_DAY_FORMAT = "d.m"
BRIEF_DATE_FORMAT = "d.m.Y"
BRIEF_DATETIME_FORMAT = "d.m.Y, H:i"
BRIEF_MONTH_DAY_TIME_FORMAT = "d.m, H:i"
BRIEF_WEEKDAY_TIME_FORMAT = "יום D, d.m, H:i"
BRIEF_WEEKDAY_DATETIME_FORMAT = "יום D, d.m.Y, H:i"
TERSE_WEEKDAY_TIME_FORMAT = "יום D d.m H:i"
TERSE_WEEKDAY_DATETIME_FORMAT = "יום D d.m.Y H:i"
