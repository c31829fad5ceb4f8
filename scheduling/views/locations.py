"""The settings pages of locations."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pazpaz.web.pages import focus_first_error, render_page
from pazpaz.web.request import Request
from scheduling.models import Location
from scheduling.settings_forms import LocationForm
from scheduling.views.settings import may_edit, not_for_assistants


@require_safe
def locations(request: Request) -> HttpResponse:
    rows = request.workspace.locations.order_by("-is_active", "name")
    return render_page(request, "scheduling/locations.html", {"rows": rows, "may_edit": may_edit(request)})


@require_http_methods(["GET", "POST"])
@not_for_assistants
def create(request: Request) -> HttpResponse:
    return _form_page(request, Location(workspace=request.workspace))


@require_http_methods(["GET", "POST"])
@not_for_assistants
def edit(request: Request, location_id: UUID) -> HttpResponse:
    return _form_page(request, _fetch(request, location_id))


@require_POST
@not_for_assistants
def deactivate(request: Request, location_id: UUID) -> HttpResponse:
    if _fetch(request, location_id).set_active(False):
        messages.success(request, _("Location deactivated. Appointments that are booked keep it."))
    return redirect("scheduling:locations")


@require_POST
@not_for_assistants
def reactivate(request: Request, location_id: UUID) -> HttpResponse:
    if _fetch(request, location_id).set_active(True):
        messages.success(request, _("Location reactivated."))
    return redirect("scheduling:locations")


def _fetch(request: Request, location_id: UUID) -> Location:
    location: Location = get_object_or_404(request.workspace.locations, pk=location_id)
    return location


def _form_page(request: Request, location: Location) -> HttpResponse:
    is_new = location._state.adding
    if request.method == "POST":
        form = LocationForm(request.POST, instance=location)
        if form.is_valid() and form.save_unless_taken():
            messages.success(request, _("Location saved."))
            return redirect("scheduling:locations")
    else:
        form = LocationForm(instance=location)
    focus_first_error(form, "name" if is_new else "")
    context = {"form": form, "is_new": is_new}
    return render_page(
        request, "scheduling/location_form.html", context, status=422 if form.is_bound else 200
    )
