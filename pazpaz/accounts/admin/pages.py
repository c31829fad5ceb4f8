"""What platform staff see: practices, people, and that keys and events exist. No client data.

Keys and events are under row-level security, so their pages open the workspace and leave a line in its trail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from pazpaz.accounts.addresses import NormalAddressField
from pazpaz.accounts.admin.site import site as site
from pazpaz.accounts.emails import absolute_url, send_letter
from pazpaz.accounts.models import User, Workspace
from pazpaz.accounts.practice import PracticeForm, time_zones
from pazpaz.accounts.sessions import end_all_sessions
from pazpaz.accounts.signin_events import logger
from pazpaz.accounts.team import LastOwner, deactivate, reactivate
from pazpaz.accounts.workspaces import create_workspace, reactivate_workspace, suspend_workspace
from pazpaz.events import Actor
from pazpaz.scope import record, workspace_scope
from pazpaz.text import VisibleTextField
from pazpaz.web.request import origin_of

EVENTS_A_PAGE = 100


class ReadOnlyAdmin[M: models.Model](admin.ModelAdmin[M]):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


class FoundingForm(PracticeForm):
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=lambda: [(zone, zone) for zone in time_zones()],
        initial="UTC",
    )
    owner_email = NormalAddressField(label=gettext_lazy("Owner’s e-mail address"), max_length=254)
    owner_name = VisibleTextField(label=gettext_lazy("Owner’s name"), max_length=200, required=False)

    class Meta(PracticeForm.Meta):
        fields = ["name", "time_zone", "country", "language"]

    def clean_owner_email(self) -> str:
        email: str = self.cleaned_data["owner_email"]
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError(_("This address has an account already."))
        return email

    def save(self, commit: bool = True) -> Workspace:
        # A row alone is not a practice: save_model() creates the rest.
        return forms.ModelForm.save(self, commit=False)


@admin.register(Workspace, site=site)
class WorkspaceAdmin(ReadOnlyAdmin[Workspace]):
    list_display = ["name", "status", "time_zone", "language", "created_at"]
    list_filter = ["status", "language"]
    search_fields = ["name"]
    actions = ["suspend_chosen", "reactivate_chosen"]
    readonly_fields = ["status", "idle_minutes", "created_at", "updated_at"]
    change_form_template = "admin/accounts/workspace/page.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return True

    def get_form(
        self, request: HttpRequest, obj: Workspace | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        return super().get_form(
            request, obj, change, **{"form": FoundingForm, **kwargs} if obj is None else kwargs
        )

    def get_fields(self, request: HttpRequest, obj: Workspace | None = None) -> Any:
        if obj is None:
            return ["name", "time_zone", "country", "language", "owner_email", "owner_name"]
        columns = ["name", "status", "time_zone", "country", "language", "idle_minutes"]
        return [*columns, "created_at", "updated_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Workspace | None = None) -> Any:
        return self.get_fields(request, obj) if obj else []

    def save_model(self, request: HttpRequest, obj: Workspace, form: Any, change: bool) -> None:
        answers = form.cleaned_data
        owner = create_workspace(
            answers["name"],
            owner_email=answers["owner_email"],
            owner_name=answers["owner_name"],
            time_zone=answers["time_zone"],
            country=answers["country"],
            language=answers["language"],
            actor=Actor.of(_staff(request)),
            origin=origin_of(request),
        )
        assert owner.workspace is not None
        obj.pk = owner.workspace.pk
        context = {"practice": obj.name, "email": owner.email, "url": absolute_url(reverse("account_login"))}
        transaction.on_commit(partial(_welcome, request, owner.email, context, obj.language), robust=True)

    def get_urls(self) -> list[URLPattern]:
        pages: list[tuple[str, Callable[..., HttpResponse]]] = [
            ("keys", require_safe(self.keys)),
            ("events", require_safe(self.events)),
            ("suspend", require_POST(self.suspend)),
            ("reactivate", require_POST(self.reactivate)),
        ]
        own = [
            path(
                f"<uuid:workspace_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"accounts_workspace_{name}",
            )
            for name, view in pages
        ]
        return [*own, *super().get_urls()]

    def keys(self, request: HttpRequest, workspace_id: UUID) -> HttpResponse:
        workspace = get_object_or_404(Workspace, pk=workspace_id)
        with workspace_scope(workspace, _staff(request), origin_of(request)):
            record("workspace.inspected", workspace, what="keys")
            keys = list(
                workspace.keys.order_by("purpose", "generation").values(
                    "purpose", "generation", "state", "wrapping_key_id", "created_at"
                )
            )
        return self._page(request, workspace, "keys", {"title": _("Keys"), "keys": keys})

    def events(self, request: HttpRequest, workspace_id: UUID) -> HttpResponse:
        workspace = get_object_or_404(Workspace, pk=workspace_id)
        with workspace_scope(workspace, _staff(request), origin_of(request)):
            record("workspace.inspected", workspace, what="events")
            trail = workspace.audit_events.order_by("-sequence").values(
                "sequence", "at", "actor_kind", "actor_id", "command", "action", "object_type", "outcome"
            )
            page = Paginator(trail, EVENTS_A_PAGE).get_page(request.GET.get("page"))
            events: list[dict[str, Any]] = [dict(event) for event in page]
        people = User.objects.in_bulk({event["actor_id"] for event in events if event["actor_id"]})
        for event in events:
            event["actor"] = event["command"] or people.get(event["actor_id"], event["actor_id"])
        context = {"title": _("Events"), "events": events, "page": page}
        return self._page(request, workspace, "events", context)

    def suspend(self, request: HttpRequest, workspace_id: UUID) -> HttpResponse:
        return self._one(request, workspace_id, suspend_workspace, _("The practice is suspended."))

    def reactivate(self, request: HttpRequest, workspace_id: UUID) -> HttpResponse:
        return self._one(request, workspace_id, reactivate_workspace, _("The practice is active again."))

    @admin.action(description=gettext_lazy("Suspend the chosen practices"), permissions=["view"])
    def suspend_chosen(self, request: HttpRequest, chosen: Iterable[Workspace]) -> None:
        self._many(request, chosen, suspend_workspace)

    @admin.action(description=gettext_lazy("Reactivate the chosen practices"), permissions=["view"])
    def reactivate_chosen(self, request: HttpRequest, chosen: Iterable[Workspace]) -> None:
        self._many(request, chosen, reactivate_workspace)

    def _one(
        self, request: HttpRequest, workspace_id: UUID, deed: Callable[..., bool], text: str
    ) -> HttpResponse:
        workspace = get_object_or_404(Workspace, pk=workspace_id)
        if deed(workspace, Actor.of(_staff(request)), origin_of(request)):
            messages.success(request, text)
        return HttpResponseRedirect(reverse("admin:accounts_workspace_change", args=[workspace_id]))

    def _many(self, request: HttpRequest, chosen: Iterable[Workspace], deed: Callable[..., bool]) -> None:
        done = [deed(workspace, Actor.of(_staff(request)), origin_of(request)) for workspace in chosen]
        messages.success(request, _("Practices changed: %(count)d.") % {"count": sum(done)})

    def _page(
        self, request: HttpRequest, workspace: Workspace, name: str, context: dict[str, Any]
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "workspace": workspace,
            "subtitle": workspace.name,
            **context,
        }
        return TemplateResponse(request, f"admin/accounts/workspace/{name}.html", context)


@admin.register(User, site=site)
class UserAdmin(ReadOnlyAdmin[User]):
    list_display = ["email", "name", "role", "workspace", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "is_staff", "role"]
    list_select_related = ["workspace"]
    search_fields = ["email", "name"]
    fields = [
        *("email", "name", "role", "workspace", "is_active", "is_staff"),
        *("last_login", "created_at", "updated_at"),
    ]
    actions = ["deactivate_chosen", "reactivate_chosen"]

    @admin.action(description=gettext_lazy("Deactivate the chosen people"), permissions=["view"])
    def deactivate_chosen(self, request: HttpRequest, chosen: Iterable[User]) -> None:
        for user in chosen:
            if user.pk == request.user.pk:
                messages.error(request, _("You cannot deactivate yourself."))
            else:
                self._switch(request, user, on=False)

    @admin.action(description=gettext_lazy("Reactivate the chosen people"), permissions=["view"])
    def reactivate_chosen(self, request: HttpRequest, chosen: Iterable[User]) -> None:
        for user in chosen:
            self._switch(request, user, on=True)

    def _switch(self, request: HttpRequest, user: User, *, on: bool) -> None:
        if user.workspace is None:
            switch_staff(user, on=on, by=_staff(request))
        else:
            try:
                with workspace_scope(user.workspace, _staff(request), origin_of(request)):
                    (reactivate if on else deactivate)(user)
            except LastOwner:
                text = _("%(email)s is the only owner of a practice. Suspend the practice instead.")
                messages.error(request, text % {"email": user.email})
                return
        messages.success(request, _("%(email)s is changed.") % {"email": user.email})


def switch_staff(user: User, *, on: bool, by: User) -> None:
    """Let platform staff sign in, or no longer; there is no trail of a workspace that this belongs to."""
    with transaction.atomic():
        user.is_active = on
        user.save(update_fields=["is_active", "updated_at"])
        if not on:
            end_all_sessions([user])
    logger.info("user.%s ok user=%s by=%s", "reactivated" if on else "deactivated", user.pk, by.pk)


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _welcome(request: HttpRequest, email: str, context: dict[str, Any], language: str) -> None:
    if not send_letter("welcome", email, context, language):
        messages.warning(
            request,
            _("The welcome e-mail was not sent: the mail server does not take it."),
        )
