"""The forms of services and locations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from pazpaz.events import object_type
from pazpaz.scope import record
from pazpaz.web.fields import MultilineField
from scheduling.models import Location, Service


class _NamedRowForm[Row: (Service, Location)](forms.ModelForm[Row]):
    """A row whose name is unique in its practice.

    Of an edited row only the fields that the user changed are written, so that what another window saved
    meanwhile stays: the page carries the values it showed (Django's hidden initial values) to compare with.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = not self.instance._state.adding

    def clean_name(self) -> str:
        """The name with single spaces. Another row must not have it, whatever the case."""
        name = " ".join(self.cleaned_data["name"].split())
        if self.others().exclude(pk=self.instance.pk).filter(name__iexact=name).exists():
            raise ValidationError(self.name_is_taken(), code="unique")
        return name

    def others(self) -> models.QuerySet[Row]:
        """The rows of the practice, each with another name."""
        raise NotImplementedError

    def name_is_taken(self) -> str:
        raise NotImplementedError

    def save_unless_taken(self) -> bool:
        """Save and record. Returns False if another user took the name in the same moment."""
        row = self.instance
        kind, action = object_type(type(row)), "created" if row._state.adding else "updated"
        try:
            with transaction.atomic():
                row.save(update_fields=self._columns_to_save())
        except IntegrityError as error:
            if f"{kind}_name_unique" not in str(error):
                raise
            self.add_error("name", self.name_is_taken())
            return False
        record(f"{kind}.{action}", row, fields=self.changed_data)
        return True

    def _columns_to_save(self) -> list[str] | None:
        has_initial_values = any(f"initial-{name}" in self.data for name in self.fields)
        return [*self.changed_data, "updated_at"] if has_initial_values else None


class ServiceForm(_NamedRowForm[Service]):
    class Meta:
        model = Service
        fields = ["name", "default_duration_minutes", "price", "colour"]
        widgets = {"colour": forms.RadioSelect}

    @property
    def colour_shown(self) -> str:
        """The hidden initial value, for the template, which writes the swatches one by one."""
        colour = self["colour"]
        return colour.as_hidden(only_initial=True) if colour.field.show_hidden_initial else ""

    def others(self) -> models.QuerySet[Service]:
        return self.instance.workspace.services.all()

    def name_is_taken(self) -> str:
        return _("There is a service of that name already.")


class LocationForm(_NamedRowForm[Location]):
    class Meta:
        model = Location
        fields = ["name", "type", "address", "details"]
        field_classes = {"address": MultilineField, "details": MultilineField}
        widgets = {"address": forms.Textarea({"rows": 2}), "details": forms.Textarea({"rows": 2})}

    def others(self) -> models.QuerySet[Location]:
        return self.instance.workspace.locations.all()

    def name_is_taken(self) -> str:
        return _("There is a location of that name already.")
