"""Unsent forms: text that came too late for its session, kept sealed until its author sends or discards it.

A form arrives after its session has ended, in whatever way, or after another sign-in at the same browser.
`keep()` stores it for the author of the page (`page_author`), never for whoever is signed in now. After
signing in, the author's page here posts the stored fields to their original address. A page that is about to
be left by script brings its forms by itself (`park`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import resolve_url
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import csrf
from django_htmx.http import HttpResponseClientRedirect
from django_stubs_ext import StrOrPromise

from pazpaz.accounts.models import UnsentForm, User
from pazpaz.scope import record, workspace_scope
from pazpaz.web.kept_forms import KeptForm, kept_forms, labels_for, saved_at
from pazpaz.web.page_author import FIELD as PAGE_AUTHOR
from pazpaz.web.page_author import author_of
from pazpaz.web.pages import render_page
from pazpaz.web.request import is_fetch, origin_of

type Fields = list[list[str]]

# Ours, beside the fields of the form: which kept form this is; whose address it has.
HANDED_OVER, PATH = "unsent_form", "unsent_path"
# Says that a script sent the form while its page was being left: nobody will be there for the answer.
LEAVING = "leaving"
NOT_KEPT = {"csrfmiddlewaretoken", PAGE_AUTHOR, HANDED_OVER, PATH, LEAVING}
MOST_BYTES = 1024 * 1024
# A stolen page token must not fill the author's Today. Nobody leaves so much by themselves; a page that is
# refused keeps its text.
MOST_OF_A_PAGE, MOST_OF_A_PERSON = 5, 50
# The statuses after which the text is stored, or in the page that was shown.
TAKEN_OVER = frozenset({*range(200, 400), 409, 422})
# A script's page shows nothing new: only what is stored is out of danger.
TAKEN_FROM_SCRIPT = frozenset(range(200, 300))


class TooManyForms(SuspiciousOperation):
    """A page, or a person, has more unsent forms than anybody leaves behind."""


def keep(request: HttpRequest) -> UnsentForm | None:
    """Store what a form carries for the author of its page. Returns None if that is nothing, or nobody.

    Raises TooManyForms.
    """
    path = _path_of(request)
    match = form_at(path)
    fields = [[name, text] for name, texts in request.POST.lists() if name not in NOT_KEPT for text in texts]
    if match is None or sum(len(text.encode()) for _name, text in fields) > MOST_BYTES:
        return None
    form = form_of(match)
    if not any(texts_of(form, fields)):
        return None
    found = author_of(request)
    if found is None:
        return None
    person, token = found
    assert person.workspace is not None
    in_parts = form.in_parts and is_fetch(request)
    with workspace_scope(person.workspace, person, origin_of(request)) as scope:
        scope.workspace.unsent_forms.outdated().delete()
        # Not `of(person)`: a page of a clinician adds to its form even if its author is not a clinician now.
        forms = scope.workspace.unsent_forms.filter(user=person)
        with connection.cursor() as cursor:  # of two requests of one page the second sees the first one's row
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [token.page_id.int & 0x7FFF_FFFF_FFFF_FFFF])
        earlier = forms.filter(path=path, page=token.page_id).first()
        if earlier is not None:
            newer = _added(form, earlier.fields, fields) if in_parts else fields
            if newer != earlier.fields:
                earlier.fields = newer
                earlier.save(update_fields=["fields", "updated_at"])
            return earlier
        of_page = forms.filter(page=token.page_id).count()
        if of_page >= MOST_OF_A_PAGE or forms.count() >= MOST_OF_A_PERSON:
            raise TooManyForms
        unsent = scope.workspace.unsent_forms.create(
            user=person, path=path, page=token.page_id, fields=fields, clinical=token.was_clinician
        )
        record("form.parked", unsent, view=match.view_name)
    return unsent


def answer(request: HttpRequest, unsent: UnsentForm | None, elsewhere: str = "/") -> HttpResponse:
    """Answer a form that came without a session: lead to the sign-in page, then to where its text is.

    `elsewhere` is the page to come back to when nothing was kept.
    """
    wanted = unsent.get_absolute_url() if unsent else elsewhere
    url = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': wanted})}"
    if is_fetch(request):
        # The page stays, and with it what was typed.
        kept = {"kept": str(unsent.pk)} if unsent else {}
        return JsonResponse({"signin": url, **kept}, status=401)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(url)
    return HttpResponseRedirect(url)


def comes_from_elsewhere(request: HttpRequest) -> bool:
    """Return whether the browser says, in `Origin`, that a page of another site sent the request."""
    origin = request.headers.get("Origin")
    ours = {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    return origin is not None and origin not in ours


def waiting(user: User) -> list[tuple[UnsentForm, str]]:
    """Return what somebody has not sent yet, oldest first, and what people call it; what is outdated goes."""
    assert user.workspace is not None
    forms = list(user.workspace.unsent_forms.of(user).defer("fields").order_by("created_at"))
    if any(form.is_outdated for form in forms):
        user.workspace.unsent_forms.outdated().delete()
    matches = [(form, form_at(form.path)) for form in forms if not form.is_outdated]
    return [(form, str(form_of(match).label)) for form, match in matches if match]


def form_at(path: str) -> ResolverMatch | None:
    """Return where an address of ours leads, if it is one whose forms are kept."""
    if len(path) > 500 or not path.startswith("/") or not url_has_allowed_host_and_scheme(path, None):
        return None
    try:
        match = resolve(urlsplit(path).path)
    except Resolver404:
        return None
    return match if match.view_name in kept_forms() else None


def form_of(match: ResolverMatch) -> KeptForm:
    """Return the kept form of an address that `form_at` knows."""
    return kept_forms()[match.view_name]


def texts_of(form: KeptForm, fields: Fields) -> Iterator[tuple[StrOrPromise, str]]:
    """Yield what the author typed, with its label, in the order of the form."""
    typed = [(name, text) for name, text in fields if text.strip()]
    labels = labels_for(form).items()
    return ((label, text) for known, label in labels for name, text in typed if name == known)


def marks_of(form: KeptForm, fields: Fields) -> list[StrOrPromise]:
    """Return what the author ticked that lets others see more."""
    ticked = dict(fields)
    return [label for name, label in form.labels_of_marks() if name in ticked]


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without a valid CSRF token. If a page of ours sent it, it is kept for its author.

    That is a page older than the last sign-in; another person's pages come no farther than the middleware.
    """
    unsent = None if comes_from_elsewhere(request) else keep(request)
    if unsent is None:
        return csrf.csrf_failure(request, reason)
    if not isinstance(request.user, User):
        return answer(request, unsent)
    if is_fetch(request) and not _is_parking(request):
        # The note editor reads a new token and tries again, saying what was kept meanwhile. Not 403: that
        # would undo the keeping.
        return _kept_for_script(unsent, 412)
    return kept_at(request, unsent)


def refuse(request: HttpRequest, unsent: UnsentForm | None) -> HttpResponse:
    """Answer a page that was made for another person than the one who is signed in. Names neither."""
    if is_fetch(request):
        return _kept_for_script(unsent, 403)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=403)
    page = render_page(request, "accounts/another_person.html", {"kept": unsent is not None}, status=403)
    return page.render()


def _kept_for_script(unsent: UnsentForm | None, status: int) -> JsonResponse:
    return JsonResponse({"kept": str(unsent.pk)} if unsent else {}, status=status)


def _is_parking(request: HttpRequest) -> bool:
    return request.path == reverse("accounts:park")


def _path_of(request: HttpRequest) -> str:
    """Return the address whose form a request brings. Read before and after urls were resolved."""
    if _is_parking(request):
        return request.POST.get(PATH, "")
    path = request.get_full_path()
    with suppress(Resolver404):
        match = resolve(request.path_info)
        if view := saved_at(match.view_name):
            path = reverse(view, kwargs=match.kwargs)
    return path


def _added(form: KeptForm, earlier: Fields, later: Fields) -> Fields:
    """Return a form to which a later part was added.

    The later text of a section counts, unless it is a beginning of the earlier one: requests of a page that
    closes may overtake each other.
    """
    before = dict(earlier)
    names = {
        name for name, text in later if not (name in form.texts and before.get(name, "").startswith(text))
    }
    kept = [[name, text] for name, text in earlier if name not in names]
    return kept + [[name, text] for name, text in later if name in names]


def kept_at(request: HttpRequest, unsent: UnsentForm) -> HttpResponse:
    url = unsent.get_absolute_url()
    if is_fetch(request):
        return JsonResponse({"signin": url})
    return HttpResponseClientRedirect(url) if request.htmx else HttpResponseRedirect(url)  # type: ignore[attr-defined]


def forget(request: HttpRequest, unsent_id: str) -> None:
    user = request.user
    if isinstance(user, User) and user.workspace is not None:
        own = user.workspace.unsent_forms.of(user).filter(path=request.get_full_path())
        with suppress(ValueError):
            for form in own.filter(pk=UUID(unsent_id)):
                let_go(form, "form.resumed")


def let_go(form: UnsentForm, action: str) -> None:
    match = form_at(form.path)
    record(action, form, view=match.view_name if match else "")
    form.delete()
