"""What requests carry besides forms; what makes no sense counts as not said."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from uuid import UUID

from django.utils.http import url_has_allowed_host_and_scheme

from pazpaz.web.request import Request
from scheduling.forms import EARLIEST, LATEST


def date_or(text: str | None, default: date) -> date:
    with suppress(ValueError):
        day = date.fromisoformat(text or "")
        if EARLIEST <= day <= LATEST:
            return day
    return default


def uuid_or_none(text: object) -> UUID | None:
    with suppress(ValueError):
        return UUID(str(text))
    return None


def despite(request: Request) -> frozenset[UUID]:
    """The appointments that whoever books has been shown and wants to overlap."""
    ids = map(uuid_or_none, request.POST.get("despite", "").split(","))
    return frozenset(pk for pk in ids if pk)


def next_url(request: Request) -> str:
    """Where to go afterwards: a path of ours, or nowhere."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours else ""
