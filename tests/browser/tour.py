"""A tour of all pages: those in the table of URLs, and what some of them become when something goes wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from pazpaz.accounts.models import User
from pazpaz.accounts.workspaces import create_workspace
from tests.cast import signed_in
from tests.factories import TESTS, AppointmentFactory
from tests.full_practice import Ids, fill
from tests.page_forms import forms_of
from tests.url_table import NOBODY_YET, OWNER, PAGES, Browsers, everybody

# The one button of a page that sends its form.
SENDS = "main form .btn.primary"
REFUSING_FORMS = ("/clients/new/", "/appointments/new/", "/settings/services/new/", "/settings/team/invite/")
LISTS = (
    "sessions:today",
    "clients:list",
    "scheduling:calendar",
    "scheduling:services",
    "scheduling:locations",
)

type OpenWindow = Callable[..., BrowserContext]


class Stop(NamedTuple):
    name: str
    role: str
    page: Page


@dataclass
class Tour:
    """Windows of everybody, one page each, and what the browser complained about."""

    open_window: OpenWindow
    site: str
    owner: User
    options: dict[str, Any]
    complaints: list[str] = field(default_factory=list)
    pages: dict[str, Page] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ids: Ids = fill(self.owner)
        self.browsers: Browsers = everybody(self.owner)
        assert self.owner.workspace is not None
        language = self.owner.workspace.language
        self.newcomer = create_workspace(
            "New Practice", owner_email="new@example.org", language=language, actor=TESTS
        )

    def __iter__(self) -> Iterator[Stop]:
        """Open one page after the other; it stays until the next is asked for."""
        for url in PAGES:
            page = self.page_of(url.visitor)
            answer = page.goto(url.path(self.ids))
            assert answer is not None
            assert answer.status == 200, url.name
            yield Stop(url.name + url.query, url.visitor, page)
        yield from self.after_a_colleague_left()
        yield from self.in_an_empty_practice()
        yield from self.on_the_way_in()
        yield from self.when_something_goes_wrong()

    def page_of(self, role: str) -> Page:
        if role not in self.pages:
            self.pages[role] = self._open(self.browsers[role])
        return self.pages[role]

    def _open(self, browser: Browser) -> Page:
        """A window with somebody's cookies."""
        window = self.open_window(**self.options)
        if cookie := browser.cookies.get(settings.SESSION_COOKIE_NAME):
            window.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.site}])
        page = window.new_page()
        page.on("console", lambda message: self._listen(page, message.type, message.text))
        page.on("pageerror", lambda error: self._listen(page, "error", str(error)))
        return page

    def when_something_goes_wrong(self) -> Iterator[Stop]:
        page = self.page_of(OWNER)
        page.goto("/nothing-here/")
        yield Stop("not found", OWNER, page)
        for path in REFUSING_FORMS:
            page.goto(path)
            page.locator(SENDS).evaluate("button => { button.form.noValidate = true; button.click() }")
            page.wait_for_selector("[aria-invalid=true]")
            yield Stop(f"{path} refused", OWNER, page)
        yield self._two_tabs(page)

    def _two_tabs(self, page: Page) -> Stop:
        """The editor with the text of another tab beside its own."""
        path = reverse("sessions:note", kwargs=self.ids["draft"])
        page.goto(path)
        [form] = forms_of(path, self.browsers[OWNER].get(path).content.decode())
        self.browsers[OWNER].post(form.action, form.data | {"plan": "From another tab."})
        page.locator("[name=plan]").press_sequentially("From this one.")
        page.wait_for_selector("[data-conflict]")
        return Stop("note in two tabs", OWNER, page)

    def after_a_colleague_left(self) -> Iterator[Stop]:
        """A member with appointments to come: before they are deactivated, afterwards, and in the team."""
        page = self.page_of(OWNER)
        member = reverse("accounts:member", kwargs=self.ids["member"])
        self._book_with_the_member()
        page.goto(member)
        page.wait_for_selector("#to-come")
        yield Stop("member with appointments", OWNER, page)
        page.goto(member)
        page.locator("main .btn.danger").click()
        page.wait_for_selector("flash-message")
        page.goto(reverse("accounts:team"))
        page.wait_for_selector("main .pill.warn")
        yield Stop("team without the member", OWNER, page)
        page.goto(member)
        page.wait_for_selector("#to-come")
        yield Stop("member who left appointments", OWNER, page)

    def _book_with_the_member(self) -> None:
        member = User.objects.get(pk=self.ids["member"]["member_id"])
        for day in (1, 8):
            start = timezone.now() + timedelta(days=day)
            AppointmentFactory(
                workspace=member.workspace,
                client_id=self.ids["client"]["client_id"],
                therapist=member,
                overlap_allowed=True,
                scheduled_start=start,
                scheduled_end=start + timedelta(hours=1),
            )

    def in_an_empty_practice(self) -> Iterator[Stop]:
        page = self._open(signed_in(self.newcomer))
        for name in LISTS:
            page.goto(reverse(name))
            yield Stop(f"{name} with nothing in it", OWNER, page)

    def on_the_way_in(self) -> Iterator[Stop]:
        """The pages between an address and the first page: a code, a wrong one, and the second factor."""
        page = self._open(Browser())
        page.goto(reverse("account_login"))
        page.locator("[name=email]").fill(self.owner.email)
        page.locator(SENDS).click()
        page.wait_for_selector("[name=code]")
        yield Stop("code", NOBODY_YET, page)
        page.locator("[name=code]").fill("0000-0000")
        page.locator(SENDS).click()
        page.wait_for_selector("[aria-invalid=true]")
        yield Stop("wrong code", NOBODY_YET, page)
        code = re.search(r"^\s*([A-Z0-9][A-Z0-9-]{5,})\s*$", str(mail.outbox[-1].body), re.MULTILINE)
        assert code
        page.locator("[name=code]").fill(code[1])
        page.locator(SENDS).click()
        page.wait_for_url(f"**{reverse('mfa_authenticate')}")
        yield Stop("second factor", NOBODY_YET, page)

    def _listen(self, page: Page, kind: str, text: str) -> None:
        # A status of 404 or 422 is no fault of the page.
        if kind in {"error", "warning"} and "the server responded with a status of" not in text:
            self.complaints.append(f"{page.url}: {text}")


def sideways(page: Page) -> int:
    """By how many pixels a page is wider than its window."""
    width: int = page.evaluate(
        "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
    )
    return width
