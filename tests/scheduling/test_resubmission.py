"""Two clicks on Book make one appointment, and no warning of a collision with itself."""

import re

import pytest
from django.test import Client as Browser
from django.urls import reverse

from pazpaz.accounts.models import User
from tests.cast import inside
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db
URL = reverse("scheduling:book")


def test_a_booking_sent_twice_is_one_appointment(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    found = re.search(r'name="form_token" value="(\w+)"', as_dana.get(URL).text)
    assert found
    form = {
        "client": str(client.pk),
        "day": "2026-11-18",
        "start": "14:00",
        "duration": "60",
        "therapist": str(dana.pk),
        "form_token": found[1],
    }
    first, second = as_dana.post(URL, form), as_dana.post(URL, form)
    assert first.status_code == second.status_code == 302
    assert first.headers["Location"] == second.headers["Location"]
    with inside(dana):
        assert dana.workspace is not None
        assert dana.workspace.appointments.count() == 1
