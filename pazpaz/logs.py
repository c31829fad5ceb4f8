"""Logs without client data."""

from __future__ import annotations

import logging
import re
import traceback
from types import TracebackType

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

    def format(self, record: logging.LogRecord) -> str:
        # One event, one line: what a caller put into a message cannot forge another.
        return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "?", super().format(record))


def _what(error: BaseException) -> str:
    if isinstance(error, DatabaseError):
        diagnostics = getattr(error.__cause__, "diag", None)
        named = (getattr(diagnostics, name, None) for name in ("sqlstate", "table_name", "constraint_name"))
        return f" ({', '.join(part for part in named if part)})"
    if type(error).__module__.partition(".")[0] in {"pazpaz", "audit", "clients", "scheduling", "sessions"}:
        return f": {error}"
    return ""
