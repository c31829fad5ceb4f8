"""Every page fits the smallest phone and a desk, in both directions, and the browser has no complaint."""

from __future__ import annotations

import pytest
from pytest_django.live_server_helper import LiveServer

from pazpaz.accounts.models import User
from tests.browser.tour import OpenWindow, Tour, sideways
from tests.url_table import MEMBERS

DESK, PHONE = {"width": 1280, "height": 800}, {"width": 320, "height": 640}


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("he", "rtl")])
def test_no_page_scrolls_sideways(
    open_window: OpenWindow, live_server: LiveServer, dana: User, language: str, direction: str
) -> None:
    assert dana.workspace is not None
    dana.workspace.language = language
    dana.workspace.save()
    tour = Tour(open_window, live_server.url, dana, {"viewport": DESK, "reduced_motion": "reduce"})
    found = {}
    for name, role, page in tour:
        for size in (DESK, PHONE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            found[name, size["width"]] = sideways(page)
        page.set_viewport_size(DESK)  # type: ignore[arg-type]
        if role in MEMBERS:
            assert page.locator("html").get_attribute("dir") == direction, name
    assert {place: pixels for place, pixels in found.items() if pixels > 0} == {}
    assert tour.complaints == []
