"""Logs without client data."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Mapping
from types import TracebackType

from django.conf import settings
from django.db import DatabaseError

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class DiscreetFormatter(logging.Formatter):
    """Writes where an exception happened and what kind it was, not what it said about the data.

    PostgreSQL's messages quote the failing row, and a validation error quotes what was typed.
    """

    def formatException(self, ei: _ExcInfo) -> str:
        kind, error, _where = ei
        if kind is None or error is None:
            return ""
        lines = traceback.format_list(traceback.extract_tb(error.__traceback__))
        return "".join(lines) + f"{kind.__module__}.{kind.__qualname__}{_what(error)}"

    def formatMessage(self, record: logging.LogRecord) -> str:
        # One event, one line: what a caller put into a message cannot forge another.
        return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", "?", super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        # An exception may be the message as well, or a part of it.
        record.msg = _discreet(record.msg)
        if isinstance(record.args, Mapping):
            record.args = {name: _discreet(part) for name, part in record.args.items()}
        elif record.args:
            record.args = tuple(map(_discreet, record.args))
        # Another formatter may have left its own, less discreet, text here.
        record.exc_text = None
        return super().format(record)


def _discreet(part: object) -> object:
    return f"{type(part).__qualname__}{_what(part)}" if isinstance(part, BaseException) else part


def _what(error: BaseException) -> str:
    if isinstance(error, DatabaseError):
        diagnostics = getattr(error.__cause__, "diag", None)
        named = (getattr(diagnostics, name, None) for name in ("sqlstate", "table_name", "constraint_name"))
        return f" ({', '.join(part for part in named if part)})"
    if type(error).__module__.partition(".")[0] in {app.partition(".")[0] for app in settings.OUR_APPS}:
        return f": {error}"
    return ""
