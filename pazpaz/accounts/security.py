"""Security settings of one person: name, factors, open sessions. For members and platform staff alike."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from pazpaz.accounts.models import User
from pazpaz.accounts.open_sessions import end_other_sessions, end_session, open_sessions
from pazpaz.accounts.permissions import open_to_staff
from pazpaz.accounts.trail import record_event
from pazpaz.http import Request
from pazpaz.pages import render_page


class NameForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ["name"]

    def save(self, commit: bool = True) -> User:
        # Only the name: an account that an owner closes at this moment stays closed.
        self.instance.save(update_fields=["name", "updated_at"])
        return self.instance


@open_to_staff
@require_safe
def security(request: Request) -> HttpResponse:
    return _page(request, NameForm(instance=request.user))


@open_to_staff
@require_POST
def rename_me(request: Request) -> HttpResponse:
    form = NameForm(request.POST, instance=request.user)
    if not form.is_valid():
        return _page(request, form, status=422)
    form.save()
    record_event(request, request.user, "user.renamed")
    messages.success(request, _("Your name is saved."))
    return redirect("accounts:security")


@open_to_staff
@require_POST
def sign_out_session(request: Request, session_id: int) -> HttpResponse:
    if not end_session(request.user, session_id):
        raise Http404
    record_event(request, request.user, "session.ended", count=1)
    messages.success(request, _("That session has ended."))
    return redirect("accounts:security")


@open_to_staff
@require_POST
def sign_out_others(request: Request) -> HttpResponse:
    count = end_other_sessions(request.user, request.session.session_key)
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


def _page(request: Request, form: NameForm, status: int = 200) -> TemplateResponse:
    factors = list(Authenticator.objects.filter(user=request.user).order_by("created_at"))
    one = {factor.type: factor for factor in factors}
    codes = one.get(Authenticator.Type.RECOVERY_CODES)
    context = {
        "form": form,
        "passkeys": [factor for factor in factors if factor.type == Authenticator.Type.WEBAUTHN],
        "app": one.get(Authenticator.Type.TOTP),
        "codes": codes,
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "sessions": open_sessions(request.user, request.session.session_key),
    }
    return render_page(request, "accounts/security.html", context, status=status)
