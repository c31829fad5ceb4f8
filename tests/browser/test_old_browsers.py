"""A browser that is too old sees a sentence that says so, and no page that it would break."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route

from pazpaz.accounts.models import User
from tests.browser.conftest import Visit

pytestmark = pytest.mark.django_db(transaction=True)

SENTENCE = "This browser is too old for PazPaz."


def shown(page: Page) -> tuple[str, bool]:
    """The sentence before the page, and whether there is a page."""
    before: str = page.evaluate("getComputedStyle(document.documentElement, '::before').content")
    return before, page.locator("body").is_visible()


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/nothing-here/"])
@pytest.mark.parametrize("missing", ["light-dark(", "round("])
def test_without_the_css_it_is_written_in_there_is_a_sentence(
    dana: User, visit: Visit, path: str, missing: str
) -> None:
    def without(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace(missing, "unheard-of("))

    page = visit("about:blank", None if "login" in path else dana)
    page.route("**/old-browser*.css", without)
    page.goto(path)
    sentence, has_page = shown(page)
    assert SENTENCE in sentence
    assert not has_page


def test_without_requests_that_outlive_a_page_there_is_a_sentence(dana: User, visit: Visit) -> None:
    page = visit("about:blank", dana)
    page.add_init_script("delete Request.prototype.keepalive")
    page.goto("/")
    sentence, has_page = shown(page)
    assert SENTENCE in sentence
    assert not has_page


def test_a_browser_of_today_sees_the_page(dana: User, visit: Visit) -> None:
    assert shown(visit("/", dana)) == ("none", True)
