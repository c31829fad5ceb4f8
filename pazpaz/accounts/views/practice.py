"""Settings of the practice: everybody sees them, owners change them."""

from __future__ import annotations

from copy import copy

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pazpaz.accounts.practice import PracticeForm, time_zones
from pazpaz.countries import country_names
from pazpaz.web.pages import focus_first_error, render_page
from pazpaz.web.permissions import owners_only
from pazpaz.web.request import Request


@require_safe
def settings_home(request: Request) -> HttpResponse:
    return redirect("accounts:practice" if request.user.is_owner else "accounts:security")


@require_http_methods(["GET", "HEAD", "POST"])
def practice(request: Request) -> HttpResponse:
    if request.method == "POST":
        return change_practice(request)
    return _page(request, PracticeForm(instance=request.workspace))


@owners_only
def change_practice(request: Request) -> HttpResponse:
    # Not request.workspace itself: what an invalid form leaves in its instance must not reach the page.
    form = PracticeForm(request.POST, instance=copy(request.workspace))
    if not form.is_valid():
        return _page(request, form, status=422)
    form.save()
    messages.success(request, _("The practice is saved."))
    return redirect("accounts:practice")


def _page(request: Request, form: PracticeForm, status: int = 200) -> HttpResponse:
    focus_first_error(form)
    names = country_names(get_language() or request.workspace.language)
    country = names.get(request.workspace.country, "")
    context = {"form": form, "time_zones": time_zones(), "country": country}
    return render_page(request, "accounts/practice.html", context, status=status)
