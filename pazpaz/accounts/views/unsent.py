"""Unsent forms: the pages on which their author finds them, sends them or discards them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from pazpaz.accounts.unsent import (
    HANDED_OVER,
    form_at,
    form_of,
    keep,
    kept_at,
    let_go,
    marks_of,
    texts_of,
)
from pazpaz.web.pages import render_page
from pazpaz.web.request import Request
from pazpaz.web.resubmission import has_done


@require_POST
def park(request: Request) -> HttpResponse:
    """Keep the form of a page that is about to be left. Says where it will be found."""
    kept = keep(request)
    return kept_at(request, kept) if kept else HttpResponse(status=422)


@require_safe
def unsent(request: Request, unsent_id: UUID) -> HttpResponse:
    form = get_object_or_404(request.workspace.unsent_forms.of(request.user), pk=unsent_id)
    match = form_at(form.path)
    if match is None or form.is_outdated:
        raise Http404
    kept = form_of(match)
    context = {
        "unsent": form,
        "words": kept.label,
        "texts": list(texts_of(kept, form.fields)),
        "marks": marks_of(kept, form.fields),
        "page": reverse(kept.page, kwargs=match.kwargs) if kept.page else form.path,
        "handed_over": HANDED_OVER,
    }
    return render_page(request, "accounts/unsent.html", context)


@require_POST
def discard(request: Request, unsent_id: UUID) -> HttpResponse:
    form = request.workspace.unsent_forms.of(request.user).filter(pk=unsent_id).first()
    if form is not None:
        let_go(form, "form.discarded")
        messages.success(request, _("Discarded."))
    elif not has_done(request, "form.discarded", unsent_id):
        raise Http404
    return redirect("/")
