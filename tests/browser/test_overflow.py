"""Nothing on any page sticks out, is cut, covered or too small, from the smallest phone to a wide desk."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from pazpaz.accounts.models import User
from tests.browser.long_names import lengthen
from tests.browser.tour import OpenWindow, Tour
from tests.url_table import MEMBERS

WIDTHS = (320, 390, 768, 1024, 1280, 1920)
INSPECT = (Path(__file__).parent / "overflow.js").read_text()
# The platform's pages have Django's own look.
SIDEWAYS = """() => document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth
    ? ["the page scrolls sideways"] : []"""


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("he", "rtl")])
def test_nothing_on_any_page_sticks_out_or_is_covered(
    open_window: OpenWindow, live_server: LiveServer, dana: User, language: str, direction: str
) -> None:
    assert dana.workspace is not None
    dana.workspace.language = language
    dana.workspace.save()
    desk = {"width": 1280, "height": 800}
    tour = Tour(open_window, live_server.url, dana, {"viewport": desk, "reduced_motion": "reduce"})
    lengthen(dana, tour.ids)
    found: dict[str, list[int]] = defaultdict(list)
    for name, role, page in tour:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            for fault in page.evaluate(INSPECT if not name.startswith("admin:") else SIDEWAYS):
                found[f"{name}: {fault}"].append(width)
        page.set_viewport_size({"width": 1280, "height": 800})
        if role in MEMBERS:
            assert page.locator("html").get_attribute("dir") == direction, name
    assert dict(found) == {}
    assert tour.complaints == []


def test_the_inspection_would_find_something(open_window: OpenWindow) -> None:
    page = open_window().new_page()
    page.set_content("""<main>
        <style>.card { width: 100px; border: 1px solid }
          .cut { width: 50px; overflow: hidden; white-space: nowrap }
          .over { position: absolute; inset: 0 auto auto 0; width: 300px; height: 30px }
          .small { font-size: 12px }
          .list { display: flex; flex-wrap: wrap; inline-size: 7ch }
          li + li { position: relative }
          li + li::before { content: "·"; position: absolute; left: -.5em }</style>
        <a href="#">Hidden behind it</a><div class="over"></div>
        <p class="card">Wolfeschlegelsteinhausenbergerdorff</p>
        <p class="cut">A sentence without its end</p>
        <p class="cut" style="text-overflow: ellipsis">A sentence with dots at its end</p>
        <p class="small">Small print</p>
        <p style="inline-size: 7ch; font-family: monospace">12:00 · Lions · Bears</p>
        <p>· Bears</p>
        <p>Lions · · Bears</p>
        <ul class="list"><li>Lions</li> <li>Bears</li></ul></main>""")
    faults = page.evaluate(INSPECT)
    assert [re.sub(r" by \d+px|:.*", "", fault) for fault in faults] == [
        "text is covered",
        "text sticks out",
        "text is cut",
        "letters of 12px",
        "a line begins with a dot",
        "a line ends with a dot",
        "a line begins with a dot",
        "two dots",
        "control is covered",
    ]
