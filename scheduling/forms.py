"""Forms that read a slot: to book, move and change an appointment, and to check for conflicts."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pazpaz.accounts.models import User, Workspace
from pazpaz.database.compiled import compiled
from pazpaz.scope import record
from pazpaz.web.fields import MultilineField
from scheduling.calendar import NonexistentTime, first_time_after, is_ambiguous
from scheduling.fields import FillingSelect, RowField, uuid_or_none
from scheduling.models import Appointment, Location, LocationType, Service
from scheduling.slot import Claim, Slot, SlotTaken, moment_of

EARLIEST, LATEST = datetime.date(1970, 1, 1), datetime.date(2199, 12, 31)
LONGEST_MINUTES = Appointment.LONGEST // datetime.timedelta(minutes=1)


class SlotForm(forms.Form):
    """Reads a slot: a day, a time on the clocks of the practice, and a length, with whom and for whom."""

    day = forms.DateField(
        label=gettext_lazy("Date"),
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)],
    )
    start = forms.TimeField(label=gettext_lazy("Start"), widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    duration = forms.IntegerField(
        label=gettext_lazy("Minutes"),
        required=False,
        min_value=1,
        max_value=LONGEST_MINUTES,
        help_text=gettext_lazy("Leave empty to use the length of the service."),
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        self.workspace = workspace
        self.zone = ZoneInfo(workspace.time_zone)
        super().__init__(*args, **kwargs)

    def slot(self) -> Slot:
        """Return what a valid form asks for."""
        slot: Slot = self.cleaned_data["slot"]
        return slot

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start = self._start(data) if "day" in data and "start" in data else None
        minutes = data.get("duration")
        if not minutes and "duration" not in self.errors:
            minutes = self.default_minutes()
            if not minutes:
                self.add_error("duration", _("Enter a length, or choose a service."))
        if start and minutes and (therapist_id := self.therapist_id()):
            end = start + datetime.timedelta(minutes=minutes)
            exclude = self.appointment_id()
            data["slot"] = Slot(self.workspace, therapist_id, self.client_id(), start, end, exclude)
        return data

    def _start(self, data: dict[str, Any]) -> datetime.datetime | None:
        local = datetime.datetime.combine(data["day"], data["start"])
        # Only in an hour that the clocks show twice does it matter when the appointment is now.
        stored = self.stored_start() if is_ambiguous(local, self.zone) else None
        try:
            return moment_of(local, self.zone, stored=stored)
        except NonexistentTime:
            self.add_error("start", _nonexistent(local, self.zone))
            return None

    def default_minutes(self) -> int | None:
        """The length of the service."""
        raise NotImplementedError

    def therapist_id(self) -> UUID | None:
        raise NotImplementedError

    def client_id(self) -> UUID | None:
        raise NotImplementedError

    def appointment_id(self) -> UUID | None:
        raise NotImplementedError

    def stored_start(self) -> datetime.datetime | None:
        """When the appointment that moves starts now."""
        raise NotImplementedError


def _nonexistent(local: datetime.datetime, zone: ZoneInfo) -> ValidationError:
    return ValidationError(
        _("The clocks skip %(time)s on this day. The next time there is: %(next)s."),
        code="nonexistent",
        params={"time": f"{local:%H:%M}", "next": f"{first_time_after(local, zone):%H:%M}"},
    )


class ConflictCheckForm(SlotForm):
    """Reads a slot from a form that is still being filled in, at every change.

    Ids are read without fields, which would cost more than the query; a malformed one counts as not given.
    """

    def therapist_id(self) -> UUID | None:
        therapist_id = self._id("therapist")
        if therapist_id is None:
            self.add_error(None, ValidationError("", code="required"))  # nobody sees the form
        return therapist_id

    def client_id(self) -> UUID | None:
        return self._id("client")

    def appointment_id(self) -> UUID | None:
        return self._id("appointment")

    def default_minutes(self) -> int | None:
        service_id = self._id("service")
        service = self.workspace.services.filter(pk=service_id).first() if service_id else None
        return service.default_duration_minutes if service else None

    def stored_start(self) -> datetime.datetime | None:
        appointment_id = self.appointment_id()
        row = self.workspace.appointments.filter(pk=appointment_id).first() if appointment_id else None
        return row.scheduled_start if row else None

    def _id(self, name: str) -> UUID | None:
        return uuid_or_none(self.data.get(name))


class AppointmentForm(SlotForm):
    """Books a new appointment, or moves and changes one; its client never changes."""

    client = forms.UUIDField(
        label=gettext_lazy("Client"), error_messages={"required": gettext_lazy("Choose a client.")}
    )
    location_type = forms.ChoiceField(
        label=gettext_lazy("Kind of place"),
        choices=[("", gettext_lazy("Same as the location")), *LocationType.choices],
        required=False,
    )
    location_details = Appointment._meta.get_field("location_details").formfield(
        widget=forms.TextInput, help_text=gettext_lazy("Room, door code, link to the video call.")
    )
    notes = Appointment._meta.get_field("notes").formfield(
        form_class=MultilineField,
        widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("Everyone in the practice can read this."),
    )

    def __init__(self, *args: Any, appointment: Appointment, user: User, **kwargs: Any) -> None:
        self.appointment = appointment
        self.is_new = appointment._state.adding
        self.stored_slot = None if self.is_new else appointment.slot
        workspace = appointment.workspace
        initial = _initial(appointment, ZoneInfo(workspace.time_zone)) | kwargs.pop("initial", {})
        super().__init__(*args, workspace=workspace, initial=initial, **kwargs)
        self.fields["start"].help_text = _("Local time in %(zone)s.") % {"zone": self.zone.key}
        if not self.is_new:
            del self.fields["client"]
        self._offer_services(workspace)
        self._offer_locations(workspace)
        self._offer_therapists(workspace, user)

    def _offer_services(self, workspace: Workspace) -> None:
        services = RowField(
            lambda: _services(workspace, self.appointment.service_id),
            empty_label=_("None"),
            label=_("Service"),
            required=False,
            widget=FillingSelect("duration", lambda key: str(services.row(key).default_duration_minutes)),
        )
        self.fields["service"] = services

    def _offer_locations(self, workspace: Workspace) -> None:
        locations = RowField(
            lambda: _locations(workspace, self.appointment.location_id),
            empty_label=_("None"),
            label=_("Location"),
            required=False,
            widget=FillingSelect("location_type", lambda key: locations.row(key).type),
        )
        self.fields["location"] = locations

    def _offer_therapists(self, workspace: Workspace, user: User) -> None:
        is_therapist = user.sees_clinical_data
        self.fields["therapist"] = self.therapists = RowField(
            lambda: therapists_of(workspace, keep=self.appointment.therapist_id),
            label_of=_display_name,
            preloaded=user if is_therapist else None,
            label=_("Therapist"),
        )
        if not self.is_bound and "therapist" not in self.initial:
            owners = (person.pk for person in self.therapists.rows.values() if person.is_owner)
            self.initial["therapist"] = str(user.pk if is_therapist else next(owners, ""))

    @property
    def has_choice_of_therapists(self) -> bool:
        return len(self.therapists.rows) > 1

    def therapist_id(self) -> UUID | None:
        therapist: User | None = self.cleaned_data.get("therapist")
        return therapist.pk if therapist else None

    def client_id(self) -> UUID | None:
        client_id: UUID | None = (
            self.cleaned_data.get("client") if self.is_new else self.appointment.client_id
        )
        return client_id

    def appointment_id(self) -> UUID:
        return self.appointment.pk

    def default_minutes(self) -> int | None:
        service: Service | None = self.cleaned_data.get("service")
        return service.default_duration_minutes if service else None

    def stored_start(self) -> datetime.datetime | None:
        return self.stored_slot.start if self.stored_slot else None

    def clean_client(self) -> UUID:
        client_id: UUID = self.cleaned_data["client"]
        if not self.appointment.workspace.clients.filter(pk=client_id, is_active=True).exists():
            raise ValidationError(_("This client does not exist or is archived."), code="invalid_choice")
        return client_id

    def clean_location_type(self) -> str:
        return self.cleaned_data["location_type"] or ""

    def save(self, *, allow_overlap: Collection[UUID] = ()) -> Claim:
        """Book the slot, or move there, or only save the rest. Raises SlotTaken, after adding an error.

        It may overlap the appointments in `allow_overlap`.
        """
        self._fill_appointment()
        claim = Claim(self.appointment.overlap_allowed)
        try:
            if self.is_new or self.is_moved:
                claim = self.appointment.reserve(allow_overlap=allow_overlap)
            else:
                self.appointment.save()
        except SlotTaken:
            self.add_error("start", _("This time is taken."))
            raise
        record(
            self._action(),
            self.appointment,
            fields=self._changed_fields(),
            overlap_allowed=claim.overlap_allowed,
        )
        return claim

    def says_what_is_stored(self) -> bool:
        """Return whether a valid form asks for what is so already: the second of two clicks."""
        return all(getattr(self.appointment, name) == value for name, value in self._values().items())

    def _fill_appointment(self) -> None:
        for name, value in self._values().items():
            setattr(self.appointment, name, value)

    def _values(self) -> dict[str, Any]:
        data, slot = self.cleaned_data, self.slot()
        location: Location | None = data["location"]
        values = {name: data[name] for name in ("therapist", "service", "location")}
        values |= {"scheduled_start": slot.start, "scheduled_end": slot.end}
        kind = data["location_type"] or (location.type if location else LocationType.CLINIC)
        values["location_type"] = kind
        values |= {name: data[name] or None for name in ("location_details", "notes")}
        if self.is_new:
            values["client_id"] = data["client"]
        return values

    def _action(self) -> str:
        if self.is_new:
            return "appointment.booked"
        return "appointment.moved" if self.is_moved else "appointment.updated"

    @property
    def is_moved(self) -> bool:
        return not self.is_new and self.slot() != self.stored_slot

    def _changed_fields(self) -> set[str]:
        columns = {"day": "scheduled_start", "start": "scheduled_start", "duration": "scheduled_end"}
        return {columns.get(name, name) for name in self.changed_data}


def _bookable(keep: UUID | None) -> Q:
    return Q(is_active=True) | Q(pk=keep)


@compiled
def _services(workspace: Workspace, keep: UUID | None) -> QuerySet[Service]:
    return Service.objects.filter(_bookable(keep), workspace=workspace).order_by("name")


@compiled
def _locations(workspace: Workspace, keep: UUID | None) -> QuerySet[Location]:
    rows = Location.objects.filter(_bookable(keep), workspace=workspace)
    return rows.only("workspace_id", "name", "type").order_by("name")


@compiled
def _therapists(workspace: Workspace, keep: UUID | None) -> QuerySet[User]:
    treats = Q(is_active=True, role__in=[User.Role.OWNER, User.Role.THERAPIST])
    return User.objects.filter(treats | Q(pk=keep), workspace=workspace).order_by("name", "email")


def therapists_of(workspace: Workspace, *, keep: UUID | None = None) -> list[User]:
    """The active therapists of a practice, and the therapist `keep`, who an appointment still names."""
    return _therapists(workspace, keep)


@compiled
def _therapists_in_calendar(workspace: Workspace, now: datetime.datetime) -> QuerySet[User]:
    upcoming = Appointment.objects.filter(
        therapist=OuterRef("pk"),
        workspace=workspace,
        status=Appointment.Status.SCHEDULED,
        scheduled_start__gt=now,
    )
    treats = Q(is_active=True, role__in=[User.Role.OWNER, User.Role.THERAPIST])
    return User.objects.filter(treats | Exists(upcoming), workspace=workspace).order_by("name", "email")


def therapists_in_calendar(workspace: Workspace) -> list[User]:
    """The active therapists, and former ones who still have upcoming appointments."""
    return _therapists_in_calendar(workspace, timezone.now())


def _display_name(user: User) -> str:
    return user.display_name


def _initial(appointment: Appointment, zone: ZoneInfo) -> dict[str, Any]:
    if appointment._state.adding:
        return {}
    start = appointment.scheduled_start.astimezone(zone)
    length = appointment.scheduled_end - appointment.scheduled_start
    return {
        "day": start.date(),
        "start": start.time(),
        "duration": length // datetime.timedelta(minutes=1),
        "service": str(appointment.service_id or ""),
        "location": str(appointment.location_id or ""),
        "location_type": appointment.location_type,
        "location_details": appointment.location_details,
        "notes": appointment.notes,
        "therapist": str(appointment.therapist_id),
    }
