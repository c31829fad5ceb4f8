"""The settings pages of services."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pazpaz.web.pages import focus_first_error, render_page
from pazpaz.web.request import Request
from scheduling.models import Service
from scheduling.settings_forms import ServiceForm
from scheduling.views.settings import may_edit, not_for_assistants


@require_safe
def services(request: Request) -> HttpResponse:
    rows = request.workspace.services.order_by("-is_active", "name")
    return render_page(request, "scheduling/services.html", {"rows": rows, "may_edit": may_edit(request)})


@require_http_methods(["GET", "POST"])
@not_for_assistants
def create(request: Request) -> HttpResponse:
    return _form_page(request, Service(workspace=request.workspace))


@require_http_methods(["GET", "POST"])
@not_for_assistants
def edit(request: Request, service_id: UUID) -> HttpResponse:
    return _form_page(request, _fetch(request, service_id))


@require_POST
@not_for_assistants
def deactivate(request: Request, service_id: UUID) -> HttpResponse:
    if _fetch(request, service_id).set_active(False):
        messages.success(request, _("Service deactivated. Appointments that are booked keep it."))
    return redirect("scheduling:services")


@require_POST
@not_for_assistants
def reactivate(request: Request, service_id: UUID) -> HttpResponse:
    if _fetch(request, service_id).set_active(True):
        messages.success(request, _("Service reactivated."))
    return redirect("scheduling:services")


def _fetch(request: Request, service_id: UUID) -> Service:
    service: Service = get_object_or_404(request.workspace.services, pk=service_id)
    return service


def _form_page(request: Request, service: Service) -> HttpResponse:
    is_new = service._state.adding
    if request.method == "POST":
        form = ServiceForm(request.POST, instance=service)
        if form.is_valid() and form.save_unless_taken():
            messages.success(request, _("Service saved."))
            return redirect("scheduling:services")
    else:
        form = ServiceForm(instance=service)
    focus_first_error(form, "name" if is_new else "")
    context = {"form": form, "is_new": is_new}
    return render_page(request, "scheduling/service_form.html", context, status=422 if form.is_bound else 200)
