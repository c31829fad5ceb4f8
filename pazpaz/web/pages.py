"""Whole page or partial: the one htmx abstraction we have. Focus of forms, addresses of many pages."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any
from uuid import UUID

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from pazpaz.web.request import GetResponse

_ANY_ID = UUID(int=0)
# The statuses of a form whose text was not stored.
REFUSED = frozenset({409, 422})


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    partials: Container[str] = (),
    status: int = 200,
) -> TemplateResponse:
    """Render the whole page, or only the partial that htmx asked to replace, if it is one of `partials`.

    A page that answers a refused form says so in its markup: not every browser tells scripts the status.
    """
    target = request.htmx.target  # type: ignore[attr-defined]
    if target in partials:
        template = f"{template}#{target}"
    context = {**(context or {}), "is_refused": status in REFUSED}
    response = TemplateResponse(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Target"])
    return response


class WholePageMiddleware:
    """Keeps whole pages out of the targets of htmx, whatever led to them: a view, a redirect, a refusal.

    A row, whose id ends with that of its object, is picked out of the page it stands on (hx-select); a page
    without it, and any other page, is opened as a page. What answers a form takes the place of the main part.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.htmx or not _is_swapped(response) or not _is_page(response):  # type: ignore[attr-defined]
            return response
        target = request.htmx.target or ""  # type: ignore[attr-defined]
        if _ROW.search(target) and f'id="{target}"'.encode() in response.content:
            return response
        if request.method in {"GET", "HEAD"}:
            response.content = b""
            response["HX-Redirect"] = request.get_full_path()
        else:
            response["HX-Retarget"] = response["HX-Reselect"] = "#main"
            response["HX-Reswap"] = "outerHTML show:window:top"
        return response


# See htmx-config in layouts/base.html.
_REFUSED_FORMS = frozenset({409, 422})
_ROW = re.compile(r"-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


def _is_swapped(response: HttpResponse) -> bool:
    status = response.status_code
    leaves = "HX-Redirect" in response or "HX-Refresh" in response or "HX-Retarget" in response
    return not leaves and (200 <= status < 300 or status in _REFUSED_FORMS)


def _is_page(response: HttpResponse) -> bool:
    return not response.streaming and response.content[:200].lstrip().lower().startswith(b"<!doctype html")


def url_around_id(view: str) -> tuple[str, str]:
    """Return what stands before and after the id in the address of a page, for lists that name many."""
    before, after = reverse(view, args=[_ANY_ID]).split(str(_ANY_ID))
    return before, after


def focus_first_error(form: BaseForm, first: str = "") -> None:
    """Give the focus to the first wrong field of a form that was sent, else to the field `first`."""
    wrong = next((name for name in form.fields if name in form.errors), "") if form.is_bound else first
    for name, field in form.fields.items():
        field.widget.attrs.pop("autofocus", None)
        if name == wrong:
            field.widget.attrs["autofocus"] = True
