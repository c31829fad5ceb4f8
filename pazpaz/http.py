"""What a request carries, and the headers every response carries."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from pazpaz.accounts.models import User, Workspace
from pazpaz.scope import Actor, Origin

GetResponse = Callable[[HttpRequest], HttpResponse]

PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), "
    "payment=(), usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self)"
)


class Request(HttpRequest):
    """A signed-in request inside its scope: what views are given."""

    user: User
    workspace: Workspace
    actor: Actor
    htmx: HtmxDetails
    request_id: UUID
    without_nul: frozenset[str]


class SecurityHeadersMiddleware:
    """Headers Django has no setting for. No page stays in a cache: any could show client data."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid4()  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Request-ID"] = str(request.request_id)  # type: ignore[attr-defined]
        return response


class NoNulMiddleware:
    """Refuses addresses with a NUL character: PostgreSQL stores none, and no page of ours is called so."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") or "\x00" in request.path:
            raise BadRequest("A NUL character in the address.")
        return self.get_response(request)


class NulInFormsMiddleware:
    """Removes NUL characters from forms, and says so: neither PostgreSQL nor Django takes one.

    A form with one would be refused as a whole, for a character its writer cannot see. `request.without_nul`
    are the fields it was in. A script is told by its view.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = frozenset(
            name for name, texts in request.POST.lists() if any("\x00" in text for text in texts)
        )
        request.without_nul = found  # type: ignore[attr-defined]
        if found:
            post = request.POST.copy()
            for name in found:
                post.setlist(name, [text.replace("\x00", "") for text in post.getlist(name)])
            post._mutable = False
            request.POST = post  # type: ignore[assignment]
            if not is_fetch(request) and not request.htmx:  # type: ignore[attr-defined]
                messages.info(
                    request,
                    _("An invisible character that cannot be stored was removed from what was typed."),
                )
        return self.get_response(request)


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
