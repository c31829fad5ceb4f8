"""The team of a practice: everybody sees it, owners change it."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pazpaz.accounts.addresses import NormalAddressField
from pazpaz.accounts.appointments_to_come import to_come
from pazpaz.accounts.invitations import invite as send_invitation
from pazpaz.accounts.invitations import withdraw as withdraw_invitation
from pazpaz.accounts.models import Invitation, User, Workspace
from pazpaz.accounts.team import LastOwner, change_role
from pazpaz.accounts.team import deactivate as deactivate_member
from pazpaz.accounts.team import reactivate as reactivate_member
from pazpaz.web.announcements import announce
from pazpaz.web.pages import focus_first_error, render_page
from pazpaz.web.permissions import owners_only
from pazpaz.web.request import Request
from pazpaz.web.resubmission import has_done

ROLE_HELP = gettext_lazy(
    "Owners do everything. Therapists share clients and notes. Assistants book appointments and see contact "
    "details, never notes or medical history."
)

UPCOMING_SHOWN = 10


class InviteForm(forms.ModelForm[Invitation]):
    class Meta:
        model = Invitation
        fields = ["email", "role"]
        field_classes = {"email": NormalAddressField}
        help_texts = {"role": ROLE_HELP}
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "off"})}

    def __init__(self, *args: object, workspace: Workspace, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.workspace = workspace

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if self.workspace.users.filter(email=email).exists():
            raise ValidationError(_("This person is in your team already."))
        return email


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=User.Role.choices, widget=forms.RadioSelect, help_text=ROLE_HELP
    )


@require_safe
def team(request: Request) -> HttpResponse:
    members = request.workspace.users.order_by("-is_active", Lower("name"), "email")
    counts = to_come().count_by_therapist(request.workspace)
    context = {
        # Only of members who can no longer treat: another therapist has to take their appointments over.
        "members": [(person, 0 if _treats(person) else counts.get(person.pk, 0)) for person in members],
        "invitations": request.workspace.invitations.order_by("email"),
    }
    return render_page(request, "accounts/team.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@owners_only
def invite(request: Request) -> HttpResponse:
    if request.method == "POST":
        form = InviteForm(request.POST, workspace=request.workspace)
        if form.is_valid():
            email, role = form.cleaned_data["email"], form.cleaned_data["role"]
            _invite(request, email, role)
            return redirect("accounts:team")
    else:
        form = InviteForm(workspace=request.workspace)
    status = 422 if form.is_bound else 200
    focus_first_error(form, "email")
    return render_page(request, "accounts/invite.html", {"form": form}, status=status)


@require_POST
@owners_only
def send_again(request: Request, invitation_id: UUID) -> HttpResponse:
    invitation = get_object_or_404(request.workspace.invitations, pk=invitation_id)
    _invite(request, invitation.email, invitation.role)
    return redirect("accounts:team")


@require_POST
@owners_only
def withdraw(request: Request, invitation_id: UUID) -> HttpResponse:
    invitation = request.workspace.invitations.filter(pk=invitation_id).first()
    if invitation is not None:
        withdraw_invitation(invitation)
        messages.success(request, _("The invitation is withdrawn; its link no longer works."))
    elif not has_done(request, "invitation.withdrawn", invitation_id):
        raise Http404
    return redirect("accounts:team")


@require_http_methods(["GET", "HEAD", "POST"])
@owners_only
def member(request: Request, member_id: UUID) -> HttpResponse:
    person = get_object_or_404(request.workspace.users, pk=member_id)
    if request.method == "POST":
        form = RoleForm(request.POST)
        if form.is_valid() and _role_is_changed(person, form):
            messages.success(request, _("The role is saved."))
            return redirect("accounts:team")
    else:
        form = RoleForm(initial={"role": person.role})
    context = {
        "form": form,
        "person": person,
        "treats": _treats(person),
        "count": to_come().count_by_therapist(request.workspace).get(person.pk, 0),
        "upcoming": to_come().of_therapist(person, UPCOMING_SHOWN),
        "calendar_url": to_come().calendar_url(person),
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "accounts/member.html", context, status=status)


@require_POST
@owners_only
def deactivate(request: Request, member_id: UUID) -> HttpResponse:
    person = get_object_or_404(request.workspace.users, pk=member_id)
    try:
        deactivate_member(person)
    except LastOwner:
        messages.error(request, _last_owner())
    else:
        undo = reverse("accounts:reactivate", args=[person.pk])
        announce(request, "user.deactivated", person, undo=undo)
        if to_come().count_by_therapist(request.workspace).get(person.pk):
            return redirect("accounts:member", person.pk)  # where they are listed
    return redirect("accounts:team")


@require_POST
@owners_only
def reactivate(request: Request, member_id: UUID) -> HttpResponse:
    person = get_object_or_404(request.workspace.users, pk=member_id)
    reactivate_member(person)
    announce(request, "user.reactivated", person)
    return redirect("accounts:team")


def _role_is_changed(person: User, form: RoleForm) -> bool:
    try:
        change_role(person, form.cleaned_data["role"])
    except LastOwner:
        form.add_error("role", _last_owner())
        return False
    return True


def _treats(person: User) -> bool:
    return person.is_active and person.sees_clinical_data


def _last_owner() -> str:
    return _("A practice needs an owner. Make somebody else an owner first.")


def _invite(request: Request, email: str, role: str) -> None:
    """Invite, and say what became of the e-mail once it is known: that is after the commit."""

    def tell(sent: bool) -> None:
        if sent:
            announce(request, "invitation.sent", invitation)
        else:
            announce(request, "invitation.not_sent", invitation, level=messages.ERROR)

    invitation = send_invitation(request.workspace, email, role, inviter=request.user, on_sent=tell)
