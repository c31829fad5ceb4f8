"""Two windows on one service: each saves what was changed in it."""

from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse

from pazpaz.accounts.models import User
from tests.cast import inside
from tests.factories import ServiceFactory

pytestmark = pytest.mark.django_db


def test_an_older_window_does_not_bring_an_old_price_back(as_dana: Browser, dana: User) -> None:
    service = ServiceFactory(workspace=dana.workspace, name="Massage", price=Decimal(80))
    url = reverse("scheduling:service-edit", args=[service.pk])
    shown = {"name": "Massage", "default_duration_minutes": "60", "price": "80.00", "colour": "teal"}
    page = {**shown, **{f"initial-{name}": value for name, value in shown.items()}}
    for name, value in shown.items():
        assert f'name="initial-{name}" value="{value}"' in as_dana.get(url).text

    assert as_dana.post(url, {**page, "price": "95.00"}).status_code == 302
    assert as_dana.post(url, {**page, "default_duration_minutes": "75"}).status_code == 302

    with inside(dana):
        service.refresh_from_db()
    assert (service.price, service.default_duration_minutes) == (Decimal(95), 75)
