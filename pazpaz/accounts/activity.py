"""What the activity page says about the practice, its team, signing in, unsent forms and refused pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from pazpaz.activity import Kind, Words

ACTIONS = {
    "signin.succeeded": _("signed in"),
    "signin.failed": _("failed to sign in"),
    "signin.refused": _("was refused at sign-in"),
    "signin.code_sent": _("was sent a sign-in code"),
    "signin.code_not_sent": _("asked for a sign-in code, which the mail server did not take"),
    "signin_link.created": _("was given a sign-in link"),
    "signout": _("signed out"),
    "session.ended": ngettext_lazy("ended a session", "ended %(count)d sessions", "count"),
    "session.expired": _("was signed out after a time limit"),
    "reauthentication.failed": _("failed to prove who they are"),
    "factor.added": _("added a way to prove who they are"),
    "factor.removed": _("removed a way to prove who they are"),
    "recovery_codes.made": _("made recovery codes"),
    "form.parked": _("left a form unsent, which was kept"),
    "form.resumed": _("sent a form that was kept"),
    "form.discarded": _("discarded a form that was kept"),
    "unsent_form.viewed": ngettext_lazy(
        "viewed a form that was kept", "viewed %(count)d forms that were kept", "count"
    ),
    "access.refused": _("was refused a page"),
    "request.failed": _("met an error, nothing was changed"),
    "user.invited": _("invited somebody to the team"),
    "invitation.not_sent": _("invited somebody, but the mail server did not take the e-mail"),
    "invitation.withdrawn": _("withdrew an invitation"),
    "user.created": _("added a member of the team"),
    "user.renamed": _("changed their name"),
    "user.language_chosen": _("chose a language"),
    "user.role_changed": _("changed the role of a member"),
    "user.deactivated": _("deactivated a member"),
    "user.reactivated": _("reactivated a member"),
    "workspace.created": _("created the practice"),
    "workspace.changed": _("changed the settings of the practice"),
    "workspace.clock_times_kept": ngettext_lazy(
        "changed the time zone, keeping the clock time of %(count)d appointment",
        "changed the time zone, keeping the clock times of %(count)d appointments",
        "count",
    ),
    "workspace.moments_kept": ngettext_lazy(
        "changed the time zone, which changed the clock time of %(count)d appointment",
        "changed the time zone, which changed the clock times of %(count)d appointments",
        "count",
    ),
    "workspace.suspended": _("suspended the practice"),
    "workspace.reactivated": _("reactivated the practice"),
    "workspace.inspected": _("looked at the records of the practice, without client data"),
    "key.created": _("made an encryption key"),
}
WORDS = Words(
    actions=ACTIONS,
    kinds={
        "user": Kind(_("Team")),
        "signin": Kind(_("Sign-in and sessions")),
        "form": Kind(_("Unsent forms")),
        "access": Kind(_("Refusals and errors")),
        "workspace": Kind(_("Practice")),
    },
    # By what actions begin with, whatever they were done to: signing in is done to a member of the team.
    kind_of={
        **dict.fromkeys(
            ("signin", "signin_link", "signout", "session", "reauthentication", "factor", "recovery_codes"),
            "signin",
        ),
        "form": "form",
        "unsent_form": "form",
        "access": "access",
        "request": "access",
        "user": "user",
        "invitation": "user",
        "workspace": "workspace",
        "key": "workspace",
    },
    # No form asks for these.
    fields={
        "unsent_form.page": _("what was typed"),
        "unsent_form.path": _("what was typed"),
    },
    commands={"invitation": _("An invitation")},
    last=True,
)
