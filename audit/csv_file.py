"""The activity as a CSV file (RFC 4180) that a spreadsheet cannot be tricked by."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO

from django.utils import timezone

from audit.activity import Line

LIMIT = 10_000
COLUMNS = (
    "number",
    "time",
    "person",
    "what",
    "fields",
    "outcome",
    "action",
    "object_type",
    "object_ids",
    "details",
    "address",
    "session",
    "request",
)
# A cell that begins with one of these is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_text(lines: Iterable[Line]) -> str:
    """Return the file's text: a byte order mark, for Excel's sake, a heading, one event a line."""
    file = StringIO(newline="")
    file.write("\ufeff")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for line in lines:
        event = line.event
        ids = [event.object_id] if event.object_id else event.object_ids
        writer.writerow(
            [
                event.sequence,
                timezone.localtime(event.at).isoformat(timespec="seconds"),
                harmless(line.who),
                harmless(line.what),
                harmless(line.fields),
                event.outcome,
                harmless(event.action),
                harmless(event.object_type),
                " ".join(map(str, ids)),
                harmless("; ".join(f"{name}: {value}" for name, value in event.metadata.items())),
                event.ip or "",
                event.session_ref,
                event.request_id or "",
            ]
        )
    return file.getvalue()


def harmless(cell: str) -> str:
    """Return a cell's text, with an apostrophe before what a spreadsheet would compute."""
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA) else cell
