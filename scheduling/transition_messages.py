"""Messages to users whose change of a status was refused."""

from __future__ import annotations

from django.utils.translation import gettext as _

from scheduling.models import Appointment, Transition

Status = Appointment.Status


def refusal(transition: Transition, status: str) -> str:
    """Say why nothing changed, and what to do instead."""
    match transition, status:
        case ((Transition.COMPLETE | Transition.NO_SHOW), Status.CANCELLED):
            return _("This appointment was cancelled. Schedule it again first.")
        case Transition.CANCEL, (Status.COMPLETED | Status.SCHEDULED):
            return _(
                "This session has a note, so it cannot be cancelled. "
                "If the client did not come, delete the draft or mark it as a no-show."
            )
        case Transition.CANCEL, Status.NO_SHOW:
            return _("This appointment is marked as a no-show. To cancel it, schedule it again first.")
        case ((Transition.NO_SHOW | Transition.REOPEN), Status.COMPLETED):
            return _("The note of this session is signed, so the session stays completed.")
        case _:
            return _("Another user has already done this. There is nothing left to do.")
