"""What was typed when a session ended: kept, sealed, until the person who typed it sends or discards it.

A form arrives without its session (it expired, or somebody signed out in another tab), or with a CSRF token
of the session before. `keep()` puts it aside; after signing in, the page here hands the very same form over
to the very same address. A page that is about to be left by script brings its forms by itself (`park`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import csrf
from django.views.decorators.http import require_POST, require_safe

from pazpaz.accounts.backends import SignInBackend
from pazpaz.accounts.models import UnsentForm, User
from pazpaz.accounts.session_clock import LEFT_BY
from pazpaz.http import GetResponse, Request, is_fetch, origin_of
from pazpaz.pages import render_page
from pazpaz.scope import record, workspace_scope

type Fields = list[list[str]]

# The views whose forms carry text, and what people call them. No others are kept, above all none that gives
# rights: whoever finds a signed-out computer must not be able to lay such a form out for its owner to send.
FORMS: dict[str, Promise] = {
    "clients:create": gettext_lazy("New client"),
    "clients:edit": gettext_lazy("Edit client"),
    "scheduling:book": gettext_lazy("New appointment"),
    "scheduling:appointment": gettext_lazy("Appointment"),
    "scheduling:service-create": gettext_lazy("New service"),
    "scheduling:service-edit": gettext_lazy("Edit service"),
    "scheduling:location-create": gettext_lazy("New location"),
    "scheduling:location-edit": gettext_lazy("Edit location"),
    "sessions:note-save": gettext_lazy("Session note"),
    "sessions:note-amend": gettext_lazy("Amend note"),
}
# Where what a form is about can be looked at, if not under its own address.
PAGES = {"sessions:note-save": "sessions:note"}
# What people type, in the order it is shown. The rest are choices, ids and marks: they are sent, not read.
TEXTS: dict[str, Promise] = {
    "first_name": gettext_lazy("first name"),
    "last_name": gettext_lazy("last name"),
    "phone": gettext_lazy("phone"),
    "email": gettext_lazy("e-mail"),
    "date_of_birth": gettext_lazy("date of birth"),
    "day": gettext_lazy("Date"),
    "start": gettext_lazy("Start"),
    "duration": gettext_lazy("Minutes"),
    "name": gettext_lazy("name"),
    "default_duration_minutes": gettext_lazy("Minutes"),
    "price": gettext_lazy("price"),
    "address": gettext_lazy("address"),
    "details": gettext_lazy("details"),
    "emergency_contact_name": gettext_lazy("emergency contact"),
    "emergency_contact_phone": gettext_lazy("emergency phone"),
    "location_details": gettext_lazy("details"),
    "medical_history": gettext_lazy("medical history"),
    "notes": gettext_lazy("notes"),
    "tags": gettext_lazy("tags"),
    "reason": gettext_lazy("Reason for the amendment"),
    "subjective": gettext_lazy("Subjective"),
    "objective": gettext_lazy("Objective"),
    "assessment": gettext_lazy("Assessment"),
    "plan": gettext_lazy("Plan"),
}
# Ours, beside the fields of the form: which kept form this is; whose address it has.
HANDED_OVER, PATH = "unsent_form", "unsent_path"
NOT_KEPT = {"csrfmiddlewaretoken", HANDED_OVER, PATH}
MOST_BYTES = 1024 * 1024
# The statuses after which the text is stored, or in the page that was shown.
TAKEN_OVER = frozenset({*range(200, 400), 409, 422})


def keep(request: HttpRequest) -> UnsentForm | None:
    """Put aside what a refused form carries, for who sent it. Returns None if that is nothing, or nobody."""
    path = _path_of(request)
    match = form_at(path)
    fields = [[name, text] for name, texts in request.POST.lists() if name not in NOT_KEPT for text in texts]
    if match is None or not any(texts_of(fields)) or sum(len(t.encode()) for _n, t in fields) > MOST_BYTES:
        return None
    person = _sender(request)
    if person is None or person.workspace is None:
        return None
    with workspace_scope(person.workspace, person, origin_of(request)) as scope:
        forms = scope.workspace.unsent_forms
        forms.outdated().delete()
        # Sent twice, kept once.
        for row_id, kept in forms.of(person).filter(path=path).open_values("fields"):
            if kept == fields:
                return forms.get(pk=row_id)
        unsent = forms.create(user=person, path=path, fields=fields, clinical=person.sees_clinical_data)
        record("form.parked", unsent, view=match.view_name)
    return unsent


def waiting(user: User) -> list[tuple[UnsentForm, str]]:
    """Return what somebody has not sent yet, oldest first, and what people call it; what is outdated goes."""
    assert user.workspace is not None
    forms = list(user.workspace.unsent_forms.of(user).order_by("created_at"))
    if any(form.is_outdated for form in forms):
        user.workspace.unsent_forms.outdated().delete()
    matches = [(form, form_at(form.path)) for form in forms if not form.is_outdated]
    return [(form, str(FORMS[match.view_name])) for form, match in matches if match]


def form_at(path: str) -> ResolverMatch | None:
    """Return where an address of ours leads, if it is one whose forms are kept."""
    if len(path) > 500 or not path.startswith("/") or not url_has_allowed_host_and_scheme(path, None):
        return None
    try:
        match = resolve(urlsplit(path).path)
    except Resolver404:
        return None
    return match if match.view_name in FORMS else None


def texts_of(fields: Fields) -> Iterator[tuple[Promise, str]]:
    """Yield what somebody typed, with its name."""
    typed = [(name, text) for name, text in fields if text.strip()]
    return ((label, text) for known, label in TEXTS.items() for name, text in typed if name == known)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without a valid token. What one of our own pages sent is kept, to be sent again by hand.

    That is a page older than the last sign-in. The browser itself says in `Origin` that the page was ours.
    """
    is_ours = request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
    unsent = keep(request) if request.method == "POST" and is_ours else None
    return _kept(request, unsent) if unsent else csrf.csrf_failure(request, reason)


class HandOverMiddleware:
    """Forgets a kept form once it was handed over, in the transaction of what became of it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST" and response.status_code in TAKEN_OVER and HANDED_OVER in request.POST:
            _forget(request, request.POST[HANDED_OVER])
        return response


@require_POST
def park(request: Request) -> HttpResponse:
    """Keep the form of a page that is about to be left. Says where it will be found."""
    unsent = keep(request)
    return _kept(request, unsent) if unsent else HttpResponse(status=422)


@require_safe
def unsent(request: Request, unsent_id: UUID) -> HttpResponse:
    form = get_object_or_404(request.workspace.unsent_forms.of(request.user), pk=unsent_id)
    match = form_at(form.path)
    if match is None or form.is_outdated:
        raise Http404
    page = PAGES.get(match.view_name)
    context = {
        "unsent": form,
        "words": FORMS[match.view_name],
        "texts": list(texts_of(form.fields)),
        "page": reverse(page, kwargs=match.kwargs) if page else form.path,
        "handed_over": HANDED_OVER,
    }
    return render_page(request, "accounts/unsent.html", context)


@require_POST
def discard(request: Request, unsent_id: UUID) -> HttpResponse:
    form = get_object_or_404(request.workspace.unsent_forms.of(request.user), pk=unsent_id)
    _let_go(form, "form.discarded")
    messages.success(request, _("Discarded."))
    return redirect("/")


def _path_of(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is not None and match.view_name == "accounts:park":
        return request.POST.get(PATH, "")
    # Scripts keep their page, and what was typed into it.
    return "" if is_fetch(request) or request.htmx else request.get_full_path()  # type: ignore[attr-defined]


def _sender(request: HttpRequest) -> User | None:
    """Who is signed in, or else who was until just now in this browser."""
    if isinstance(request.user, User):
        return request.user
    left_by = request.session.get(LEFT_BY)
    return SignInBackend().get_user(left_by) if left_by else None


def _kept(request: HttpRequest, unsent: UnsentForm) -> HttpResponse:
    url = unsent.get_absolute_url()
    return JsonResponse({"signin": url}) if is_fetch(request) else HttpResponseRedirect(url)


def _forget(request: HttpRequest, unsent_id: str) -> None:
    user = request.user
    if isinstance(user, User) and user.workspace is not None:
        own = user.workspace.unsent_forms.of(user).filter(path=request.get_full_path())
        with suppress(ValueError):
            for form in own.filter(pk=UUID(unsent_id)):
                _let_go(form, "form.resumed")


def _let_go(form: UnsentForm, action: str) -> None:
    match = form_at(form.path)
    record(action, form, view=match.view_name if match else "")
    form.delete()
