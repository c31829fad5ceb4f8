"""A real Chromium against the real application, on a database that is made anew after every test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from pazpaz.accounts.models import User
from pazpaz.accounts.session_store import SessionStore
from tests.browser.install import find_chromium

# Playwright's loop runs in this thread; the ORM is used between its steps, never inside one.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

type Visit = Callable[..., Page]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A browser for as long as tests of this folder follow each other.

    Playwright's loop counts as running in this thread until it is closed, and in a thread with a loop Django
    keeps other connections than in one without. The cleanup after a test closes only those it sees and ends
    every session of the database: one that was not closed here would be dead in the first test afterwards.
    """
    path = find_chromium()
    connections.close_all()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
        connections.close_all()


@pytest.fixture
def open_window(chromium: Browser, live_server: LiveServer) -> Iterator[Callable[..., BrowserContext]]:
    """Open a browser window of its own cookies; signed in as somebody, when named."""
    windows: list[BrowserContext] = []

    def open_one(user: User | None = None, **options: Any) -> BrowserContext:
        window = chromium.new_context(base_url=live_server.url, locale="en-GB", **options)
        window.set_default_timeout(10_000)
        if user is not None:
            name, value = session_cookie(user)
            window.add_cookies([{"name": name, "value": value, "url": live_server.url}])
        windows.append(window)
        return window

    yield open_one
    for window in windows:
        window.close()


@pytest.fixture
def visit(open_window: Callable[..., BrowserContext]) -> Visit:
    """Open one page in a new window."""

    def visit_one(path: str, user: User | None = None, **options: Any) -> Page:
        page = open_window(user, **options).new_page()
        page.goto(path)
        return page

    return visit_one


def session_cookie(user: User) -> tuple[str, str]:
    """A session as signing in makes it, without the ceremony."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    assert session.session_key
    return settings.SESSION_COOKIE_NAME, session.session_key
