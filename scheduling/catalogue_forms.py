"""The forms of services and locations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from pazpaz.scope import record
from scheduling.models import Location, Service


def _free_name(name: str, others: QuerySet[Any], taken: str) -> str:
    """The name with single spaces. Raises ValidationError when one of the others has it, in whatever case."""
    name = " ".join(name.split())
    if others.filter(name__iexact=name).exists():
        raise ValidationError(taken, code="unique")
    return name


class ServiceForm(forms.ModelForm[Service]):
    class Meta:
        model = Service
        fields = ["name", "default_duration_minutes", "price", "colour"]
        widgets = {"colour": forms.RadioSelect}

    def clean_name(self) -> str:
        others = self.instance.workspace.services.exclude(pk=self.instance.pk)
        return _free_name(self.cleaned_data["name"], others, _("There is a service of that name already."))

    def save(self, commit: bool = True) -> Service:
        action = "service.created" if self.instance._state.adding else "service.updated"
        service = super().save(commit)
        record(action, service, fields=self.changed_data)
        return service


class LocationForm(forms.ModelForm[Location]):
    class Meta:
        model = Location
        fields = ["name", "type", "address", "details"]
        widgets = {"address": forms.Textarea({"rows": 2}), "details": forms.Textarea({"rows": 2})}

    def clean_name(self) -> str:
        others = self.instance.workspace.locations.exclude(pk=self.instance.pk)
        return _free_name(self.cleaned_data["name"], others, _("There is a location of that name already."))

    def save(self, commit: bool = True) -> Location:
        action = "location.created" if self.instance._state.adding else "location.updated"
        location = super().save(commit)
        record(action, location, fields=self.changed_data)
        return location
