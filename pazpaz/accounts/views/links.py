"""Arriving by a link, to sign in once or to join a practice. Opening it shows a button, which counts."""

from __future__ import annotations

from allauth.account.models import Login
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from pazpaz.accounts import invitations, signin_links
from pazpaz.accounts.allauth.internals import perform_login, record_authentication
from pazpaz.accounts.models import User
from pazpaz.text import VisibleTextField
from pazpaz.web.pages import render_page
from pazpaz.web.request import origin_of


class JoinForm(forms.Form):
    name = VisibleTextField(
        label=_("Your name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def signin_link(request: HttpRequest, token: str) -> HttpResponse:
    if request.user.is_authenticated:
        return _sign_out_first(request)
    if request.method == "POST":
        user = signin_links.redeem(token)
        if user is not None:
            return _sign_in(request, user, "link")
    if request.method == "POST" or not signin_links.is_usable(token):
        return render_page(request, "account/link_dead.html", status=410)
    return render_page(request, "account/signin_link.html")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    if request.user.is_authenticated:
        return _sign_out_first(request)
    offer = invitations.read_offer(token)
    if offer is None:
        return render_page(request, "account/link_dead.html", {"invitation": True}, status=410)
    form = JoinForm(request.POST) if request.method == "POST" else JoinForm()
    if form.is_valid():
        try:
            person = invitations.accept(offer, form.cleaned_data["name"], origin_of(request))
        except invitations.AddressTaken:
            return render_page(request, "account/link_dead.html", {"address_taken": True}, status=409)
        if person is None:
            return render_page(request, "account/link_dead.html", {"invitation": True}, status=410)
        return _sign_in(request, person, "invitation")
    status = 422 if form.is_bound else 200
    return render_page(request, "account/invitation.html", {"form": form, "offer": offer}, status=status)


def _sign_in(request: HttpRequest, user: User, method: str) -> HttpResponse:
    """Go on as after an e-mailed code: to the second factor of those who have one, then in."""
    record_authentication(request, user, method=method)
    response: HttpResponse = perform_login(request, Login(user=user))
    return response


def _sign_out_first(request: HttpRequest) -> HttpResponse:
    return render_page(request, "account/sign_out_first.html", status=409)
