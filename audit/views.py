"""The activity page and its export, for owners. Looking at the trail is itself in the trail."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit.activity import ActivityFilter
from audit.csv_file import LIMIT, csv_text
from audit.lines import MOST_EVENTS, PAGE, entries, page_of
from pazpaz.activity import subjects
from pazpaz.scope import record
from pazpaz.web.pages import render_page
from pazpaz.web.permissions import owners_only
from pazpaz.web.request import Request


@require_safe
@owners_only
def activity(request: Request) -> HttpResponse:
    form = ActivityFilter(request.GET, workspace=request.workspace)
    if not form.is_valid():
        return _refused(request, form)
    limit = MOST_EVENTS if form.shows_looks else PAGE
    events = form.events(limit + 1)
    page = page_of(events[:limit], form.people, more=len(events) > limit)
    record("trail.viewed", count=page.count, filtered=form.is_used)
    # The histories that lines link to show looks where the page does.
    history_url = f"{reverse('audit:activity')}?{'looks=on&' if form.shows_looks else ''}object_id="
    context = {"form": form, "page": page, "history_url": history_url, "subjects": subjects(), "limit": LIMIT}
    return render_page(request, "audit/activity.html", context, partials={"activity-lines"})


@require_safe
@owners_only
def export(request: Request) -> HttpResponse:
    form = ActivityFilter(request.GET, workspace=request.workspace)
    if not form.is_valid():
        return _refused(request, form)
    events = form.events(LIMIT)
    record("trail.exported", count=len(events), filtered=form.is_used)
    name = f"activity-{timezone.localdate():%Y-%m-%d}.csv"
    return HttpResponse(
        csv_text(entries(events, form.people)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _refused(request: Request, form: ActivityFilter) -> HttpResponse:
    return render_page(request, "audit/activity.html", {"form": form, "limit": LIMIT}, status=422)
