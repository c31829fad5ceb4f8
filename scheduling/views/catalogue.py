"""The settings pages of what is offered and where: services and locations."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pazpaz.http import Request
from pazpaz.pages import render_page
from scheduling.catalogue_forms import LocationForm, ServiceForm
from scheduling.models import Location, Service

type View[**P] = Callable[Concatenate[Request, P], HttpResponse]


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
def services(request: Request) -> HttpResponse:
    rows = request.workspace.services.order_by("-is_active", "name")
    return render_page(request, "scheduling/services.html", {"services": rows, "may_edit": may_edit(request)})


@require_http_methods(["GET", "POST"])
@not_for_assistants
def service_create(request: Request) -> HttpResponse:
    return _service_form(request, Service(workspace=request.workspace))


@require_http_methods(["GET", "POST"])
@not_for_assistants
def service_edit(request: Request, service_id: UUID) -> HttpResponse:
    return _service_form(request, get_object_or_404(request.workspace.services, pk=service_id))


def _service_form(request: Request, service: Service) -> HttpResponse:
    if request.method == "POST":
        form = ServiceForm(request.POST, instance=service)
        if form.is_valid():
            form.save()
            messages.success(request, _("Service saved."))
            return redirect("scheduling:services")
    else:
        form = ServiceForm(instance=service)
    return render_page(
        request,
        "scheduling/service_form.html",
        {"form": form, "service": None if service._state.adding else service},
        status=422 if form.is_bound else 200,
    )


@require_POST
@not_for_assistants
def service_deactivate(request: Request, service_id: UUID) -> HttpResponse:
    if get_object_or_404(request.workspace.services, pk=service_id).set_active(False):
        messages.success(request, _("Service deactivated. What is booked stays as it is."))
    return redirect("scheduling:services")


@require_POST
@not_for_assistants
def service_reactivate(request: Request, service_id: UUID) -> HttpResponse:
    if get_object_or_404(request.workspace.services, pk=service_id).set_active(True):
        messages.success(request, _("Service reactivated."))
    return redirect("scheduling:services")


@require_safe
def locations(request: Request) -> HttpResponse:
    rows = request.workspace.locations.order_by("-is_active", "name")
    return render_page(
        request, "scheduling/locations.html", {"locations": rows, "may_edit": may_edit(request)}
    )


@require_http_methods(["GET", "POST"])
@not_for_assistants
def location_create(request: Request) -> HttpResponse:
    return _location_form(request, Location(workspace=request.workspace))


@require_http_methods(["GET", "POST"])
@not_for_assistants
def location_edit(request: Request, location_id: UUID) -> HttpResponse:
    return _location_form(request, get_object_or_404(request.workspace.locations, pk=location_id))


def _location_form(request: Request, location: Location) -> HttpResponse:
    if request.method == "POST":
        form = LocationForm(request.POST, instance=location)
        if form.is_valid():
            form.save()
            messages.success(request, _("Location saved."))
            return redirect("scheduling:locations")
    else:
        form = LocationForm(instance=location)
    return render_page(
        request,
        "scheduling/location_form.html",
        {"form": form, "location": None if location._state.adding else location},
        status=422 if form.is_bound else 200,
    )


@require_POST
@not_for_assistants
def location_deactivate(request: Request, location_id: UUID) -> HttpResponse:
    if get_object_or_404(request.workspace.locations, pk=location_id).set_active(False):
        messages.success(request, _("Location deactivated. What is booked there stays as it is."))
    return redirect("scheduling:locations")


@require_POST
@not_for_assistants
def location_reactivate(request: Request, location_id: UUID) -> HttpResponse:
    if get_object_or_404(request.workspace.locations, pk=location_id).set_active(True):
        messages.success(request, _("Location reactivated."))
    return redirect("scheduling:locations")
