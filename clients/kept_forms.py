"""The forms about clients whose text is kept when it comes too late for its session."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from clients.forms import AlertsForm, ClientForm, ConsentForm, ContactForm
from pazpaz.web.kept_forms import KeptForm

# One for each that a role may use; the first has all the fields there are.
OF_ROLES = (ClientForm, AlertsForm, ContactForm)

FORMS = {
    "clients:create": KeptForm(_("New client"), OF_ROLES),
    "clients:edit": KeptForm(_("Edit client"), OF_ROLES),
    "clients:consents": KeptForm(_("Consent"), (ConsentForm,)),
}
