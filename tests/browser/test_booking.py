"""The booking form, by somebody quicker than the network."""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, Route, expect

from pazpaz.accounts.models import User
from tests.factories import ServiceFactory

pytestmark = pytest.mark.django_db(transaction=True)

type Visit = Callable[..., Page]


@pytest.mark.parametrize("typed", ["", "75"])
def test_a_service_chosen_before_the_script_is_there_fills_in_its_length(
    visit: Visit, dana: User, typed: str
) -> None:
    ServiceFactory(workspace=dana.workspace, name="Massage 60", default_duration_minutes=60)
    page = visit(reverse("scheduling:calendar"), dana)
    late: list[Route] = []
    page.route(re.compile("fill-in"), lambda route: late.append(route))
    page.goto(reverse("scheduling:book"), wait_until="commit")
    page.get_by_label("Service").select_option("Massage 60")
    page.get_by_label("Minutes").fill(typed)
    for route in late:
        route.continue_()
    expect(page.get_by_label("Minutes")).to_have_value(typed or "60")
    page.unroute_all()
