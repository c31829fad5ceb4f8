"""Whole page or partial: the one htmx abstraction we have. Focus of forms, addresses of many pages."""

from __future__ import annotations

from collections.abc import Container
from typing import Any
from uuid import UUID

from django.forms import BaseForm
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers

_ANY_ID = UUID(int=0)


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    partials: Container[str] = (),
    status: int = 200,
) -> TemplateResponse:
    """Render the whole page, or only the partial that htmx asked to replace, if it is one of `partials`."""
    target = request.htmx.target  # type: ignore[attr-defined]
    if target in partials:
        template = f"{template}#{target}"
    response = TemplateResponse(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Target"])
    return response


def around_id(view: str) -> tuple[str, str]:
    """Return what stands before and after the id in the address of a page, for lists that name many."""
    before, after = reverse(view, args=[_ANY_ID]).split(str(_ANY_ID))
    return before, after


def focus_where_one_types(form: BaseForm, first: str = "") -> None:
    """Give the focus to the first wrong field of a form that was sent, else to the field `first`."""
    wrong = next((name for name in form.fields if name in form.errors), "") if form.is_bound else first
    for name, field in form.fields.items():
        field.widget.attrs.pop("autofocus", None)
        if name == wrong:
            field.widget.attrs["autofocus"] = True
