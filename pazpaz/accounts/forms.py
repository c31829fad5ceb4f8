from __future__ import annotations

from allauth.account.forms import RequestLoginCodeForm
from allauth.core import context, ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from django import forms
from django.utils.translation import gettext_lazy as _

from pazpaz.accounts.models import User


class RequestCodeForm(RequestLoginCodeForm):  # type: ignore[misc]
    """Whose address it is stays unsaid, also whether they may sign in: that is told after the code is proven."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )

    def clean_email(self) -> str:
        email = User.clean_email(self.cleaned_data["email"])
        if not ratelimit.consume(context.request, action="request_login_code", key=email):
            raise ImmediateHttpResponse(ratelimit.respond_429(context.request))
        self._user = User.objects.select_related("workspace").filter(email=email).first()
        return email
