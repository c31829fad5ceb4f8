"""Finding and creating clients as people do: typing, by keyboard alone, without a script."""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from pazpaz.accounts.models import User
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db(transaction=True)

type Visit = Callable[..., Page]

LIST, CREATE = reverse("clients:list"), reverse("clients:create")


@pytest.fixture
def clients(dana: User) -> None:
    ClientFactory(workspace=dana.workspace, phone="030 5550 1234")
    for last in ("Adler", "Baum"):
        ClientFactory(workspace=dana.workspace, first_name="Ruth", last_name=last)


def names(page: Page) -> list[str]:
    return page.locator("tbody th").all_inner_texts()


@pytest.mark.usefixtures("clients")
def test_typing_finds_a_misspelt_name_and_enter_opens_it(visit: Visit, dana: User) -> None:
    page = visit(LIST, dana)
    page.keyboard.press("/")
    page.keyboard.type("Jonatan Lvi")
    expect(page.get_by_role("status").filter(has_text="1 client found")).to_be_visible()
    assert names(page) == ["Yonatan Levi"]
    assert page.url.endswith(LIST), "what was typed is not in the URL"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Yonatan Levi")).to_be_visible()


@pytest.mark.usefixtures("clients")
def test_escape_brings_the_whole_list_back(visit: Visit, dana: User) -> None:
    page = visit(LIST, dana)
    page.get_by_role("searchbox").press_sequentially("Nobody")
    expect(page.get_by_text("No client matches “Nobody”")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("3 clients", exact=True)).to_be_visible()
    assert names(page) == ["Ruth Adler", "Ruth Baum", "Yonatan Levi"]


@pytest.mark.usefixtures("clients")
def test_without_a_script_enter_shows_what_was_found(visit: Visit, dana: User) -> None:
    page = visit(LIST, dana, java_script_enabled=False)
    page.get_by_role("searchbox").fill("Jonatan Lvi")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 client found")).to_be_visible()
    assert names(page) == ["Yonatan Levi"]
    assert page.url.endswith(LIST)


@pytest.mark.usefixtures("clients")
def test_a_probable_duplicate_is_announced_while_typing(visit: Visit, dana: User) -> None:
    page = visit(CREATE, dana)
    page.get_by_label("First name").fill("Noam")
    page.get_by_label("Last name").fill("Levi")
    page.get_by_label("Phone", exact=False).first.fill("+49 30 55501234")
    page.keyboard.press("Tab")
    announcement = page.get_by_role("status").filter(has_text="In your list already?")
    expect(announcement).to_contain_text("Yonatan Levi same phone number")
    announcement.get_by_label("This is somebody else: create anyway").check()
    page.get_by_role("button", name="Create client").click()
    expect(page.get_by_role("heading", name="Noam Levi")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_archiving_is_undone_from_the_message(visit: Visit, dana: User, script: bool) -> None:
    client = ClientFactory(workspace=dana.workspace)
    page = visit(reverse("clients:edit", args=[client.pk]), dana, java_script_enabled=script)
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_text("Archived: Y. L.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Back in the list: Y. L.")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"{client.get_absolute_url()}$"))


def test_one_types_at_once_and_the_same_name_is_a_hint(visit: Visit, dana: User) -> None:
    ClientFactory(workspace=dana.workspace)
    page = visit(reverse("clients:create"), dana)
    expect(page.get_by_label("First name")).to_be_focused()
    page.keyboard.type("Yonatan")
    page.keyboard.press("Tab")
    page.keyboard.type("Levi")
    page.keyboard.press("Tab")
    expect(page.get_by_role("status").filter(has_text="Another client of this name")).to_be_visible()
    page.get_by_role("button", name="Create client").click()
    expect(page.get_by_text("Another client has the same name.")).to_be_visible()


def test_an_alert_stands_under_the_name_while_one_chooses(visit: Visit, dana: User) -> None:
    ClientFactory(workspace=dana.workspace, alerts=["Latex allergy"])
    page = visit(reverse("scheduling:book"), dana)
    page.keyboard.type("levi")
    choice = page.get_by_role("radio", name="Yonatan Levi")
    expect(choice).to_be_visible()
    expect(page.locator("#client-choices").get_by_text("Latex allergy")).to_be_visible()
