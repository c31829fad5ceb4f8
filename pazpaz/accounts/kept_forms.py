"""The forms of settings whose text is kept when it comes too late for its session."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pazpaz.accounts.person import PersonForm
from pazpaz.accounts.practice import PracticeForm
from pazpaz.web.kept_forms import KeptForm

FORMS = {
    "accounts:practice": KeptForm(_("Practice"), (PracticeForm,), marks={"assistants_see_alerts"}),
    "accounts:rename-me": KeptForm(_("Your name"), (PersonForm,), page="accounts:security"),
}
