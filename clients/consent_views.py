"""The consents of a client: those there are, recording one, withdrawing one."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from clients.consents import Consent
from clients.forms import ConsentForm
from pazpaz.web import resubmission
from pazpaz.web.announcements import announce
from pazpaz.web.pages import focus_first_error, render_page
from pazpaz.web.request import Request


@require_http_methods(["GET", "HEAD", "POST"])
def consents(request: Request, client_id: UUID) -> HttpResponse:
    client = get_object_or_404(request.workspace.clients, pk=client_id)
    token = resubmission.token_of(request)
    consent = Consent(
        pk=resubmission.row_id(token), workspace=request.workspace, client=client, recorded_by=request.user
    )
    if request.method == "POST":
        if resubmission.was_sent_before(request, Consent, consent.pk):
            return redirect(client)
        form = ConsentForm(request.POST, instance=consent)
        if form.is_valid():
            consent.give()
            announce(request, "client.consent_recorded", client)
            return redirect(client)
    else:
        initial = {"given_on": timezone.localdate(), "text": request.workspace.consent_text}
        form = ConsentForm(instance=consent, initial=initial)
    focus_first_error(form, "given_on" if request.workspace.consent_text else "text")
    context = {
        "client": client,
        "form": form,
        "form_token": token,
        "consents": client.consents.order_by("-given_on", "-created_at").select_related(
            "recorded_by", "withdrawn_by"
        ),
    }
    return render_page(request, "clients/consents.html", context, status=422 if form.is_bound else 200)


@require_POST
def withdraw(request: Request, consent_id: UUID) -> HttpResponse:
    consent = get_object_or_404(request.workspace.consents.select_related("client"), pk=consent_id)
    if consent.withdraw(request.user):
        announce(request, "client.consent_withdrawn", consent.client)
    return redirect("clients:consents", consent.client_id)
