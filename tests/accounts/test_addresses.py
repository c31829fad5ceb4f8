"""One normal form of an address, wherever one is typed: what is pasted along unseen changes nobody."""

from __future__ import annotations

import importlib

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client
from pazpaz.accounts.models import User
from tests.accounts.helpers import Mailbox, ask_for_code, code_in, enter_code, is_signed_in
from tests.cast import inside
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db

SPELLINGS = {
    "zero width space after": "dana@example.org\u200b",
    "zero width space inside": "da\u200bna@example.org",
    "byte order mark before": "\ufeffdana@example.org",
    "word joiner in the domain": "dana@exam\u2060ple.org",
    "soft hyphen": "da\u00adna@example.org",
    "direction marks": "\u200fdana@example.org\u200e",
    "hangul filler": "dana@example.org\u3164",
    "empty braille cell": "\u2800dana@example.org",
    "variation selector": "dana\ufe0f@example.org",
    "grapheme joiner": "da\u034fna@example.org",
    "no-break space": "\u00a0dana@example.org\u00a0",
    "capitals": "Dana@Example.ORG",
    "full width": "ｄａｎａ＠ｅｘａｍｐｌｅ．ｏｒｇ",
    "full stop of a CJK keyboard": "dana@example。org",
    "end of a sentence": "dana@example.org.",
    "as a mail program copies it": "Dana Levi <dana@example.org>;",
    "as a link": "mailto:dana@example.org",
}
each_spelling = pytest.mark.parametrize("typed", SPELLINGS.values(), ids=SPELLINGS.keys())


@each_spelling
def test_it_signs_in(dana: User, typed: str, mailoutbox: Mailbox) -> None:
    browser = Browser()
    ask_for_code(browser, typed)
    assert mailoutbox[-1].to == [dana.email]
    enter_code(browser, code_in(mailoutbox[-1]))
    assert is_signed_in(browser)


@each_spelling
def test_it_is_not_invited_twice(as_dana: Browser, dana: User, typed: str) -> None:
    response = as_dana.post(reverse("accounts:invite"), {"email": typed, "role": "owner"})
    assert response.status_code == 422
    assert "This person is in your team already." in response.text


@each_spelling
def test_the_commands_know_it(dana: User, typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["create_staff", typed], ["create_workspace", "Second", "--owner", typed]):
        with pytest.raises(CommandError, match="has an account already"):
            call_command(*command)
    call_command("signin_link", typed)
    assert "/accounts/link/" in capsys.readouterr().out
    assert User.objects.count() == 1


@each_spelling
def test_a_client_is_found_by_it(as_dana: Browser, dana: User, typed: str) -> None:
    ClientFactory(workspace=dana.workspace, first_name="Yonatan", email="dana@example.org")
    page = as_dana.post(reverse("clients:duplicates"), {"first_name": "Zoe", "email": typed}).text
    assert "Yonatan" in page


def test_a_clients_address_is_stored_without_what_nobody_sees(as_dana: Browser, dana: User) -> None:
    as_dana.post(
        reverse("clients:create"),
        {"first_name": "Zoe", "last_name": "Adler", "email": "Zoe\u200b@Example.org"},
    )
    with inside(dana):
        assert Client.objects.get().email == "Zoe@Example.org"


@each_spelling
def test_a_client_may_have_it(as_dana: Browser, dana: User, typed: str) -> None:
    assert as_dana.post(reverse("clients:create"), {"first_name": "Zoe", "email": typed}).status_code == 302
    with inside(dana):
        assert Client.objects.with_email("dana@example.org").exists()
    assert "Zoe" in as_dana.post(reverse("clients:list"), {"q": typed}).text


def test_a_new_account_has_the_normal_form(dana: User) -> None:
    call_command("create_staff", "Petra\u200b@MÜNCHEN.example")
    assert User.objects.filter(email="petra@xn--mnchen-3ya.example").exists()


@pytest.mark.parametrize("typed", ["\u200b", "\u3164@\u3164", "a b@example.org", "da na@example.org", "@"])
def test_what_is_no_address_is_still_none(client: Browser, dana: User, typed: str) -> None:
    assert client.post(reverse("account_login"), {"email": typed}).status_code == 422
    with pytest.raises(CommandError, match="is not an e-mail address"):
        call_command("create_staff", typed)


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_addresses_of_before_take_the_normal_form_unless_it_is_taken(
    dana: User, noa: User, avi: User
) -> None:
    User.objects.filter(pk=noa.pk).update(email="noa@münchen.example")
    User.objects.filter(pk=avi.pk).update(email="dana\u200b@example.org")
    migration = importlib.import_module("pazpaz.accounts.migrations.0011_invitation_sent_at")
    with connections["owner"].schema_editor() as editor:
        migration.normalise_addresses(apps, editor)
    noa.refresh_from_db()
    avi.refresh_from_db()
    assert noa.email == "noa@xn--mnchen-3ya.example"
    assert avi.email == "dana\u200b@example.org", "somebody has to decide whose it is"
