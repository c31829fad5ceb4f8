"""What a request carries, and where it came from."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django_htmx.middleware import HtmxDetails

from pazpaz.accounts.models import User, Workspace
from pazpaz.events import Actor, Origin

GetResponse = Callable[[HttpRequest], HttpResponse]


class Request(HttpRequest):
    """A signed-in request inside its scope: what views are given."""

    user: User
    workspace: Workspace
    actor: Actor
    htmx: HtmxDetails
    request_id: UUID
    without_nul: frozenset[str]


def client_ip(request: HttpRequest) -> str | None:
    """Return the caller's address; X-Forwarded-For counts only as far as configured proxies wrote it."""
    address: str = request.META.get("REMOTE_ADDR", "")
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    while hops and _is_trusted_proxy(address):
        address = hops.pop()
    return address if _parse(address) else None


def origin_of(request: HttpRequest) -> Origin:
    """Return where a request came from, for the audit trail; the session key itself is never stored there."""
    session_key = request.session.session_key if hasattr(request, "session") else None
    return Origin(
        request_id=getattr(request, "request_id", None),
        session_ref=session_reference(session_key) if session_key else "",
        ip=client_ip(request),
    )


def is_fetch(request: HttpRequest) -> bool:
    """Whether a script of ours asks, which keeps its page whatever the answer is."""
    return (
        request.headers.get("X-Requested-With") == "fetch"
        or request.headers.get("Accept") == "application/json"
    )


def session_reference(session_key: str) -> str:
    """Return what stands for a session in the trail: enough to group its events, nothing to enter it with."""
    return salted_hmac("pazpaz.session", session_key, algorithm="sha256").hexdigest()[:16]


def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


def _is_trusted_proxy(address: str) -> bool:
    parsed = _parse(address)
    return parsed is not None and any(
        parsed in ipaddress.ip_network(proxy, strict=False) for proxy in settings.TRUSTED_PROXIES
    )
