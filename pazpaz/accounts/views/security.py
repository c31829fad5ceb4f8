"""Security settings of one person: name, factors, open sessions. For members and platform staff alike."""

from __future__ import annotations

from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from pazpaz.accounts.factors import factors_of
from pazpaz.accounts.person import PersonForm
from pazpaz.accounts.sessions import end_other_sessions, end_session, open_sessions
from pazpaz.accounts.signin_events import record_event
from pazpaz.web.pages import render_page
from pazpaz.web.permissions import open_to_staff
from pazpaz.web.request import Request


@open_to_staff
@require_safe
def security(request: Request) -> HttpResponse:
    return _page(request, PersonForm(instance=request.user))


@open_to_staff
@require_POST
def rename_me(request: Request) -> HttpResponse:
    form = PersonForm(request.POST, instance=request.user)
    if not form.is_valid():
        return _page(request, form, status=422)
    if form.has_changed():
        person = form.save()
        for name in form.changed_data:
            record_event(request, person, {"name": "user.renamed", "language": "user.language_chosen"}[name])
    with translation.override(request.user.reads_in or get_language()):
        messages.success(request, _("Saved."))
    return redirect("accounts:security")


@open_to_staff
@require_POST
def sign_out_session(request: Request, session_id: UUID) -> HttpResponse:
    if not end_session(request.user, session_id):
        raise Http404
    record_event(request, request.user, "session.ended", count=1)
    messages.success(request, _("That session has ended."))
    return redirect("accounts:security")


@open_to_staff
@require_POST
def sign_out_others(request: Request) -> HttpResponse:
    count = end_other_sessions(request.user, request.session)
    record_event(request, request.user, "session.ended", count=count)
    messages.success(
        request,
        ngettext("%(count)d other session has ended.", "%(count)d other sessions have ended.", count)
        % {"count": count},
    )
    return redirect("accounts:security")


@open_to_staff
@require_POST
def keepalive(request: Request) -> HttpResponse:
    """Nothing but activity: the middleware notes it."""
    return HttpResponse(status=204)


def _page(request: Request, form: PersonForm, status: int = 200) -> TemplateResponse:
    factors = factors_of(request.user)
    one = {factor.type: factor for factor in factors}
    codes = one.get(Authenticator.Type.RECOVERY_CODES)
    context = {
        "form": form,
        "passkeys": [factor for factor in factors if factor.type == Authenticator.Type.WEBAUTHN],
        "app": one.get(Authenticator.Type.TOTP),
        "codes": codes,
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "sessions": open_sessions(request.user, request.session),
    }
    return render_page(request, "accounts/security.html", context, status=status)
