"""Settings of the practice: its name, where it is, which language it speaks, how long it may idle."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cache
from itertools import batched
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from pazpaz.accounts.appointments_to_come import to_come
from pazpaz.accounts.models import Workspace
from pazpaz.countries import UNKNOWN, country_names, country_of
from pazpaz.encryption.blind_index import BlindIndexField, rebuild
from pazpaz.encryption.registry import sealed_models
from pazpaz.encryption.vault import current_vault, open_vault
from pazpaz.scope import record

ROWS_AT_ONCE = 500


@cache
def time_zones() -> list[str]:
    """Return the zones a practice can be in: places, and UTC."""
    return sorted(zone for zone in available_timezones() if zone == "UTC" or _is_a_place(zone))


def _countries() -> list[tuple[str, str]]:
    names = country_names(get_language() or Workspace.Language.ENGLISH)
    return [("", _("The country of the time zone")), *names.items()]


class PracticeForm(forms.ModelForm[Workspace]):
    """The settings. Another time zone asks what becomes of the appointments that are still to come."""

    KEEP_MOMENT, KEEP_CLOCK_TIME = "moment", "clock"

    appointments = forms.ChoiceField(
        label=gettext_lazy("Appointments to come"), required=False, widget=forms.RadioSelect
    )

    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        choices=_countries,
        required=False,
        help_text=gettext_lazy(
            "Telephone numbers without a country code are read as people dial them there."
        ),
    )

    class Meta:
        model = Workspace
        fields = [
            "name",
            "time_zone",
            "country",
            "language",
            "idle_minutes",
            "consent_text",
            "assistants_see_alerts",
        ]
        labels = {
            "name": gettext_lazy("Name of the practice"),
            "time_zone": gettext_lazy("Time zone"),
            "language": gettext_lazy("Language"),
            "idle_minutes": gettext_lazy("Sign out after idle minutes"),
            "consent_text": gettext_lazy("Consent text in use"),
            "assistants_see_alerts": gettext_lazy("Assistants see and write alerts"),
        }
        help_texts = {
            "time_zone": gettext_lazy("Type to find it: the continent, or the nearest large city."),
            "idle_minutes": gettext_lazy(
                "Between 5 and 60. Everybody in the practice is signed out after that."
            ),
            "consent_text": gettext_lazy(
                "Its name and version, filled in when a consent is recorded: “Treatment and records, "
                "May 2024”."
            ),
            "assistants_see_alerts": gettext_lazy(
                "Alerts stand under a client’s name: “Latex allergy”. Notes and medical history stay closed "
                "to assistants either way."
            ),
        }
        widgets = {"time_zone": forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone_before, self.country_before = self.instance.time_zone, self.instance.country
        if self.country_before == UNKNOWN:
            self.initial["country"] = ""
        self.asks_about_appointments = False

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"]
        if zone not in time_zones():
            raise ValidationError(_("Choose a time zone from the list."))
        is_moved = not self.instance._state.adding and zone != self.zone_before
        if is_moved and (count := to_come().count(self.instance)):
            self._ask_about_appointments(count, ZoneInfo(self.zone_before), ZoneInfo(zone))
        return zone

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        if self.asks_about_appointments and not self.cleaned_data.get("appointments"):
            self.add_error("appointments", _("Say what becomes of them. Nothing has been saved yet."))
        if "country" in self.cleaned_data and "time_zone" in self.cleaned_data:
            self.cleaned_data["country"] = self.cleaned_data["country"] or country_of(
                self.cleaned_data["time_zone"]
            )
        return data

    def _ask_about_appointments(self, count: int, old: ZoneInfo, new: ZoneInfo) -> None:
        """Offer both answers, with what each makes of the next appointment."""
        first = to_come().first_start(self.instance) or timezone.now()
        field = self.fields["appointments"]
        assert isinstance(field, forms.ChoiceField)
        times = {"before": _clock(first, old), "after": _clock(first, new)}
        field.choices = [
            (self.KEEP_CLOCK_TIME, _("Keep the clock time: the next one stays at %(before)s") % times),
            (self.KEEP_MOMENT, _("Keep the moment: the next one moves from %(before)s to %(after)s") % times),
        ]
        field.help_text = ngettext(
            "%(count)d appointment is still to come.", "%(count)d appointments are still to come.", count
        ) % {"count": count}
        self.asks_about_appointments = True

    def save(self, commit: bool = True) -> Workspace:
        practice = super().save(commit=False)
        changed = [name for name in self.changed_data if name not in ("appointments", "country")]
        if practice.country != self.country_before:
            changed.append("country")
        # Only what was changed: a practice that is suspended at this moment stays suspended.
        practice.save(update_fields=[*changed, "updated_at"])
        record("workspace.changed", practice, fields=changed)
        if self.asks_about_appointments:
            self._settle_appointments()
        if practice.country != current_vault().region:
            read_phone_numbers_in(practice.country)
        return practice

    def _settle_appointments(self) -> None:
        if self.cleaned_data["appointments"] == self.KEEP_CLOCK_TIME:
            old, new = ZoneInfo(self.zone_before), ZoneInfo(self.instance.time_zone)
            count = to_come().keep_clock_times(self.instance, old, new)
            record("workspace.clock_times_kept", count=count)
        else:
            record("workspace.moments_kept", count=to_come().count(self.instance))


def read_phone_numbers_in(region: str) -> None:
    """Rebuild the blind indexes of the open workspace: "030 1234" is another number in another country."""
    with open_vault(replace(current_vault(), region=region)):
        for model in sealed_models():
            for index in model._meta.concrete_fields:
                if isinstance(index, BlindIndexField):
                    manager: models.Manager[Any] = model._default_manager
                    rows = manager.only("pk", "workspace_id", index.source, index.name)
                    for batch in batched(rows.iterator(chunk_size=ROWS_AT_ONCE), ROWS_AT_ONCE):
                        rebuild(batch, index)


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return date_format(moment.astimezone(zone), "BRIEF_WEEKDAY_TIME_FORMAT")


def _is_a_place(zone: str) -> bool:
    area, slash, _place = zone.partition("/")
    return bool(slash) and area not in {"Etc", "SystemV", "US", "posix", "right"}
