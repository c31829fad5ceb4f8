"""The table of URLs held against the site: who may open what, and what every answer has in common."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse

from tests.factories import make_owner
from tests.full_practice import Ids, fill
from tests.url_table import (
    NOBODY_YET,
    URLS,
    WITHOUT_A_NAME,
    Browsers,
    Url,
    everybody,
    names_in_use,
)


@pytest.fixture(scope="module")
def practice(shared_db: None) -> tuple[Ids, Browsers]:
    dana = make_owner("dana@example.org", "Dana Levi", "Practice of Dana Levi")
    return fill(dana), everybody(dana)


@pytest.fixture
def ids(practice: tuple[Ids, Browsers]) -> Ids:
    return practice[0]


@pytest.fixture
def browsers(practice: tuple[Ids, Browsers]) -> Browsers:
    return practice[1]


def ask(browser: Browser, method: str, path: str) -> Any:
    """One request, and everything that it changed undone. Whatever the answer is, it has the headers."""
    cookies = deepcopy(browser.cookies)
    with transaction.atomic():
        response = browser.generic(method, path)
        transaction.set_rollback(True)
    browser.cookies = cookies
    assert_headers(response)
    return response


def assert_headers(response: Any) -> None:
    assert "no-store" in response["Cache-Control"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]
    policy = response["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-" not in policy


def test_every_url_is_in_the_table_once() -> None:
    names = [name for name in names_in_use() if name not in WITHOUT_A_NAME]
    assert Counter(url.name for url in URLS) == Counter(names)


@pytest.mark.parametrize("url", URLS, ids=str)
def test_a_page_opens_for_those_it_is_meant_for(url: Url, ids: Ids, browsers: Browsers) -> None:
    found, expected = {}, {}
    for method in url.methods:
        for role, browser in browsers.items():
            found[method, role] = ask(browser, method, url.path(ids)).status_code
            expected[method, role] = url.status(method, role)
    assert found == expected


@pytest.mark.parametrize("url", [url for url in URLS if NOBODY_YET not in url.roles], ids=str)
def test_who_is_not_signed_in_is_sent_to_sign_in(url: Url, ids: Ids, browsers: Browsers) -> None:
    for method in url.methods:
        location = ask(browsers[NOBODY_YET], method, url.path(ids))["Location"]
        assert location.partition("?")[0] == reverse("account_login")


@pytest.mark.parametrize(
    "url", [url for url in URLS if not url.only_redirects and not url.is_of_admin], ids=str
)
def test_another_method_is_not_answered(url: Url, ids: Ids, browsers: Browsers) -> None:
    others = {"GET", "POST", "PATCH"} - set(url.methods)
    statuses = {method: ask(browsers[url.visitor], method, url.path(ids)).status_code for method in others}
    assert statuses == dict.fromkeys(others, 405)


@pytest.mark.parametrize("path", ["/nothing-here/", "/clients/not-an-id/edit/"])
def test_there_is_nothing_for_anybody(path: str, browsers: Browsers) -> None:
    assert {ask(browser, "GET", path).status_code for browser in browsers.values()} == {404}


@pytest.mark.parametrize("path", ["/admin/nothing-here/", "/admin/accounts/user/1/"])
def test_addresses_without_a_name_show_nothing(path: str, browsers: Browsers) -> None:
    assert {ask(browser, "GET", path).status_code for browser in browsers.values()} <= {302, 404}
