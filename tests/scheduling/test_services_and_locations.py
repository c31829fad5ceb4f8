"""Services and locations: what a practice offers, and where."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from pazpaz.accounts.models import User
from scheduling.models import Location, Service
from scheduling.settings_forms import LocationForm, ServiceForm
from tests.cast import events, inside
from tests.conftest import Connection
from tests.factories import AppointmentFactory, LocationFactory, ServiceFactory
from tests.scheduling.browsing import text

pytestmark = pytest.mark.django_db

SERVICE: dict[str, Any] = {
    "name": "Deep tissue",
    "default_duration_minutes": "90",
    "price": "120",
    "colour": "clay",
}
LOCATION: dict[str, Any] = {
    "name": "Practice",
    "type": "clinic",
    "address": "Linienstraße 12",
    "details": "Second floor",
}
KINDS = ["service", "location"]
FORMS = {"service": SERVICE, "location": LOCATION}
FACTORIES: dict[str, Any] = {"service": ServiceFactory, "location": LocationFactory}


def names(kind: str, user: User) -> list[str]:
    assert user.workspace is not None
    with inside(user):
        rows: Any = getattr(user.workspace, f"{kind}s")
        return [row.name for row in rows.order_by("name")]


def test_a_service_is_created(as_dana: Browser, dana: User) -> None:
    response = as_dana.post(reverse("scheduling:service-create"), SERVICE)
    assert response["Location"] == reverse("scheduling:services")
    with inside(dana):
        service = Service.objects.get()
    assert (service.name, service.default_duration_minutes, service.price, service.colour) == (
        "Deep tissue",
        90,
        Decimal(120),
        "clay",
    )
    (event,) = events(dana, "service.created")
    assert event.object_id == service.pk


def test_the_address_of_a_location_is_encrypted(as_dana: Browser, dana: User) -> None:
    as_dana.post(reverse("scheduling:location-create"), LOCATION)
    with inside(dana):
        location = Location.objects.get()
        assert (location.address, location.details) == ("Linienstraße 12", "Second floor")
        with connection.cursor() as cursor:
            cursor.execute("SELECT address, details FROM scheduling_location")
            assert all(token.startswith("v1:") for token in cursor.fetchone())
    assert len(events(dana, "location.created")) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_is_saved_and_recorded(as_noa: Browser, noa: User, kind: str) -> None:
    row = FACTORIES[kind](workspace=noa.workspace, name="Old")
    as_noa.post(reverse(f"scheduling:{kind}-edit", args=[row.pk]), FORMS[kind] | {"name": "New"})
    assert names(kind, noa) == ["New"]
    (event,) = events(noa, f"{kind}.updated")
    assert "name" in event.fields


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_taken_whatever_its_case(as_dana: Browser, dana: User, kind: str) -> None:
    name = FORMS[kind]["name"]
    FACTORIES[kind](workspace=dana.workspace, name=name)
    url = reverse(f"scheduling:{kind}-create")
    response = as_dana.post(url, FORMS[kind] | {"name": f" {name.upper()} "})
    assert response.status_code == 422
    assert f"There is a {kind} of that name already." in text(response)
    assert len(names(kind, dana)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_may_keep_its_name_and_another_practice_may_have_it_too(
    as_dana: Browser, dana: User, omer: User, kind: str
) -> None:
    row = FACTORIES[kind](workspace=dana.workspace, name=FORMS[kind]["name"])
    FACTORIES[kind](workspace=omer.workspace, name=FORMS[kind]["name"])
    url = reverse(f"scheduling:{kind}-edit", args=[row.pk])
    assert as_dana.post(url, FORMS[kind]).status_code == 302


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("service", {"name": ""}),
        ("service", {"default_duration_minutes": "0"}),
        ("service", {"default_duration_minutes": "1441"}),
        ("service", {"price": "-1"}),
        ("service", {"colour": "red"}),
        ("location", {"name": " "}),
        ("location", {"type": "moon"}),
        ("location", {"address": "x" * 2001}),
    ],
)
def test_what_makes_no_sense_is_refused_with_everything_kept(
    as_dana: Browser, dana: User, kind: str, changes: dict[str, str]
) -> None:
    response = as_dana.post(reverse(f"scheduling:{kind}-create"), FORMS[kind] | changes)
    assert response.status_code == 422
    assert ("90" if kind == "service" else "Second floor") in text(response) or "default" in str(changes)
    assert names(kind, dana) == []


@pytest.mark.parametrize("kind", KINDS)
def test_putting_away_and_offering_again(as_dana: Browser, dana: User, kind: str) -> None:
    row = FACTORIES[kind](workspace=dana.workspace, name="Rare")
    form_url = reverse("scheduling:book")
    for deed, offered in (("deactivate", False), ("reactivate", True)):
        for _twice in range(2):
            as_dana.post(reverse(f"scheduling:{kind}-{deed}", args=[row.pk]))
        assert ("Rare" in text(as_dana.get(form_url))) == offered
        assert len(events(dana, f"{kind}.{deed}d")) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_booked_outlives_its_row(dana: User, kind: str) -> None:
    row = FACTORIES[kind](workspace=dana.workspace)
    appointment = AppointmentFactory(workspace=dana.workspace, **{kind: row})
    with inside(dana):
        row.delete()
        appointment.refresh_from_db()
    assert getattr(appointment, kind) is None


@pytest.mark.parametrize("kind", KINDS)
def test_an_assistant_reads_and_changes_nothing(as_avi: Browser, avi: User, kind: str) -> None:
    row = FACTORIES[kind](workspace=avi.workspace, name="Old")
    page = text(as_avi.get(reverse(f"scheduling:{kind}s")))
    assert "Old" in page
    assert reverse(f"scheduling:{kind}-create") not in page
    for name, args in (
        ("create", []),
        ("edit", [row.pk]),
        ("deactivate", [row.pk]),
        ("reactivate", [row.pk]),
    ):
        assert as_avi.post(reverse(f"scheduling:{kind}-{name}", args=args), FORMS[kind]).status_code == 403
    assert names(kind, avi) == ["Old"]
    assert len(events(avi, "access.refused")) == 4


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("deed", ["edit", "deactivate", "reactivate"])
def test_rows_of_others_are_answered_like_rows_that_do_not_exist(
    as_omer: Browser, dana: User, kind: str, deed: str
) -> None:
    theirs = FACTORIES[kind](workspace=dana.workspace, name="Old")
    for pk in (theirs.pk, uuid.uuid4()):
        assert as_omer.post(reverse(f"scheduling:{kind}-{deed}", args=[pk]), FORMS[kind]).status_code == 404
    assert names(kind, dana) == ["Old"]


@pytest.mark.parametrize("kind", KINDS)
def test_only_its_own_methods(as_dana: Browser, dana: User, kind: str) -> None:
    row = FACTORIES[kind](workspace=dana.workspace)
    assert as_dana.post(reverse(f"scheduling:{kind}s")).status_code == 405
    assert as_dana.get(reverse(f"scheduling:{kind}-deactivate", args=[row.pk])).status_code == 405
    assert as_dana.get(reverse(f"scheduling:{kind}-edit", args=[row.pk])).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", KINDS)
def test_a_name_taken_in_the_same_moment_is_said_beside_it(
    kind: str, dana: User, superuser: Connection
) -> None:
    forms: dict[str, Any] = {"service": (ServiceForm, Service), "location": (LocationForm, Location)}
    form_class, model = forms[kind]
    row = FACTORIES[kind](workspace=dana.workspace, name="Practice")
    with inside(dana):
        form = form_class(FORMS[kind] | {"name": "New"}, instance=model(workspace=dana.workspace))
        assert form.is_valid()
        superuser.execute(f"UPDATE scheduling_{kind} SET name = 'New' WHERE id = %s", [row.pk])
        assert not form.save_unless_taken()
        assert form.errors["name"] == [f"There is a {kind} of that name already."]
        assert model._default_manager.count() == 1
    assert events(dana, f"{kind}.created") == []
