"""The list of clients with its search, and the forms. The page of one client belongs to the sessions app."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clients import directory
from clients.duplicates import Duplicate, probable_duplicates
from clients.forms import ContactForm, form_for
from clients.models import Client
from clients.table import table_rows
from pazpaz.web import resubmission
from pazpaz.web.announcements import announce
from pazpaz.web.pages import focus_first_error, render_page
from pazpaz.web.request import Request

PAGE_LENGTH = 50
FORM_METHODS = ("GET", "HEAD", "POST")


@require_http_methods(FORM_METHODS)
def client_list(request: Request) -> HttpResponse:
    """The list; with `q` the search, all its pages by POST: names must not stand in URLs."""
    workspace = request.workspace
    query = request.POST.get("q", "").strip()
    archived = request.GET.get("state") == "archived"
    if query:
        ids = directory.search(workspace, query)
        if ids and "open" in request.POST:
            return redirect("sessions:client", ids[0])
    else:
        ids = directory.by_name(workspace, active=not archived)
    page = Paginator(ids, PAGE_LENGTH).get_page((request.POST if query else request.GET).get("page"))
    clients = directory.rows(workspace, list(page))
    context = {
        "page": page,
        "clients": clients,
        "rows": table_rows(clients),
        "query": query,
        "archived": archived,
    }
    return render_page(request, "clients/list.html", context, partials={"client-results"})


@require_http_methods(FORM_METHODS)
def client_create(request: Request) -> HttpResponse:
    """A new client. A probable duplicate only after it was shown, and with the tick that it is none."""
    Form = form_for(request.user)
    token = resubmission.token_of(request)
    client = Client(pk=resubmission.row_id(token), workspace=request.workspace)
    if request.method != "POST" or "guess" in request.POST:
        form = Form(instance=client, initial=directory.guess(request.POST.get("guess", "")))
        focus_first_error(form, "first_name")
        return render_page(request, "clients/form.html", {"form": form, "form_token": token})
    if resubmission.was_sent_before(request, Client, client.pk):
        return redirect(client)

    form = Form(request.POST, instance=client)
    valid = form.is_valid()
    duplicates = _duplicates(form)
    settled = set(request.POST.get("somebody_else", "").split())
    probable = [duplicate for duplicate in duplicates if not duplicate.is_weak]
    unseen = {str(duplicate.client.pk) for duplicate in probable} - settled
    form.despite_duplicates = len(probable)
    if valid and unseen:
        form.add_error(None, _("Perhaps this client is in your list already. Nothing has been saved yet."))
    elif valid and form.save_unless_taken():
        if len(duplicates) > len(probable):
            announce(request, "client.created_same_name", client, level=messages.WARNING)
        else:
            announce(request, "client.created", client)
        return redirect(client)
    focus_first_error(form)
    context = {"form": form, "form_token": token, "duplicates": duplicates, "settled": not unseen}
    return render_page(request, "clients/form.html", context, status=422)


@require_POST
def client_duplicates(request: Request) -> HttpResponse:
    """Announce a probable duplicate while the form is being filled in."""
    form = form_for(request.user)(request.POST, instance=Client(workspace=request.workspace))
    form.full_clean()
    context = {"form": form, "duplicates": _duplicates(form)}
    return render_page(request, "clients/form.html", context, partials={"client-duplicates"})


@require_http_methods(FORM_METHODS)
def client_edit(request: Request, client_id: UUID) -> HttpResponse:
    """Change a client. When somebody saved since the form was opened, show the differences, save nothing."""
    clients = request.workspace.clients.all()
    if request.method == "POST":
        clients = clients.select_for_update()
    client = get_object_or_404(clients, pk=client_id)
    stored = {"name": client.full_name, "version": client.version}
    form = form_for(request.user)(request.POST if request.method == "POST" else None, instance=client)
    stale = form.is_bound and request.POST.get("version") != client.version
    differences = form.differences() if stale else []
    if form.is_valid() and not differences and form.save_unless_taken():
        announce(request, "client.saved", client)
        return redirect(client)
    focus_first_error(form)
    context = {"form": form, "client": client, "stored": stored, "differences": differences}
    return render_page(request, "clients/form.html", context, status=422 if form.is_bound else 200)


@require_POST
def client_archive(request: Request, client_id: UUID) -> HttpResponse:
    client = get_object_or_404(request.workspace.clients.with_appointments(), pk=client_id)
    if client.archive():
        undo = reverse("clients:restore", args=[client.pk])
        booked = client.next_scheduled
        announce(request, "client.archived_while_booked" if booked else "client.archived", client, undo=undo)
    return redirect("clients:list")


@require_POST
def client_restore(request: Request, client_id: UUID) -> HttpResponse:
    client = get_object_or_404(request.workspace.clients, pk=client_id)
    if client.restore():
        announce(request, "client.restored", client)
    return redirect(client)


def _duplicates(form: ContactForm) -> list[Duplicate]:
    """Who the client of a checked form may be. An address that was refused as taken still says who."""
    known = {**form.cleaned_data, "email": form.data.get("email")}
    return probable_duplicates(form.instance.workspace, known)
