"""A telephone number is a link to its first number wherever it is shown, and plain text where it has none."""

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from pazpaz.accounts.models import User
from tests.cast import inside, signed_in
from tests.factories import AppointmentFactory, ClientFactory, make_owner

pytestmark = pytest.mark.django_db

TWO = "030 7654321 / 0179 1112223"
LINK = f'<a href="tel:+49-30-7654321"><bdi>{TWO}</bdi></a>'


def test_the_client_card_dials_both_contacts(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, phone=TWO, emergency_contact_phone="(030) 901820")
    html = as_dana.get(client.get_absolute_url()).text
    assert LINK in html
    assert '<a href="tel:+49-30-901820"><bdi>(030) 901820</bdi></a>' in html


def test_the_list_of_clients_dials(as_dana: Browser, dana: User) -> None:
    ClientFactory(workspace=dana.workspace, phone=TWO)
    assert LINK in as_dana.get(reverse("clients:list")).text
    assert LINK in as_dana.post(reverse("clients:list"), {"q": "levi"}).text


def test_the_choice_of_a_client_dials_beside_its_button(as_dana: Browser, dana: User) -> None:
    ClientFactory(workspace=dana.workspace, phone=TWO)
    html = as_dana.post(reverse("scheduling:client-choices"), {"client_query": "levi"}).text
    assert LINK in html
    assert "tel:" not in html[html.index("<label>") : html.index("</label>")]


def test_the_page_of_an_appointment_dials(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, phone=TWO)
    appointment = AppointmentFactory(workspace=dana.workspace, client=client, therapist=dana)
    assert LINK in as_dana.get(appointment.get_absolute_url()).text


def test_today_dials_who_is_still_to_come(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, phone=TWO)
    start = timezone.localtime().replace(hour=12)
    appointment = AppointmentFactory(
        workspace=dana.workspace, client=client, therapist=dana, scheduled_start=start
    )
    assert LINK in as_dana.get(reverse("sessions:today")).text
    with inside(dana):
        type(appointment).objects.filter(pk=appointment.pk).update(status="completed")
    assert "tel:" not in as_dana.get(reverse("sessions:today")).text


def test_what_cannot_be_dialled_is_shown_as_typed(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, phone="none <b>")
    for html in (as_dana.get(client.get_absolute_url()).text, as_dana.get(reverse("clients:list")).text):
        assert "<bdi>none &lt;b&gt;</bdi>" in html
        assert "tel:" not in html


def test_a_number_is_read_in_the_country_of_the_practice() -> None:
    owner = make_owner("sam@example.org", "Sam", "Practice", time_zone="America/New_York")
    client = ClientFactory(workspace=owner.workspace, phone="(212) 555-0187 ext. 42")
    assert 'href="tel:+1-212-555-0187;ext=42"' in signed_in(owner).get(client.get_absolute_url()).text
