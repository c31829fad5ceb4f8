"""axe finds nothing serious on any page, in light and in dark."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from pazpaz.accounts.models import User
from tests.browser.tour import OpenWindow, Tour

SERIOUS = {"serious", "critical"}
# Stylesheets are not fetched again for the rules that are experiments.
IN_LIGHT = {"resultTypes": ["violations"], "preload": False}
# Nothing else depends on the colours.
IN_DARK = {**IN_LIGHT, "runOnly": ["color-contrast"]}


# Colours on their way from light to dark are neither.
SETTLED = """() => Promise.allSettled(
    document.getAnimations().filter(each => each instanceof CSSTransition).map(each => each.finished))"""


def serious(page: Page, options: dict[str, Any]) -> list[str]:
    page.evaluate(SETTLED)
    results = page.evaluate("options => axe.run(options)", options)
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in results["violations"]
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


def test_axe_finds_nothing_serious(open_window: OpenWindow, dana: User, live_server: LiveServer) -> None:
    tour = Tour(open_window, live_server.url, dana, {"reduced_motion": "reduce", "color_scheme": "light"})
    found = {}
    for name, _role, page in tour:
        page.evaluate(Axe().axe_script)
        found[name] = serious(page, IN_LIGHT)
        page.emulate_media(color_scheme="dark")
        found[f"{name} in the dark"] = serious(page, IN_DARK)
        page.emulate_media(color_scheme="light")
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_axe_would_find_something(open_window: OpenWindow) -> None:
    page = open_window(color_scheme="light").new_page()
    page.set_content("<main><img src='x.png'><p style='color: #ccc; background: #fff'>Pale</p></main>")
    page.evaluate(Axe().axe_script)
    assert {fault.partition(":")[0] for fault in serious(page, IN_LIGHT)} >= {"image-alt", "color-contrast"}
    assert [fault.partition(":")[0] for fault in serious(page, IN_DARK)] == ["color-contrast"]
