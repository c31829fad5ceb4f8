"""What must be known of a client stands under the name, wherever somebody works with the client."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.models import Client
from pazpaz.accounts.models import User, Workspace
from pazpaz.encryption.vault import ClinicalDataDenied
from pazpaz.scope import workspace_scope
from scheduling.models import Appointment
from tests.cast import events, inside
from tests.factories import AppointmentFactory, ClientFactory, SessionNoteFactory

pytestmark = pytest.mark.django_db

ALERT = "Latex & nickel <allergy>"
SHOWN = re.compile(
    r'<span class="alerts" role="list" aria-label="Alerts">(?:(?!<li).)*Latex &amp; nickel &lt;allergy&gt;'
)


@pytest.fixture
def client(dana: User) -> Client:
    created: Client = ClientFactory(workspace=dana.workspace, alerts=[ALERT], tags=["runner"])
    return created


@pytest.fixture
def appointment(dana: User, client: Client) -> Appointment:
    start = timezone.now().replace(minute=0, second=0, microsecond=0)
    booked: Appointment = AppointmentFactory(
        workspace=dana.workspace,
        client=client,
        scheduled_start=start,
        scheduled_end=start + timedelta(hours=1),
    )
    return booked


def hide_from_assistants(dana: User) -> None:
    Workspace.objects.filter(users=dana).update(assistants_see_alerts=False)


def pages_of_everybody(browser: Browser, client: Client, appointment: Appointment) -> dict[str, str]:
    """Every page on which one works with a client, from Today to the chosen client of a booking."""
    choices = reverse("scheduling:client-choices")
    return {
        "today": browser.get("/").text,
        "appointment": browser.get(appointment.get_absolute_url()).text,
        "client": browser.get(client.get_absolute_url()).text,
        "booking, chosen": browser.get(f"{reverse('scheduling:book')}?client={client.pk}").text,
        "choices": browser.post(choices, {"client_query": "levi"}).text,
        "chosen": browser.post(choices, {"client_query": "", "client": str(client.pk)}).text,
    }


def test_it_is_shown_wherever_a_clinician_works_with_the_client(
    as_dana: Browser, dana: User, client: Client, appointment: Appointment
) -> None:
    draft, signed = (SessionNoteFactory(workspace=dana.workspace, client=client) for _ in range(2))
    with inside(dana):
        signed.sign(dana, version=signed.version)
    pages = pages_of_everybody(as_dana, client, appointment)
    pages["draft"] = as_dana.get(reverse("sessions:note", args=[draft.pk])).text
    for name in ("note", "note-amend", "note-versions"):
        pages[name] = as_dana.get(reverse(f"sessions:{name}", args=[signed.pk])).text
    assert [name for name, page in pages.items() if not SHOWN.search(page.replace("\n", ""))] == []


def test_assistants_see_it_unless_the_practice_says_otherwise(
    as_avi: Browser, dana: User, client: Client, appointment: Appointment
) -> None:
    pages = pages_of_everybody(as_avi, client, appointment)
    pages["form"] = as_avi.get(reverse("clients:edit", args=[client.pk])).text
    assert [name for name, page in pages.items() if "nickel" not in page] == []
    hide_from_assistants(dana)
    pages = pages_of_everybody(as_avi, client, appointment)
    pages["form"] = as_avi.get(reverse("clients:edit", args=[client.pk])).text
    assert [name for name, page in pages.items() if "nickel" in page or "Yonatan" not in page] == []


def test_the_vault_refuses_it_not_only_the_page(dana: User, avi: User, client: Client) -> None:
    hide_from_assistants(dana)
    workspace = Workspace.objects.get(users=dana)
    with workspace_scope(workspace, avi):
        with pytest.raises(ClinicalDataDenied):
            list(Client.objects.open_values("alerts", unrecorded="a test"))
        theirs = Client.objects.get(pk=client.pk)
        with pytest.raises(ClinicalDataDenied):
            print(theirs.alerts)
        theirs.alerts = ["none"]
        with pytest.raises(ClinicalDataDenied):
            theirs.save()
    with workspace_scope(workspace, dana):
        assert Client.objects.get(pk=client.pk).alerts == [ALERT]


def test_a_form_without_the_field_leaves_alerts_alone(as_avi: Browser, dana: User, client: Client) -> None:
    hide_from_assistants(dana)
    edit(as_avi, client, phone="030 1", alerts="forged")
    with inside(dana):
        found = Client.objects.get(pk=client.pk)
        assert (found.phone, found.alerts) == ("030 1", [ALERT])


def edit(browser: Browser, client: Client, **fields: str) -> Any:
    url = reverse("clients:edit", args=[client.pk])
    (version,) = re.findall(r'name="version" value="([^"]+)"', browser.get(url).text)
    return browser.post(url, {"first_name": "Yonatan", "last_name": "Levi", "version": version, **fields})


def test_one_line_is_one_alert(as_dana: Browser, dana: User, client: Client) -> None:
    edit(as_dana, client, tags="runner", alerts="Pacemaker\r\n\r\n ! Faints,  sometimes \r\nPacemaker")
    with inside(dana):
        assert Client.objects.get(pk=client.pk).alerts == ["Pacemaker", "Faints, sometimes"]
    (event,) = events(dana, "client.updated")
    assert event.fields == ["alerts"]
    edit(as_dana, client, tags="runner", alerts=" \r\n")
    with inside(dana):
        assert Client.objects.get(pk=client.pk).alerts is None


def test_a_tag_with_the_mark_of_old_becomes_an_alert(as_dana: Browser, dana: User, client: Client) -> None:
    edit(as_dana, client, tags="runner, !Pacemaker", alerts=ALERT)
    with inside(dana):
        found = Client.objects.get(pk=client.pk)
        assert (found.alerts, found.tags) == ([ALERT, "Pacemaker"], ["runner"])
    (event,) = events(dana, "client.updated")
    assert event.fields == ["alerts", "tags"]


def test_a_page_from_before_the_field_does_not_empty_it(as_dana: Browser, dana: User, client: Client) -> None:
    assert edit(as_dana, client, tags="runner, !Pacemaker").status_code == 302
    with inside(dana):
        assert Client.objects.get(pk=client.pk).alerts == [ALERT, "Pacemaker"]


@pytest.mark.parametrize("alerts", [["x" * 201], ["a"] * 21, "text", [""], [1], {"a": "b"}])
def test_what_is_sealed_are_a_few_lines(dana: User, client: Client, alerts: Any) -> None:
    with inside(dana):
        client.alerts = alerts
        with pytest.raises(ValidationError):
            client.save()


def test_who_saw_alerts_while_booking_is_in_the_trail(as_avi: Browser, avi: User, client: Client) -> None:
    as_avi.post(reverse("scheduling:client-choices"), {"client_query": "levi"})
    (event,) = events(avi, "client.searched")
    assert (event.object_id, "alerts" in event.fields) == (client.pk, True)


def test_todays_alerts_cost_no_query_a_row(
    as_dana: Browser, dana: User, django_assert_max_num_queries: Any
) -> None:
    start = timezone.now().replace(minute=0, second=0, microsecond=0)
    for _ in range(8):
        AppointmentFactory(
            workspace=dana.workspace,
            client=ClientFactory(workspace=dana.workspace, alerts=[ALERT]),
            scheduled_start=start,
            scheduled_end=start + timedelta(hours=1),
            overlap_allowed=True,
        )
    as_dana.get("/")
    with django_assert_max_num_queries(12):
        assert as_dana.get("/").text.count("nickel") == 8
