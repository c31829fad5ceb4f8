"""Every htmx request that a page can make is answered with the part it asked for, never with a whole page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.test import Client as Browser
from django.utils import timezone

from pazpaz.accounts.models import User
from tests.factories import AppointmentFactory, ClientFactory
from tests.full_practice import Ids, fill, ids_of_nothing
from tests.squeeze import squeeze
from tests.url_table import MEMBERS, NOBODY_YET, PAGES, STAFF, Browsers, everybody

pytestmark = pytest.mark.django_db

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
WHOLE_PAGE = re.compile(r"<!doctype html|<html|<body", re.I)


@dataclass
class Element:
    """As much of an element as htmx looks at."""

    tag: str
    attributes: dict[str, str]
    parent: Element | None = None
    children: list[Element] = field(default_factory=list)

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    def inherited(self, name: str) -> tuple[str, Element]:
        """The attribute of the nearest element that has it, and that element."""
        element: Element | None = self
        while element is not None:
            if name in element.attributes:
                return element.attributes[name], element
            element = element.parent
        return "", self

    def within(self) -> Iterator[Element]:
        yield self
        for child in self.children:
            yield from child.within()

    def form(self) -> Element | None:
        element: Element | None = self
        while element is not None and element.tag != "form":
            element = element.parent
        return element


class Tree(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = self.open = Element("", {})
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self.open)
        self.open.children.append(element)
        if tag not in VOID:
            self.open = element

    def handle_endtag(self, tag: str) -> None:
        element: Element | None = self.open
        while element is not None and element.tag != tag:
            element = element.parent
        if element is not None and element.parent is not None:
            self.open = element.parent

    def by_id(self, name: str) -> Element | None:
        return next((element for element in self.root.within() if element.get("id") == name), None)


@dataclass(frozen=True)
class Asked:
    """One htmx request."""

    page: str
    method: str
    url: str
    target: str
    select: str
    swap: str
    data: tuple[tuple[str, str], ...]

    @property
    def kind(self) -> tuple[str, ...]:
        """The same for all rows of a list."""
        without_ids = re.sub(r"[0-9a-f-]{36}", "*", f"{self.url} {self.target}")
        return (self.method, re.sub(r"=[^&]+", "=", without_ids), *(name for name, _text in self.data))

    def send(self, browser: Browser) -> Any:
        headers = {
            "HX-Request": "true",
            "HX-Target": self.target,
            "HX-Current-URL": f"http://testserver{self.page}",
        }
        if self.method == "GET":
            query = f"{'&' if '?' in self.url else '?'}{urlencode(self.data)}" if self.data else ""
            return browser.get(self.url + query, headers=headers, follow=True)
        return browser.post(self.url, dict(self.data), headers=headers, follow=True)


def requests_of(page: str, html: str) -> Iterator[Asked]:
    tree = Tree(html)
    for element in tree.root.within():
        for method in ("GET", "POST"):
            if f"hx-{method.lower()}" in element.attributes:
                url = element.get(f"hx-{method.lower()}") or page
                yield Asked(
                    page=page,
                    method=method,
                    url=page.partition("?")[0] + url if url.startswith("?") else url,
                    target=target_of(element),
                    select=element.inherited("hx-select")[0],
                    swap=element.inherited("hx-swap")[0] or "innerHTML",
                    data=tuple(data_of(element, tree, method)),
                )


def target_of(element: Element) -> str:
    selector, where = element.inherited("hx-target")
    if selector in {"", "this"}:
        return where.get("id")
    assert selector.startswith("#"), f"the walker does not know the target {selector}"
    return selector[1:]


def data_of(element: Element, tree: Tree, method: str) -> Iterator[tuple[str, str]]:
    included = element.inherited("hx-include")[0]
    assert included == "" or included.startswith("#"), f"the walker does not know {included}"
    sources = [tree.by_id(selector.strip()[1:]) for selector in included.split(",") if selector]
    form = element.form() if method == "POST" or element.tag == "form" else None
    for source in (element, *sources, form):
        for field_ in source.within() if source else ():
            if field_.tag in {"input", "select", "textarea"} and field_.get("name"):
                yield field_.get("name"), field_.get("value")


@pytest.fixture
def practice(dana: User) -> tuple[Ids, Browsers]:
    """So much of everything that lists have a second page and every menu is there."""
    ids = fill(dana)
    workspace = dana.workspace
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    for number in range(55):
        ClientFactory(workspace=workspace, first_name=f"First {number}")
    for number, status in enumerate(("completed", "no_show"), start=1):
        start = hour + timedelta(minutes=number)
        AppointmentFactory(workspace=workspace, scheduled_start=start, status=status, overlap_allowed=True)
    return ids, everybody(dana)


def swaps(response: Any) -> bool:
    """Whether htmx puts the answer into the page: see htmx-config in layouts/base.html."""
    status: int = response.status_code
    leaves = "HX-Redirect" in response or "HX-Refresh" in response
    return not leaves and status != 204 and (status in {409, 422} or 200 <= status < 400)


def complaint(asked: Asked, response: Any) -> str:
    """What is wrong with an answer; nothing where all is well."""
    if response.status_code == 204:
        return ""
    if not swaps(response):
        return f"not a part: {response.status_code} {response.headers}"
    html = response.content.decode()
    select = response.get("HX-Reselect", asked.select)
    if select:
        return "" if f'id="{select[1:]}"' in html else f"{select} is not in the answer"
    if WHOLE_PAGE.search(html):
        return "a whole page"
    replaces = asked.swap.startswith("outerHTML")
    return f"#{asked.target} is not in the answer" if replaces and f'id="{asked.target}"' not in html else ""


def walk(browser: Browser, start: list[str]) -> Iterator[tuple[Asked, Any]]:
    """Send every kind of request of the pages, and of what they are answered with, as the page has it."""
    seen: set[tuple[str, ...]] = set()
    queue = [asked for page in start for asked in requests_of(page, browser.get(page).content.decode())]
    while queue:
        asked = queue.pop()
        if asked.kind not in seen:
            seen.add(asked.kind)
            with transaction.atomic():
                response = asked.send(browser)
                transaction.set_rollback(True)
            yield asked, response
            if swaps(response):
                queue += requests_of(asked.page, response.content.decode())


def pages(role: str, ids: Ids) -> list[str]:
    month, older = "/calendar/?view=month", "/clients/?page=2"
    return [url.path(ids) for url in PAGES if role in url.roles] + [month, older]


@pytest.mark.parametrize("role", sorted(MEMBERS))
def test_every_request_of_every_page_gets_its_part(role: str, practice: tuple[Ids, Browsers]) -> None:
    ids, browsers = practice
    answers = list(walk(browsers[role], pages(role, ids)))
    assert len(answers) > 15
    found = [
        (asked.page, asked.url, asked.target, words) for asked, r in answers if (words := complaint(asked, r))
    ]
    assert not found


@pytest.mark.parametrize("other", [NOBODY_YET, STAFF])
def test_nor_does_whoever_is_no_longer_signed_in_there(other: str, practice: tuple[Ids, Browsers]) -> None:
    ids, browsers = practice
    for asked, _answer in list(walk(browsers["owner"], pages("owner", ids))):
        response = asked.send(browsers[other])
        assert not swaps(response), (asked, response.status_code)
        if other == NOBODY_YET:
            assert response["HX-Redirect"].startswith("/accounts/login/?next=")


def test_a_session_that_ended_meanwhile_leads_to_the_sign_in_page(practice: tuple[Ids, Browsers]) -> None:
    ids, browsers = practice
    asked = [asked for asked, _answer in walk(browsers["owner"], ["/", "/calendar/"])]
    assert len(asked) > 5
    with time_machine.travel(timezone.now() + timedelta(hours=13)):
        for each in asked:
            assert each.send(browsers["owner"])["HX-Redirect"].startswith("/accounts/login/?next=")


def test_nor_does_whoever_asks_for_what_is_not_there(practice: tuple[Ids, Browsers]) -> None:
    ids, browsers = practice
    nothing = ids_of_nothing(ids)
    for url in PAGES:
        if "owner" in url.roles and url.of in {"client", "appointment"}:
            response = browsers["owner"].get(
                url.path(nothing), headers={"HX-Request": "true", "HX-Target": "older-history"}
            )
            assert response.status_code == 404
            assert not swaps(response)


def test_a_page_asked_for_into_an_unknown_target_is_opened_as_a_page(
    practice: tuple[Ids, Browsers],
) -> None:
    ids, browsers = practice
    for path in pages("owner", ids):
        headers = {"HX-Request": "true", "HX-Target": "nowhere", "HX-Current-URL": "http://testserver/"}
        response = browsers["owner"].get(path, headers=headers)
        assert not swaps(response)
        assert response["HX-Redirect"] == path


def test_the_layouts_have_names_of_their_own() -> None:
    """What a layout calls something hides what a view calls so, within every block."""
    named = re.compile(r"\bas (\w+) %}|{% for (\w+) in |{% with (\w+)=")
    for path in (settings.BASE_DIR / "templates" / "layouts").glob("*.html"):
        names = [next(filter(None, match.groups())) for match in named.finditer(path.read_text())]
        assert [name for name in names if not name.startswith("layout_")] == [], path.name


def test_error_pages_are_not_put_into_a_page() -> None:
    page = (settings.BASE_DIR / "templates" / "layouts" / "base.html").read_text()
    (config,) = re.findall(r'name="htmx-config" content=\'(.*?)\'', squeeze(page))
    swapped = {rule["code"]: rule["swap"] for rule in json.loads(config)["responseHandling"]}
    assert swapped == {"204": False, "[23]..": True, "409|422": True, "...": False}
