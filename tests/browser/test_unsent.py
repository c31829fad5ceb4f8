"""A session ends while somebody types: by the server's clock, by the page's, or in another tab."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, Route, expect

from clients.models import Client
from pazpaz.accounts.models import UnsentForm, User
from pazpaz.accounts.session_clock import SEEN_AT
from pazpaz.accounts.session_store import SessionStore
from sessions.models import SessionNote
from tests.accounts.helpers import code_in
from tests.cast import inside
from tests.conftest import Connection
from tests.factories import ClientFactory, SessionNoteFactory

pytestmark = pytest.mark.django_db(transaction=True)

type Visit = Callable[..., Page]
type OpenWindow = Callable[..., BrowserContext]

CREATE = reverse("clients:create")
HISTORY = ("Fell from a horse <1987> & recovered; “sciatica” since. דליפה קלה.\n" * 100)[:5000].strip()
MINUTES = 60


def session_of(page: Page) -> SessionStore:
    [key] = [c["value"] for c in page.context.cookies() if c.get("name") == settings.SESSION_COOKIE_NAME]
    return SessionStore(key)


def expire(page: Page) -> None:
    """Let the session idle for an hour, on the server alone."""
    session = session_of(page)
    session[SEEN_AT] -= 60 * 60
    session.save()


def leave_alone(*pages: Page) -> None:
    """Let their time run out."""
    for page in pages:
        page.locator("idle-warning").evaluate("element => { element.moved = false; element.endsAt = 0 }")


def expect_sign_in(page: Page) -> None:
    """The page takes a few seconds to save, sign out, and try again where the network was away."""
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=15_000)


def fill_in(page: Page) -> None:
    page.get_by_label("First name").fill("Mirjam")
    page.get_by_label("Last name").fill("O’Neill")
    if page.get_by_label("Medical history").is_hidden():
        page.get_by_text("More about this client").click()
    page.get_by_label("Medical history").fill(HISTORY)


def sign_in(page: Page, mailbox: list[EmailMessage], email: str = "dana@example.org") -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()
    page.get_by_label("Code").fill(code_in(mailbox[-1]))
    page.get_by_role("button", name="Sign in", exact=True).click()


def save_what_was_kept(page: Page) -> None:
    expect(page.get_by_text("Nothing is lost.")).to_be_visible()
    expect(page.get_by_text("Fell from a horse <1987> & recovered").first).to_be_visible()
    page.get_by_role("button", name="Save now").click()
    expect(page.get_by_role("heading", name="Mirjam O’Neill")).to_be_visible()


def assert_saved(user: User) -> None:
    with inside(user) as scope:
        [client] = Client.objects.all()
        assert client.medical_history == HISTORY
        assert not scope.workspace.unsent_forms.exists()


def kept(user: User) -> list[UnsentForm]:
    with inside(user) as scope:
        return list(scope.workspace.unsent_forms.all())


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_long_text_survives_the_end_of_its_session(
    visit: Visit,
    dana: User,
    mailoutbox: list[EmailMessage],
    second_connection: Connection,
    script: bool,
) -> None:
    page = visit(CREATE, dana, java_script_enabled=script)
    fill_in(page)
    expire(page)
    page.get_by_role("button", name="Create client").click()
    expect_sign_in(page)
    assert "Mirjam" not in page.content()
    sign_in(page, mailoutbox)
    save_what_was_kept(page)
    assert_saved(dana)
    with second_connection.transaction():
        second_connection.execute("SELECT set_config('pazpaz.workspace', %s, true)", [str(dana.workspace_id)])
        assert second_connection.execute(
            "SELECT (SELECT count(*) FROM clients_client), (SELECT count(*) FROM accounts_unsentform)"
        ).fetchall() == [(1, 0)]


def test_a_look_for_duplicates_in_an_ended_session_takes_no_text_away(
    visit: Visit, dana: User, mailoutbox: list[EmailMessage]
) -> None:
    page = visit(CREATE, dana)
    fill_in(page)
    expire(page)
    page.get_by_label("Last name").fill("O’Neill-Katz")
    page.keyboard.press("Tab")  # htmx asks, and is sent to sign in
    expect_sign_in(page)
    sign_in(page, mailoutbox)
    expect(page.get_by_text("O’Neill-Katz")).to_be_visible()
    page.get_by_role("button", name="Save now").click()
    expect(page.get_by_role("heading", name="Mirjam O’Neill-Katz")).to_be_visible()
    assert_saved(dana)


def test_a_look_for_duplicates_does_not_overtake_the_form_itself(visit: Visit, dana: User) -> None:
    """The last field was just left for the button: htmx is sent to sign in while the form is on its way."""
    page = visit(CREATE, dana)
    page.get_by_label("First name").fill("Mirjam")
    page.get_by_label("Last name").fill("O’Neill")
    expire(page)
    on_its_way: list[Route] = []
    page.route(f"**{CREATE}", lambda route: on_its_way.append(route))
    with page.expect_response(lambda response: "hx-redirect" in response.headers):
        page.get_by_role("button", name="Create client").click(no_wait_after=True)
    page.wait_for_timeout(100)  # htmx would have left by now
    on_its_way[0].continue_()
    expect_sign_in(page)
    [unsent] = kept(dana)
    with inside(dana):
        assert ["first_name", "Mirjam"] in unsent.fields


def test_a_page_left_alone_gives_its_text_away_before_it_signs_out(
    open_window: OpenWindow, dana: User, mailoutbox: list[EmailMessage]
) -> None:
    note = SessionNoteFactory(workspace=dana.workspace)
    with inside(dana):
        note.sign(dana, version=note.version)
    window = open_window(dana)
    page, other = window.new_page(), window.new_page()
    page.goto(CREATE)
    fill_in(page)
    other.goto(reverse("sessions:note-amend", args=[note.pk]))
    other.get_by_label("Reason").fill("Left and right mixed up")
    leave_alone(page, other)
    for tab in (page, other):
        expect_sign_in(tab)
    assert len(kept(dana)) == 2
    sign_in(page, mailoutbox)
    save_what_was_kept(page)
    page.goto("/")
    page.get_by_role("link", name="Amend note").click()
    expect(page.get_by_text("Left and right mixed up")).to_be_visible()
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(page.get_by_text("Discarded.")).to_be_visible()
    assert not kept(dana)


@pytest.mark.parametrize("tells_the_status", [True, False], ids=["Chromium", "as in WebKit"])
def test_a_form_that_was_refused_is_typed_text_too(visit: Visit, dana: User, tells_the_status: bool) -> None:
    page = visit(CREATE, dana)
    if not tells_the_status:
        page.add_init_script("delete PerformanceResourceTiming.prototype.responseStatus")
    fill_in(page)
    page.get_by_label("E-mail").fill("mirjam@example")  # which a browser takes for an address
    page.get_by_role("button", name="Create client").click()
    expect(page.locator("#id_email_error")).to_be_visible()
    leave_alone(page)
    expect_sign_in(page)
    assert len(kept(dana)) == 1


def test_typing_is_activity_here_and_on_the_server(visit: Visit, dana: User) -> None:
    page = visit(CREATE, dana)
    page.clock.install()
    page.reload()
    for _round in range(3):
        page.clock.fast_forward(10 * MINUTES * 1000)
        session = session_of(page)
        session[SEEN_AT] -= 10 * MINUTES
        session.save()
        with page.expect_response("**/keepalive/") as answer:
            page.get_by_label("First name").press("a")
        assert answer.value.status == 204
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_label("First name")).to_have_value("aaa")


def test_the_server_is_told_once_a_minute_at_most(visit: Visit, dana: User) -> None:
    page = visit(CREATE, dana)
    page.clock.install()
    page.reload()
    told: list[str] = []
    page.on("request", lambda request: told.append(request.url) if "keepalive" in request.url else None)
    for _second in range(130):
        page.get_by_label("First name").press("a")
        page.clock.run_for(1000)
    assert len(told) == 2


def test_a_page_from_before_the_last_sign_in_loses_nothing(
    open_window: OpenWindow, dana: User, mailoutbox: list[EmailMessage]
) -> None:
    window = open_window(dana)
    page, other = window.new_page(), window.new_page()
    page.goto(CREATE)
    fill_in(page)
    other.goto("/")
    other.get_by_role("button", name="Sign out").click()
    sign_in(other, mailoutbox)
    expect(other.get_by_role("heading", name="Today")).to_be_visible()
    page.get_by_role("button", name="Create client").click()
    save_what_was_kept(page)
    assert_saved(dana)


def test_signing_out_in_the_middle_of_a_form_keeps_it(visit: Visit, dana: User) -> None:
    page = visit(CREATE, dana)
    fill_in(page)
    page.get_by_role("button", name="Sign out").click()
    expect_sign_in(page)
    assert len(kept(dana)) == 1


def test_without_the_network_the_page_waits_unseen(visit: Visit, dana: User) -> None:
    page = visit(CREATE, dana)
    fill_in(page)
    page.context.set_offline(True)
    leave_alone(page)
    expect(page.get_by_label("First name")).to_be_hidden()
    page.context.set_offline(False)
    expect_sign_in(page)
    assert len(kept(dana)) == 1


def hold_scripts_back(page: Page) -> Callable[[], None]:
    """A slow line: no module arrives before the returned function was called."""
    waiting: list[Route] = []
    has_come = False

    def hold(route: Route) -> None:
        if has_come:
            route.continue_()
        else:
            waiting.append(route)

    def let_them_come() -> None:
        nonlocal has_come
        has_come = True
        for route in waiting:
            route.continue_()

    page.route("**/js/*.js", hold)
    return let_them_come


def test_what_is_typed_before_the_script_is_there_is_typed_text_too(visit: Visit, dana: User) -> None:
    page = visit("/", dana)
    let_scripts_come = hold_scripts_back(page)
    page.goto(CREATE, wait_until="commit")
    page.get_by_label("First name").fill("Mirjam")
    page.get_by_label("Last name").fill("O’Neill")
    let_scripts_come()
    page.wait_for_load_state("load")
    page.get_by_role("button", name="Sign out").click()
    expect_sign_in(page)
    [unsent] = kept(dana)
    with inside(dana):
        assert ["first_name", "Mirjam"] in unsent.fields


def test_a_page_that_nobody_typed_into_leaves_nothing_behind(visit: Visit, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, medical_history=HISTORY, date_of_birth="1987-03-04")
    page = visit(reverse("clients:edit", args=[client.pk]), dana)
    page.get_by_role("button", name="Sign out").click()
    expect_sign_in(page)
    assert not kept(dana)


def test_signing_out_everywhere_else_takes_no_text_away(
    visit: Visit, open_window: OpenWindow, dana: User, mailoutbox: list[EmailMessage]
) -> None:
    page, phone = open_window().new_page(), open_window().new_page()
    for window in (page, phone):
        window.goto("/")
        sign_in(window, mailoutbox)
        expect(window.get_by_role("heading", name="Today")).to_be_visible()
    page.goto(CREATE)
    fill_in(page)
    phone.goto(reverse("accounts:security"))
    phone.get_by_role("button", name="Sign out everywhere else").click()
    expect(phone.get_by_text("other session")).to_be_visible()
    page.get_by_role("button", name="Create client").click()
    expect_sign_in(page)
    sign_in(page, mailoutbox)
    save_what_was_kept(page)
    assert_saved(dana)


def test_a_page_whose_session_was_ended_elsewhere_gives_its_text_away_while_one_types(
    visit: Visit, dana: User
) -> None:
    page = visit(CREATE, dana)
    fill_in(page)
    session_of(page).delete()
    page.locator("idle-warning").evaluate("element => { element.heardAt -= 60_000 }")
    page.get_by_label("First name").press("a")
    expect_sign_in(page)
    assert len(kept(dana)) == 1


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("who", ["noa", "omer"], ids=["of the practice", "of another practice"])
def test_a_page_sent_after_another_person_signed_in_is_kept_for_its_author(
    open_window: OpenWindow,
    dana: User,
    noa: User,
    omer: User,
    mailoutbox: list[EmailMessage],
    script: bool,
    who: str,
) -> None:
    other = {"noa": noa, "omer": omer}[who]
    window = open_window(dana, java_script_enabled=script)
    page, tab = window.new_page(), window.new_page()
    page.goto(CREATE)
    fill_in(page)
    tab.goto("/")
    tab.get_by_role("button", name="Sign out").click()
    sign_in(tab, mailoutbox, other.email)
    expect(tab.get_by_role("heading", name="Today")).to_be_visible()

    page.get_by_role("button", name="Create client").click()
    expect(page.get_by_text("What was typed is kept for the person who opened the page")).to_be_visible()
    assert "Mirjam" not in page.content()
    tab.reload()
    expect(tab.get_by_text("Unsent text")).to_be_hidden()
    with inside(other) as scope:
        assert not scope.workspace.unsent_forms.exclude(user=dana).exists()
        assert not scope.workspace.clients.exists()

    tab.get_by_role("button", name="Sign out").click()
    sign_in(tab, mailoutbox)
    tab.get_by_role("link", name="New client").click()
    save_what_was_kept(tab)
    assert_saved(dana)


@pytest.mark.parametrize("who", ["", "noa"], ids=["nobody", "a colleague"])
def test_a_note_typed_after_its_session_was_ended_is_kept_for_its_author(
    visit: Visit, dana: User, noa: User, mailoutbox: list[EmailMessage], who: str
) -> None:
    note = SessionNoteFactory(workspace=dana.workspace, plan="")
    page = visit(reverse("sessions:note", args=[note.pk]), dana)
    page.get_by_label("Plan").fill("Heat,")
    expect(page.locator("#saved")).to_contain_text("Saved")
    tab = page.context.new_page()
    tab.goto("/")
    tab.get_by_role("button", name="Sign out").click()
    expect_sign_in(tab)
    if who:
        sign_in(tab, mailoutbox, noa.email)
        expect(tab.get_by_role("heading", name="Today")).to_be_visible()
    page.get_by_label("Plan").press_sequentially(" three more")
    expect(page.locator("#saved")).to_contain_text("Not saved")
    page.get_by_label("Plan").press_sequentially(" sessions")
    page.get_by_label("Subjective").fill(HISTORY)
    with page.expect_response("**/save/"):
        page.get_by_label("Objective").focus()
    page.close(run_before_unload=False)
    tab.goto("/")
    if who:
        expect(tab.get_by_text("Unsent text")).to_be_hidden()
        tab.get_by_role("button", name="Sign out").click()
    sign_in(tab, mailoutbox)
    tab.get_by_role("link", name="Session note").click()
    expect(tab.get_by_text("Heat, three more sessions")).to_be_visible()
    tab.get_by_role("button", name="Save now").click()
    expect(tab.get_by_label("Plan")).to_have_value("Heat, three more sessions")
    with inside(dana):
        stored = SessionNote.objects.get()
        assert stored.plan == "Heat, three more sessions"
        assert stored.subjective == HISTORY
    assert not kept(dana)
