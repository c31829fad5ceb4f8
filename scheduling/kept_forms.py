"""The forms of the calendar whose text is kept when it comes too late for its session."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pazpaz.web.kept_forms import KeptForm
from scheduling.forms import AppointmentForm
from scheduling.settings_forms import LocationForm, ServiceForm

FORMS = {
    "scheduling:book": KeptForm(_("New appointment"), (AppointmentForm,)),
    "scheduling:appointment": KeptForm(_("Appointment"), (AppointmentForm,)),
    "scheduling:service-create": KeptForm(_("New service"), (ServiceForm,)),
    "scheduling:service-edit": KeptForm(_("Edit service"), (ServiceForm,)),
    "scheduling:location-create": KeptForm(_("New location"), (LocationForm,)),
    "scheduling:location-edit": KeptForm(_("Edit location"), (LocationForm,)),
}
