"""Who may open a page. What it may show is decided in the vault: clinical fields open for clinicians only."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.translation import gettext as _

from pazpaz.encryption.vault import ClinicalDataDenied
from pazpaz.web.request import Request

type View[**P] = Callable[Concatenate[Request, P], HttpResponse]


def clinicians_only[**P](view: View[P]) -> View[P]:
    """Refuse assistants before a page of clinical data is even fetched."""

    @wraps(view)
    def checked(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.sees_clinical_data:
            raise ClinicalDataDenied
        return view(request, *args, **kwargs)

    return checked


def owners_only[**P](view: View[P]) -> View[P]:
    """Refuse everyone but owners: members, keys, the trail."""

    @wraps(view)
    def checked(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_owner:
            raise PermissionDenied(_("Only an owner of the practice can do this. Ask one of them."))
        return view(request, *args, **kwargs)

    return checked


def open_to_staff[V: Callable[..., Any]](view: V) -> V:
    """Let platform staff in too: the page needs no workspace."""
    view.open_to_staff = True  # type: ignore[attr-defined]
    return view


def is_open_to_staff(view: Callable[..., Any]) -> bool:
    """Whether a view is one of open_to_staff()."""
    return getattr(view, "open_to_staff", False)
