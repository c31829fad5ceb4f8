"""What messages say about the team. Like all of them they are made of ids when they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext_lazy

from pazpaz.web.announcements import says
from pazpaz.web.request import Request


@says(
    {
        "user.deactivated": gettext_lazy("%(name)s can no longer sign in."),
        "user.reactivated": gettext_lazy("%(name)s can sign in again."),
    }
)
def about_member(request: Request, user_id: UUID) -> Mapping[str, str] | None:
    person = request.workspace.users.filter(pk=user_id).first()
    return {"name": person.display_name} if person else None


@says(
    {
        "invitation.sent": gettext_lazy("An invitation is on its way to %(email)s."),
        "invitation.not_sent": gettext_lazy(
            "The mail to %(email)s was not sent: the mail server does not take it."
        ),
    }
)
def about_invitation(request: Request, invitation_id: UUID) -> Mapping[str, str] | None:
    invitation = request.workspace.invitations.filter(pk=invitation_id).first()
    return {"email": invitation.email} if invitation else None
