"""The settings pages of what is offered and where: services and locations. Both are lists with a form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_stubs_ext import StrOrPromise

from pazpaz.accounts.models import Workspace
from pazpaz.web.pages import focus_first_error, render_page
from pazpaz.web.request import Request
from scheduling.catalogue_forms import LocationForm, ServiceForm
from scheduling.models import Location, Service

type View[**P] = Callable[Concatenate[Request, P], HttpResponse]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One of the two: its rows, its form, its words."""

    kind: str
    model: type[Service | Location]
    rows: Callable[[Workspace], Any]
    form: type[ServiceForm | LocationForm]
    title: StrOrPromise
    new: StrOrPromise
    edit: StrOrPromise
    create: StrOrPromise
    saved: StrOrPromise
    deactivated: StrOrPromise
    reactivated: StrOrPromise
    empty: StrOrPromise
    purpose: StrOrPromise

    @property
    def list_view(self) -> str:
        return f"scheduling:{self.kind}s"

    @property
    def row_template(self) -> str:
        return f"scheduling/_{self.kind}_row.html"

    @property
    def fields_template(self) -> str:
        return f"scheduling/_{self.kind}_fields.html"

    def row(self, request: Request, row_id: UUID) -> Any:
        return get_object_or_404(self.rows(request.workspace), pk=row_id)


SERVICES = Catalogue(
    kind="service",
    model=Service,
    rows=lambda workspace: workspace.services,
    form=ServiceForm,
    title=gettext_lazy("Services"),
    new=gettext_lazy("New service"),
    edit=gettext_lazy("Edit service"),
    create=gettext_lazy("Create service"),
    saved=gettext_lazy("Service saved."),
    deactivated=gettext_lazy("Service deactivated. What is booked stays as it is."),
    reactivated=gettext_lazy("Service reactivated."),
    empty=gettext_lazy("No services yet"),
    purpose=gettext_lazy("A service gives its appointments a length and a colour."),
)
LOCATIONS = Catalogue(
    kind="location",
    model=Location,
    rows=lambda workspace: workspace.locations,
    form=LocationForm,
    title=gettext_lazy("Locations"),
    new=gettext_lazy("New location"),
    edit=gettext_lazy("Edit location"),
    create=gettext_lazy("Create location"),
    saved=gettext_lazy("Location saved."),
    deactivated=gettext_lazy("Location deactivated. What is booked there stays as it is."),
    reactivated=gettext_lazy("Location reactivated."),
    empty=gettext_lazy("No locations yet"),
    purpose=gettext_lazy(
        "A location says where an appointment takes place: in the practice, at the client’s home, online."
    ),
)


def not_for_assistants[**P](view: View[P]) -> View[P]:
    """What a practice offers, and at what price, is decided by those who treat; assistants book it."""

    @wraps(view)
    def checked(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not may_edit(request):
            raise PermissionDenied(_("Services and locations are changed by therapists. Ask one of them."))
        return view(request, *args, **kwargs)

    return checked


def may_edit(request: Request) -> bool:
    return request.user.sees_clinical_data


@require_safe
def rows(request: Request, catalogue: Catalogue) -> HttpResponse:
    context = {
        "catalogue": catalogue,
        "rows": catalogue.rows(request.workspace).order_by("-is_active", "name"),
        "may_edit": may_edit(request),
    }
    return render_page(request, "scheduling/catalogue.html", context)


@require_http_methods(["GET", "POST"])
@not_for_assistants
def create(request: Request, catalogue: Catalogue) -> HttpResponse:
    return _form_page(request, catalogue, catalogue.model(workspace=request.workspace))


@require_http_methods(["GET", "POST"])
@not_for_assistants
def edit(request: Request, catalogue: Catalogue, row_id: UUID) -> HttpResponse:
    return _form_page(request, catalogue, catalogue.row(request, row_id))


def _form_page(request: Request, catalogue: Catalogue, row: Any) -> HttpResponse:
    is_new = row._state.adding
    if request.method == "POST":
        form = catalogue.form(request.POST, instance=row)
        if form.is_valid() and form.save_unless_taken():
            messages.success(request, str(catalogue.saved))
            return redirect(catalogue.list_view)
    else:
        form = catalogue.form(instance=row)
    focus_first_error(form, "name" if is_new else "")
    context = {"catalogue": catalogue, "form": form, "is_new": is_new}
    return render_page(
        request, "scheduling/catalogue_form.html", context, status=422 if form.is_bound else 200
    )


@require_POST
@not_for_assistants
def deactivate(request: Request, catalogue: Catalogue, row_id: UUID) -> HttpResponse:
    if catalogue.row(request, row_id).set_active(False):
        messages.success(request, str(catalogue.deactivated))
    return redirect(catalogue.list_view)


@require_POST
@not_for_assistants
def reactivate(request: Request, catalogue: Catalogue, row_id: UUID) -> HttpResponse:
    if catalogue.row(request, row_id).set_active(True):
        messages.success(request, str(catalogue.reactivated))
    return redirect(catalogue.list_view)
