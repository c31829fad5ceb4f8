"""What the settings pages of services and of locations share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.translation import gettext as _

from pazpaz.web.request import Request

type View[**P] = Callable[Concatenate[Request, P], HttpResponse]


def may_edit(request: Request) -> bool:
    return request.user.sees_clinical_data


def not_for_assistants[**P](view: View[P]) -> View[P]:
    """Therapists decide what a practice offers, where, and at what price; assistants book it."""

    @wraps(view)
    def checked(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not may_edit(request):
            raise PermissionDenied(_("Only therapists can change services and locations. Ask one of them."))
        return view(request, *args, **kwargs)

    return checked
