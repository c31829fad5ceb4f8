"""The activity page and its export, for owners. Looking at the trail is itself in the trail."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit.activity import PAGE, ActivityFilter, lines
from audit.csv_file import LIMIT, csv_text
from pazpaz.accounts.permissions import owners_only
from pazpaz.http import Request
from pazpaz.pages import render_page
from pazpaz.scope import record


@require_safe
@owners_only
def activity(request: Request) -> HttpResponse:
    form = ActivityFilter(request.GET, workspace=request.workspace)
    is_valid = form.is_valid()
    events = list(form.events()[: PAGE + 1]) if is_valid else []
    shown = events[:PAGE]
    if is_valid:
        record("trail.viewed", count=len(shown), filtered=form.is_used)
    context = {
        "form": form,
        "lines": lines(shown, form.people),
        "older": shown[-1].sequence if len(events) > PAGE else None,
        "limit": LIMIT,
    }
    return render_page(
        request, "audit/activity.html", context, partials={"activity-lines"}, status=200 if is_valid else 422
    )


@require_safe
@owners_only
def export(request: Request) -> HttpResponse:
    form = ActivityFilter(request.GET, workspace=request.workspace)
    if not form.is_valid():
        return render_page(request, "audit/activity.html", {"form": form, "limit": LIMIT}, status=422)
    events = list(form.events()[:LIMIT])
    record("trail.exported", count=len(events), filtered=form.is_used)
    name = f"activity-{timezone.localdate():%Y-%m-%d}.csv"
    return HttpResponse(
        csv_text(lines(events, form.people)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
