"""The form an appointment is booked, moved and changed with."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pazpaz.accounts.models import User, Workspace
from pazpaz.database.compiled import CompiledQuery, Param
from pazpaz.scope import record
from pazpaz.web.fields import MultilineField
from scheduling.calendar import NonexistentTime, first_time_after, local_to_utc
from scheduling.conflicts import Conflict, conflicts_of
from scheduling.fields import FillingSelect, RowField
from scheduling.models import Appointment, Location, LocationType, Service

EARLIEST, LATEST = datetime.date(1970, 1, 1), datetime.date(2199, 12, 31)
LONGEST_MINUTES = Appointment.LONGEST // datetime.timedelta(minutes=1)


class SlotForm(forms.Form):
    """A day, a time on the clocks of the practice, and how long it takes."""

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

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.fields["start"].help_text = _("Local time in %(zone)s.") % {"zone": zone.key}

    def default_minutes(self) -> int | None:
        """How long it takes when nobody said."""
        return None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        minutes = data.get("duration") or self.default_minutes()
        if not minutes and "duration" not in self.errors:
            self.add_error("duration", _("Say how long it takes, or choose a service."))
        if "day" in data and "start" in data:
            local = datetime.datetime.combine(data["day"], data["start"])
            try:
                data["scheduled_start"] = self.moment(local)
            except NonexistentTime:
                self.add_error("start", _nonexistent(local, self.zone))
            if minutes and "scheduled_start" in data:
                length = datetime.timedelta(minutes=minutes)
                data["scheduled_end"] = data["scheduled_start"] + length
        return data

    def moment(self, local: datetime.datetime) -> datetime.datetime:
        return local_to_utc(local, self.zone)


def _nonexistent(local: datetime.datetime, zone: ZoneInfo) -> ValidationError:
    return ValidationError(
        _("The clocks skip %(time)s on this day. The next time there is: %(next)s."),
        code="nonexistent",
        params={"time": f"{local:%H:%M}", "next": f"{first_time_after(local, zone):%H:%M}"},
    )


class AppointmentForm(SlotForm):
    """Books a new appointment, or moves and changes one; whose it is stays once it is booked."""

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
        help_text=gettext_lazy("Seen by everybody in the practice."),
    )

    def __init__(self, *args: Any, appointment: Appointment, user: User, **kwargs: Any) -> None:
        self.appointment = appointment
        self.conflicts: list[Conflict] = []
        self.client_elsewhere = False
        workspace = appointment.workspace
        self.is_new = appointment._state.adding
        zone = ZoneInfo(workspace.time_zone)
        super().__init__(
            *args, zone=zone, initial=_initial(appointment, zone) | kwargs.pop("initial", {}), **kwargs
        )
        if not self.is_new:
            del self.fields["client"]
        self._offer_services(workspace)
        self._offer_locations(workspace)
        self._offer_therapists(workspace, user)

    def _offer_services(self, workspace: Workspace) -> None:
        services = RowField(
            lambda: _services.rows(workspace=workspace, and_also=self.appointment.service_id),
            nothing=_("None"),
            label=_("Service"),
            required=False,
            widget=FillingSelect("duration", lambda key: str(services.row(key).default_duration_minutes)),
        )
        self.fields["service"] = services

    def _offer_locations(self, workspace: Workspace) -> None:
        locations = RowField(
            lambda: _locations.rows(workspace=workspace, and_also=self.appointment.location_id),
            nothing=_("None"),
            label=_("Location"),
            required=False,
            widget=FillingSelect("location_type", lambda key: locations.row(key).type),
        )
        self.fields["location"] = locations

    def _offer_therapists(self, workspace: Workspace, user: User) -> None:
        treats = user.sees_clinical_data
        self.fields["therapist"] = self.therapists = RowField(
            lambda: therapists_of(workspace, and_also=self.appointment.therapist_id),
            caption=_display_name,
            at_hand=user if treats else None,
            label=_("Therapist"),
        )
        if not self.is_bound and "therapist" not in self.initial:
            owners = (person.pk for person in self.therapists.rows.values() if person.is_owner)
            self.initial["therapist"] = str(user.pk if treats else next(owners, ""))

    @property
    def has_choice_of_therapists(self) -> bool:
        return len(self.therapists.rows) > 1

    def default_minutes(self) -> int | None:
        service: Service | None = self.cleaned_data.get("service")
        return service.default_duration_minutes if service else None

    def moment(self, local: datetime.datetime) -> datetime.datetime:
        # The second pass of a repeated hour cannot be typed; it must not be lost by saving something else.
        if not self.is_new and not {"day", "start"} & set(self.changed_data):
            return self.appointment.scheduled_start
        return super().moment(local)

    def clean_client(self) -> UUID:
        client_id: UUID = self.cleaned_data["client"]
        if not self.appointment.workspace.clients.filter(pk=client_id, is_active=True).exists():
            raise ValidationError(_("There is no such client."), code="invalid_choice")
        return client_id

    def clean_location_type(self) -> str:
        return self.cleaned_data["location_type"] or ""

    def save(self, *, despite: frozenset[UUID] = frozenset()) -> bool:
        """Save the appointment, overlapping those in `despite` at most. When others are in the way: False."""
        self._fill_appointment()
        try:
            if self.is_new or self.is_moved:
                self.client_elsewhere = self.appointment.reserve(despite=despite)
            else:
                self.appointment.save()
        except Appointment.SlotTaken:
            self.conflicts = conflicts_of(self.appointment)
            self.add_error("start", _("This time is taken."))
            return False
        record(
            self._action(),
            self.appointment,
            fields=self._changed_fields(),
            overlap_allowed=self.appointment.overlap_allowed,
        )
        return True

    def _fill_appointment(self) -> None:
        data = self.cleaned_data
        for name in ("therapist", "service", "location", "scheduled_start", "scheduled_end"):
            setattr(self.appointment, name, data[name])
        location: Location | None = data["location"]
        kind = data["location_type"] or (location.type if location else LocationType.CLINIC)
        self.appointment.location_type = kind
        self.appointment.location_details = data["location_details"] or None
        self.appointment.notes = data["notes"] or None
        if self.is_new:
            self.appointment.client_id = data["client"]

    def _action(self) -> str:
        if self.is_new:
            return "appointment.booked"
        return "appointment.moved" if self.is_moved else "appointment.updated"

    @property
    def is_moved(self) -> bool:
        return bool({"day", "start", "duration", "therapist"} & set(self.changed_data))

    def _changed_fields(self) -> set[str]:
        columns = {"day": "scheduled_start", "start": "scheduled_start", "duration": "scheduled_end"}
        return {columns.get(name, name) for name in self.changed_data}


_offered = Q(is_active=True) | Q(pk=Param("and_also"))
_services = CompiledQuery(
    lambda: Service.objects.filter(_offered, workspace=Param("workspace")).order_by("name")
)
_locations = CompiledQuery(
    lambda: (
        Location.objects.filter(_offered, workspace=Param("workspace"))
        .only("workspace_id", "name", "type")
        .order_by("name")
    )
)
_therapists = CompiledQuery(
    lambda: User.objects.filter(
        Q(is_active=True, role__in=[User.Role.OWNER, User.Role.THERAPIST]) | Q(pk=Param("and_also")),
        workspace=Param("workspace"),
    ).order_by("name", "email")
)


def therapists_of(workspace: Workspace, *, and_also: UUID | None = None) -> list[User]:
    """Those who treat in this practice; one who has left only where an appointment is still theirs."""
    return _therapists.rows(workspace=workspace, and_also=and_also)


_therapists_in_calendar = CompiledQuery(
    lambda: User.objects.filter(
        Q(is_active=True, role__in=[User.Role.OWNER, User.Role.THERAPIST])
        | Exists(
            Appointment.objects.filter(
                therapist=OuterRef("pk"),
                workspace=Param("workspace"),
                status=Appointment.Status.SCHEDULED,
                scheduled_start__gt=Param("now"),
            )
        ),
        workspace=Param("workspace"),
    ).order_by("name", "email")
)


def therapists_in_calendar(workspace: Workspace) -> list[User]:
    """Those who treat, and those who have left or changed roles while appointments of theirs are to come."""
    return _therapists_in_calendar.rows(workspace=workspace, now=timezone.now())


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
