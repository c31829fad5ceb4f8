"""Finding a client while booking."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from pazpaz.accounts.models import User
from tests.cast import events, inside
from tests.factories import ClientFactory
from tests.scheduling.browsing import text

pytestmark = pytest.mark.django_db

URL = reverse("scheduling:client-choices")


def test_it_finds_a_misspelt_name(as_dana: Browser, dana: User) -> None:
    ClientFactory(workspace=dana.workspace)
    page = text(as_dana.post(URL, {"client_query": "Jonatan Lvi"}))
    assert "Yonatan Levi" in page
    assert "checked" not in page


def test_whoever_was_chosen_stays_first(as_dana: Browser, dana: User) -> None:
    ClientFactory(workspace=dana.workspace)
    ruth = ClientFactory(workspace=dana.workspace, first_name="Ruth", last_name="Levi")
    page = text(as_dana.post(URL, {"client_query": "levi", "client": str(ruth.pk)}))
    assert page.index("Ruth Levi") < page.index("Yonatan Levi")
    assert page.count("Ruth Levi") == 1
    assert f'value="{ruth.pk}" required checked' in page


def test_the_archived_are_not_offered(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    with inside(dana):
        client.archive()
    page = text(as_dana.post(URL, {"client_query": "levi", "client": str(client.pk)}))
    assert "Yonatan" not in page


def test_clients_of_others_are_not_found(as_omer: Browser, dana: User) -> None:
    theirs = ClientFactory(workspace=dana.workspace)
    page = text(as_omer.post(URL, {"client_query": "levi", "client": str(theirs.pk)}))
    assert "Yonatan" not in page


def test_a_search_leaves_its_line_in_the_trail(as_avi: Browser, avi: User) -> None:
    ClientFactory(workspace=avi.workspace)
    as_avi.post(URL, {"client_query": "levi"})
    (event,) = events(avi, "client.searched")
    assert event.metadata == {"count": 1}


def test_names_never_travel_in_an_address(as_dana: Browser) -> None:
    assert as_dana.get(URL, {"client_query": "levi"}).status_code == 405
