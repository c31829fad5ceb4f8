"""The forms of services and locations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
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


class _TwoTabs:
    """An edited row is saved by the fields changed on the page, whatever another window saved meanwhile.

    The page carries what it showed (Django's hidden initial values); only what differs from that is written.
    """

    fields: dict[str, forms.Field]
    data: Mapping[str, Any]
    changed_data: list[str]

    def compare_with_the_page(self, row: models.Model) -> None:
        for field in self.fields.values():
            field.show_hidden_initial = not row._state.adding

    def columns_to_save(self) -> list[str] | None:
        knows_the_page = any(f"initial-{name}" in self.data for name in self.fields)
        return [*self.changed_data, "updated_at"] if knows_the_page else None


class ServiceForm(_TwoTabs, forms.ModelForm[Service]):
    class Meta:
        model = Service
        fields = ["name", "default_duration_minutes", "price", "colour"]
        widgets = {"colour": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.compare_with_the_page(self.instance)

    @property
    def colour_shown(self) -> str:
        """What the page showed, for the swatches, which are not printed as one field."""
        colour = self["colour"]
        return colour.as_hidden(only_initial=True) if colour.field.show_hidden_initial else ""

    def clean_name(self) -> str:
        others = self.instance.workspace.services.exclude(pk=self.instance.pk)
        return _free_name(self.cleaned_data["name"], others, _("There is a service of that name already."))

    def save(self, commit: bool = True) -> Service:
        service = self.instance
        action = "service.created" if service._state.adding else "service.updated"
        service.save(update_fields=self.columns_to_save())
        record(action, service, fields=self.changed_data)
        return service


class LocationForm(_TwoTabs, forms.ModelForm[Location]):
    class Meta:
        model = Location
        fields = ["name", "type", "address", "details"]
        widgets = {"address": forms.Textarea({"rows": 2}), "details": forms.Textarea({"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.compare_with_the_page(self.instance)

    def clean_name(self) -> str:
        others = self.instance.workspace.locations.exclude(pk=self.instance.pk)
        return _free_name(self.cleaned_data["name"], others, _("There is a location of that name already."))

    def save(self, commit: bool = True) -> Location:
        location = self.instance
        action = "location.created" if location._state.adding else "location.updated"
        location.save(update_fields=self.columns_to_save())
        record(action, location, fields=self.changed_data)
        return location
