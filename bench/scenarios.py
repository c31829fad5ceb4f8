"""What is measured over HTTP, on the pages of the busy practice. Every request asks for something else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone

from bench.data import ACTOR
from bench.load import Ask, Effort, Scenario
from clients.models import Client
from pazpaz.accounts.models import User
from pazpaz.scope import workspace_scope
from scheduling.models import Appointment
from sessions.models import SessionNote

type Asks = Callable[[int, int], list[Ask]]

# Bookings of the bench are made here, where nobody else books, and removed again.
FAR, FAR_DAYS = date(2150, 1, 1), 15_000
QUERIES = ("Levi", "Jonatan Lvi", "O'Brian", "Wojcik", "dubois amelie", "5550 1217", "kohen", "Sm")
WEEKS_LOOKED_AT, MONTHS_LOOKED_AT = 100, 24
TYPED_WHILE_BOOKING = ("Lev", "Jonatan L", "dubo", "Wojcik", "5550 12", "Sm", "kohen", "a")
SENTENCE = "Rotation right improved by ten degrees after treatment of the upper trapezius. "


def scenarios(owner: User, effort: Effort, names: Sequence[str], suffix: str = "") -> list[Scenario]:
    """Return the scenarios of these names (which end with the suffix); prepares what they write to."""
    makers = _makers(owner, effort)
    return [Scenario(name, makers[name.removesuffix(suffix)]()) for name in names]


def _makers(owner: User, effort: Effort) -> dict[str, Callable[[], Asks]]:
    workspace = owner.workspace
    assert workspace is not None
    with workspace_scope(workspace, ACTOR):
        clients = list(workspace.clients.values_list("pk", flat=True))
        signed = workspace.session_notes.signed().order_by("-session_date")
        notes = list(signed.values_list("pk", flat=True)[:2000])
    client_list = reverse("clients:list")

    def inside[T](make: Callable[[], T]) -> T:
        with workspace_scope(workspace, ACTOR):
            return make()

    return {
        "today": lambda: _pages([reverse("sessions:today")]),
        "week page": lambda: _pages(_weeks()),
        "week, partial": lambda: _pages(_weeks(), target="week"),
        "month page": lambda: _pages(_months()),
        "conflict check": lambda: inside(lambda: _Booking(owner)).check,
        "client list": lambda: _pages([f"{client_list}?page={n}" for n in range(1, 11)]),
        "client search": lambda: _searches,
        "client field": lambda: _client_field,
        "duplicates": lambda: inside(lambda: _Duplicates(owner)).check,
        "client with timeline": lambda: _pages(_urls("sessions:client", clients)),
        "note page": lambda: _pages(_urls("sessions:note", notes)),
        "autosave": lambda: inside(lambda: _Autosave(owner, clients[: effort.crowd])).save,
        "booking": lambda: inside(lambda: _Booking(owner)).book,
        "save a status": lambda: inside(lambda: _Statuses(owner, clients[: effort.crowd])).change,
        "save a client": lambda: inside(lambda: _Saving(owner, clients[: effort.crowd])).save,
    }


def remove_traces(owner: User) -> None:
    """Take back what the scenarios wrote, also after a run that was interrupted."""
    assert owner.workspace is not None
    with workspace_scope(owner.workspace, ACTOR):
        owner.workspace.appointments.filter(scheduled_start__year__gte=FAR.year - 1).delete()
        owner.workspace.session_notes.drafts().delete()


def _pages(paths: Sequence[str], target: str = "") -> Asks:
    headers = _htmx(target) if target else {}

    def asks(place: int, number: int) -> list[Ask]:
        return [Ask(paths[number % len(paths)], headers=headers)]

    return asks


def _htmx(target: str) -> dict[str, str]:
    return {"HX-Request": "true", "HX-Target": target}


def _urls(name: str, ids: Sequence[UUID]) -> list[str]:
    return [reverse(name, args=[pk]) for pk in ids]


def _weeks() -> list[str]:
    today = timezone.localdate()
    calendar = reverse("scheduling:calendar")
    return [f"{calendar}?week={today - timedelta(weeks=n)}" for n in range(WEEKS_LOOKED_AT)]


def _months() -> list[str]:
    today = timezone.localdate()
    calendar = reverse("scheduling:calendar")
    return [f"{calendar}?view=month&month={today - timedelta(days=30 * n)}" for n in range(MONTHS_LOOKED_AT)]


def _searches(place: int, number: int) -> list[Ask]:
    form = {"q": QUERIES[number % len(QUERIES)]}
    return [Ask(reverse("clients:list"), form, _htmx("client-results"))]


def _client_field(place: int, number: int) -> list[Ask]:
    form = {"client_query": TYPED_WHILE_BOOKING[number % len(TYPED_WHILE_BOOKING)]}
    return [Ask(reverse("scheduling:client-choices"), form, _htmx("client-choices"))]


class _Duplicates:
    """What the form of a new client asks while it is filled in, of people who are there already."""

    def __init__(self, owner: User) -> None:
        assert owner.workspace is not None
        self.forms = [
            {
                "first_name": client.first_name,
                "last_name": client.last_name if number % 2 else "Somebody-Else",
                "phone": (client.phone or "") if number % 3 else "",
                "email": (client.email or "") if number % 5 == 0 else "",
                "date_of_birth": str(client.date_of_birth or "") if number % 7 == 0 else "",
            }
            for number, client in enumerate(owner.workspace.clients.all()[:50])
        ]

    def check(self, place: int, number: int) -> list[Ask]:
        form = self.forms[number % len(self.forms)]
        return [Ask(reverse("clients:duplicates"), form, _htmx("client-duplicates"))]


class _Statuses:
    """An appointment for each client of the crowd, cancelled and scheduled again in turn."""

    def __init__(self, owner: User, clients: Sequence[UUID]) -> None:
        assert owner.workspace is not None
        zone = ZoneInfo(owner.workspace.time_zone)
        starts = [
            datetime.combine(FAR - timedelta(days=n), time(10), zone) for n in range(1, len(clients) + 1)
        ]
        self.appointments = [
            Appointment.objects.create(
                workspace=owner.workspace,
                client_id=client,
                therapist=owner,
                scheduled_start=start,
                scheduled_end=start + timedelta(minutes=45),
                created_by=owner,
            ).pk
            for client, start in zip(clients, starts, strict=True)
        ]
        self.turns = [0] * len(clients)

    def change(self, place: int, number: int) -> list[Ask]:
        deed = ("scheduling:cancel", "scheduling:reopen")[self.turns[place] % 2]
        self.turns[place] += 1
        return [Ask(reverse(deed, args=[self.appointments[place]]), {}, status=302)]


class _Booking:
    """A free slot for each booking; the same form asks for conflicts, at times that are taken."""

    def __init__(self, owner: User) -> None:
        workspace = owner.workspace
        assert workspace is not None
        self.form = {
            "client": str(workspace.clients.active().values_list("pk", flat=True)[0]),
            "therapist": str(owner.pk),
            "service": str(workspace.services.values_list("pk", flat=True)[0]),
            "location": str(workspace.locations.values_list("pk", flat=True)[0]),
            "duration": "45",
            "notes": "Bring the long strap.",
        }
        taken = workspace.appointments.blocking().filter(therapist=owner).order_by("-scheduled_start")
        self.taken = [start.date() for start in taken.values_list("scheduled_start", flat=True)[:500]]

    def book(self, place: int, number: int) -> list[Ask]:
        hour, day = divmod(number, FAR_DAYS)
        form = self.form | {"day": str(FAR + timedelta(days=day)), "start": f"{10 + hour % 12}:00"}
        return [Ask(reverse("scheduling:book"), form, status=302)]

    def check(self, place: int, number: int) -> list[Ask]:
        form = self.form | {"day": str(self.taken[number % len(self.taken)]), "start": "09:30"}
        return [Ask(reverse("scheduling:conflicts"), form, _htmx("conflicts"))]


class _Autosave:
    """A draft for each client of the crowd, saved again and again with one more sentence in one section."""

    def __init__(self, owner: User, clients: Sequence[UUID]) -> None:
        assert owner.workspace is not None
        self.drafts = [
            SessionNote.objects.create(
                workspace=owner.workspace,
                client_id=client,
                author=owner,
                session_date=timezone.now(),
                **dict.fromkeys(("subjective", "objective", "assessment", "plan"), ""),
            )
            for client in clients
        ]
        self.versions = [draft.version for draft in self.drafts]

    def save(self, place: int, number: int) -> list[Ask]:
        form = {
            "version": str(self.versions[place]),
            "subjective": f"{SENTENCE * 8}{number}",
            "base_subjective": "0" * 16,
        }
        self.versions[place] += 1
        path = reverse("sessions:note-save", args=[self.drafts[place].pk])
        return [Ask(path, form, {"Accept": "application/json"})]


class _Saving:
    """The form of a client, everything filled in, with another address each time."""

    def __init__(self, owner: User, clients: Sequence[UUID]) -> None:
        assert owner.workspace is not None
        self.workspace = owner.workspace
        self.clients = clients
        self.forms = [_filled_in(client) for client in self.workspace.clients.filter(pk__in=clients)]

    def save(self, place: int, number: int) -> list[Ask]:
        client, form = self.forms[place]
        with workspace_scope(self.workspace, ACTOR):
            (updated_at,) = Client.objects.filter(pk=client).values_list("updated_at", flat=True)
        form = form | {"address": f"Lindenstraße {number}\n10969 Berlin", "version": updated_at.isoformat()}
        return [Ask(reverse("clients:edit", args=[client]), form, status=302)]


def _filled_in(client: Client) -> tuple[UUID, dict[str, str]]:
    return client.pk, {
        "first_name": client.first_name,
        "last_name": client.last_name,
        "phone": client.phone or "",
        "email": client.email or "",
        "date_of_birth": str(client.date_of_birth),
        "emergency_contact_name": "Somebody Near",
        "emergency_contact_phone": "+49 30 5551 1000",
        "medical_history": "Hypertension, treated with ramipril 5 mg.",
        "notes": "Prefers early appointments.",
        "tags": "back, neck",
        "consent_status": "on",
    }
