"""Two clicks on Create make one client."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from pazpaz.accounts.models import User
from tests.cast import events, inside, signed_in

URL = reverse("clients:create")


def token_in(browser: Browser) -> str:
    found = re.search(r'name="form_token" value="(\w+)"', browser.get(URL).text)
    assert found
    return found[1]


@pytest.mark.django_db
def test_a_form_sent_twice_makes_one_client(as_dana: Browser, dana: User) -> None:
    form = {"first_name": "Yonatan", "last_name": "Levi", "form_token": token_in(as_dana)}
    first, second = as_dana.post(URL, form), as_dana.post(URL, form)
    assert first.status_code == second.status_code == 302
    assert first.headers["Location"] == second.headers["Location"]
    assert len(events(dana, "client.created")) == 1


@pytest.mark.django_db
def test_a_refused_form_keeps_its_token(as_dana: Browser) -> None:
    token = token_in(as_dana)
    refused = as_dana.post(URL, {"first_name": "", "last_name": "", "form_token": token})
    assert refused.status_code == 422
    assert f'value="{token}"' in refused.text


@pytest.mark.django_db
def test_the_token_of_one_practice_means_nothing_in_another(
    as_dana: Browser, as_omer: Browser, omer: User
) -> None:
    form = {"first_name": "Yonatan", "last_name": "Levi", "form_token": token_in(as_dana)}
    as_dana.post(URL, form)
    as_omer.post(URL, form)
    with inside(omer):
        assert omer.workspace is not None
        assert omer.workspace.clients.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_make_one_client(dana: User) -> None:
    browsers = [signed_in(dana), signed_in(dana)]
    form = {"first_name": "Yonatan", "last_name": "Levi", "form_token": token_in(browsers[0])}

    def click(browser: Browser) -> int:
        try:
            return browser.post(URL, form).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as clicks:
        assert list(clicks.map(click, browsers)) == [302, 302]
    with inside(dana):
        assert dana.workspace is not None
        assert dana.workspace.clients.count() == 1
