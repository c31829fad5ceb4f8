"""The activity as a CSV file (RFC 4180) that a spreadsheet cannot be tricked by."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO

from audit.lines import Entry

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


def csv_text(entries: Iterable[Entry]) -> str:
    """Return the file's text: a byte order mark, for Excel's sake, a heading, one event a line."""
    file = StringIO(newline="")
    file.write("\ufeff")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for entry in entries:
        event = entry.event
        ids = [event.object_id] if event.object_id else event.object_ids
        writer.writerow(
            [
                event.sequence,
                entry.at.isoformat(timespec="seconds"),
                harmless(entry.who),
                harmless(entry.what),
                harmless(entry.fields),
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
