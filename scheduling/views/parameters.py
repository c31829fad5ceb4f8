"""Parameters of requests outside forms; a malformed one counts as not given."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from uuid import UUID

from django.utils.http import url_has_allowed_host_and_scheme

from pazpaz.web.request import Request
from scheduling.fields import uuid_or_none
from scheduling.forms import EARLIEST, LATEST


def date_or(text: str | None, default: date) -> date:
    with suppress(ValueError):
        day = date.fromisoformat(text or "")
        if EARLIEST <= day <= LATEST:
            return day
    return default


def allowed_overlaps(request: Request) -> frozenset[UUID]:
    """The appointments that the user has been shown and allows to overlap."""
    ids = map(uuid_or_none, request.POST.get("allow_overlap", "").split(","))
    return frozenset(pk for pk in ids if pk)


def next_url(request: Request) -> str:
    """The path of this site to go to afterwards, or an empty text."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_local = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_local else ""
