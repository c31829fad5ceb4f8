"""A short day in Chromium, Firefox and WebKit: what must work in every browser that we support."""

from __future__ import annotations

import base64
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.mail import EmailMessage
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from pazpaz.accounts.models import User, Workspace
from scheduling.models import Appointment
from sessions.models import SessionNote
from sessions.sections import SECTIONS
from tests.accounts.helpers import code_in
from tests.browser.engines import ENGINES, PATIENCE, Browser, until
from tests.browser.install import missing_engines
from tests.browser.slow_line import SlowLine
from tests.cast import inside
from tests.factories import AppointmentFactory, ClientFactory, ServiceFactory

pytestmark = pytest.mark.django_db(transaction=True)

HERE = [name for name in ENGINES if name not in missing_engines()]
BERLIN = ZoneInfo("Europe/Berlin")
# A phone's uplink.
UPLOAD, DELAY = 60_000, 0.15
# 30 kB: of two bytes each.
LONG = 15_000


@pytest.fixture(scope="module")
def starting() -> Iterator[dict[str, Future[Browser]]]:
    """All engines at once: each takes a few seconds to start."""
    with ThreadPoolExecutor() as pool:
        engines = {name: pool.submit(ENGINES[name]) for name in HERE}
        yield engines
        for engine in engines.values():
            if engine.exception() is None:
                engine.result().close()


@pytest.fixture(params=HERE)
def browser(request: pytest.FixtureRequest, starting: dict[str, Future[Browser]]) -> Browser:
    return starting[request.param].result()


@pytest.fixture
def line(live_server: LiveServer) -> Iterator[SlowLine]:
    line = SlowLine(live_server.thread.host, live_server.thread.port)
    yield line
    line.close()


@pytest.fixture
def today_at_eleven(dana: User) -> datetime:
    """An hour that is over, in a week with clients who have to be found."""
    eleven = datetime.now(BERLIN).replace(hour=11, minute=0, second=0, microsecond=0)
    workspace = dana.workspace
    for first, last in [("Yonatan", "Levi"), ("Siobhán", "O’Brien"), ("נועה", "כהן")]:
        ClientFactory(workspace=workspace, first_name=first, last_name=last)
    service = ServiceFactory(workspace=workspace, name="Massage 60", default_duration_minutes=60)
    client = ClientFactory(workspace=workspace, first_name="Marcus", last_name="Okafor")
    AppointmentFactory(
        workspace=workspace,
        client=client,
        service=service,
        status="completed",
        scheduled_start=eleven,
        scheduled_end=eleven + timedelta(hours=1),
    )
    return eleven


def test_every_engine_is_there_where_it_counts() -> None:
    if os.environ.get("CI") == "true":
        assert missing_engines() == []


def test_a_short_day(
    browser: Browser, line: SlowLine, dana: User, today_at_eleven: datetime, mailoutbox: list[EmailMessage]
) -> None:
    sign_in(browser, line, mailoutbox)
    open_the_menu_of_a_status(browser)
    turn_the_week(browser)
    find_yonatan(browser)
    book_yonatan(browser, dana, today_at_eleven)
    write_a_note(browser, dana)
    leave_a_long_note(browser, line, dana)
    look_at_a_hebrew_week(browser, line, dana)
    be_refused_and_sign_out(browser, line, dana)
    come_back(browser)


def sign_in(browser: Browser, line: SlowLine, mailbox: list[EmailMessage]) -> None:
    browser.open(f"{line.url}/")
    browser.type("[name=email]", "dana@example.org")
    browser.click("main .btn.primary")
    browser.wait_for("document.querySelector('[name=code]')")
    browser.type("[name=code]", code_in(mailbox[-1]))
    browser.click("main .btn.primary")
    browser.wait_for_heading("Today")


def open_the_menu_of_a_status(browser: Browser) -> None:
    browser.click("[popovertarget]", "Change")
    browser.wait_for("document.querySelector('.menu:popover-open')")
    menu = browser.run(
        "const box = document.querySelector('.menu:popover-open').getBoundingClientRect();"
        "return { top: box.top, bottom: box.bottom, height: box.height, window: innerHeight }"
    )
    assert menu["height"] < menu["window"] / 3
    assert 0 <= menu["top"] < menu["bottom"] <= menu["window"]
    browser.run("document.querySelector('.menu:popover-open').hidePopover()")


def turn_the_week(browser: Browser) -> None:
    browser.click(".nav a", "Calendar")
    browser.wait_for("document.querySelector('#week')")
    for by_key in (False, True):
        browser.click("#calendar-next")
        browser.wait_for("!document.querySelector('.day[data-today]')")
        if by_key:
            browser.press("t")
        else:
            browser.click("#calendar-today")
        browser.wait_for("document.querySelector('.day[data-today]')")
        assert browser.run("return document.querySelectorAll('main, .nav, h1').length") == 3
    hours_are_hairlines(browser)


def hours_are_hairlines(browser: Browser) -> None:
    """A free day is of one colour but for its lines: no stripes between them."""
    picture = base64.b64encode(browser.screenshot()).decode()
    browser.run(
        "const days = [...document.querySelectorAll('.day:not([data-today])')];"
        "const day = days.find(each => !each.querySelector('.appt'));"
        "const { left, top, width, bottom } = day.querySelector('.slots').getBoundingClientRect();"
        "const bytes = Uint8Array.from(atob(arguments[0]), letter => letter.charCodeAt(0));"
        "createImageBitmap(new Blob([bytes], { type: 'image/png' })).then(image => {"
        "  const scale = image.width / innerWidth;"
        "  const height = Math.floor((Math.min(bottom, innerHeight) - top) * scale);"
        "  const canvas = new OffscreenCanvas(1, height).getContext('2d');"
        "  canvas.drawImage(image, -Math.round((left + width / 2) * scale), -Math.round(top * scale));"
        "  const pixels = new Uint32Array(canvas.getImageData(0, 0, 1, height).data.buffer);"
        "  window.column = [...pixels] })",
        picture,
    )
    column = browser.wait_for("window.column")
    _colour, same = Counter(column).most_common(1)[0]
    assert len(column) > 200
    assert same > 0.9 * len(column)


def find_yonatan(browser: Browser) -> None:
    browser.click(".nav a", "Clients")
    browser.wait_for_heading("Clients")
    browser.type("main input[type=search]", "Jonatan Lvi")
    browser.wait_for("document.querySelector('#client-count')?.innerText === '1 client found'")
    browser.click("#client-results a", "Yonatan Levi")
    browser.wait_for_heading("Yonatan Levi")


def book_yonatan(browser: Browser, user: User, before: datetime) -> None:
    browser.click(".bar a", "Book")
    browser.wait_for_heading("New appointment")
    fields_are_of_one_height(browser)
    start = before + timedelta(days=1, hours=3)
    browser.fill("[name=duration]", "60")
    browser.fill("[name=day]", f"{start:%Y-%m-%d}")
    browser.fill("[name=start]", f"{start:%H:%M}")
    browser.click("main .btn.primary", "Book")
    browser.wait_for("!location.pathname.endsWith('/new/')")
    with inside(user):
        assert Appointment.objects.filter(scheduled_start=start).count() == 1


def fields_are_of_one_height(browser: Browser) -> None:
    heights = browser.run(
        "const fields = [...document.querySelectorAll('main form :is(input, select)')];"
        "return fields.filter(each => each.checkVisibility() && !['checkbox', 'radio'].includes(each.type))"
        ".map(each => Math.round(each.getBoundingClientRect().height * 10) / 10)"
    )
    assert len(heights) >= 7
    assert max(heights) - min(heights) < 0.5


def write_a_note(browser: Browser, user: User) -> None:
    browser.click(".nav a", "Clients")
    browser.wait_for_heading("Clients")
    browser.click("main a", "Yonatan Levi")
    browser.wait_for_heading("Yonatan Levi")
    browser.click(".bar button", "Write note")
    browser.wait_for("customElements.get('note-editor') && document.querySelector('[name=subjective]')")
    browser.type("[name=subjective]", "Stiff neck since Monday. כאב בצוואר")
    browser.wait_for("/^Saved \\d/.test(document.querySelector('#saved').innerText.trim())")
    assert stored(user)["subjective"] == "Stiff neck since Monday. כאב בצוואר"


def leave_a_long_note(browser: Browser, line: SlowLine, user: User) -> None:
    """Four pasted sections, and the page is left at once, over a phone's uplink."""
    texts = {name: ("כאב בצוואר. " * LONG)[: LONG - len(name)] + name for name in SECTIONS}
    line.upload, line.delay = UPLOAD, DELAY
    for name, text in texts.items():
        browser.fill(f"[name={name}]", text)
    browser.open(f"{line.url}{reverse('clients:list')}")
    until(
        lambda: stored(user) == texts,
        within=2 * PATIENCE,
        failure=lambda: f"arrived: { {name: len(text) for name, text in stored(user).items()} }",
    )
    line.upload, line.delay = None, 0


def look_at_a_hebrew_week(browser: Browser, line: SlowLine, user: User) -> None:
    speak(user, Workspace.Language.HEBREW)
    browser.open(f"{line.url}{reverse('scheduling:calendar')}")
    browser.wait_for("document.querySelector('#week')")
    places = browser.run(
        "const days = [...document.querySelectorAll('.day')].map(day => day.getBoundingClientRect().left);"
        "const root = document.documentElement;"
        "const sideways = root.scrollWidth - root.clientWidth;"
        "return { direction: root.dir, first: days[0], last: days.at(-1), sideways }"
    )
    assert places["direction"] == "rtl"
    assert places["first"] > places["last"] >= 0
    assert places["sideways"] == 0
    browser.open(f"{line.url}{reverse('scheduling:book')}")
    browser.wait_for("document.querySelector('[name=day]')")
    directions = browser.run(
        "return ['day', 'start'].map(name => document.querySelector(`[name=${name}]`))"
        ".map(each => `${getComputedStyle(each).direction} ${each.scrollWidth <= each.clientWidth + 1}`)"
    )
    assert directions == ["ltr true", "ltr true"]
    speak(user, Workspace.Language.ENGLISH)


def be_refused_and_sign_out(browser: Browser, line: SlowLine, user: User) -> None:
    browser.open(f"{line.url}{reverse('clients:list')}")
    browser.wait_for_heading("Clients")
    browser.click("main a", "Yonatan Levi")
    browser.wait_for_heading("Yonatan Levi")
    browser.open(f"{line.url}{reverse('clients:create')}")
    browser.type("[name=first_name]", "Mirjam")
    browser.type("[name=last_name]", "Weiss")
    browser.run("document.querySelector('main form').noValidate = true")
    browser.click("main summary")
    browser.fill("[name=email]", "not an address")
    browser.click("main .btn.primary")
    browser.wait_for("document.querySelector('[aria-invalid=true]')")
    browser.click("#sign-out button")
    browser.wait_for_heading("Sign in")
    with inside(user) as scope:
        [form] = scope.workspace.unsent_forms.all()
        assert ["first_name", "Mirjam"] in form.fields


def come_back(browser: Browser) -> None:
    """The refused form, the empty one and the page of a client lie behind: none shows again."""
    for _page in range(3):
        browser.back()
        browser.wait_for("document.readyState !== 'loading'")
        seen = browser.run("return document.documentElement.outerHTML")
        assert "Mirjam" not in seen
        assert "Yonatan" not in seen
    browser.wait_for_heading("Sign in")


def stored(user: User) -> dict[str, str]:
    with inside(user):
        texts: dict[str, str] = SessionNote.objects.latest("created_at").sections()
        return texts


def speak(user: User, language: str) -> None:
    with inside(user) as scope:
        scope.workspace.language = language
        scope.workspace.save()
