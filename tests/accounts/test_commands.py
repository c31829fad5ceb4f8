"""Commands of the operator: keys, practices, platform staff."""

import base64
from io import StringIO

import pytest
from django.core.management import CommandError, call_command, load_command_class

from pazpaz.accounts.models import User, Workspace
from tests.cast import events

pytestmark = pytest.mark.django_db

COMMANDS = ["generate_key", "create_workspace", "create_staff", "signin_link"]


def run(*arguments: str) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


def test_a_key_is_32_random_bytes() -> None:
    one, two = run("generate_key").strip(), run("generate_key").strip()
    assert len(base64.b64decode(one, validate=True)) == 32
    assert one != two


def test_a_practice_comes_with_owner_keys_and_trail() -> None:
    options = "--owner Mia@Example.org --name Mia --time-zone Asia/Jerusalem --language he"
    output = run("create_workspace", "Hands", *options.split())
    mia = User.objects.select_related("workspace").get()
    assert (mia.email, mia.name, mia.role) == ("mia@example.org", "Mia", "owner")
    assert mia.workspace is not None
    assert (mia.workspace.time_zone, mia.workspace.language) == ("Asia/Jerusalem", "he")
    assert mia.workspace.country == "IL"
    assert mia.email in output
    assert {e.command for e in events(mia)} == {"create_workspace"}


@pytest.mark.parametrize(
    ("owner", "zone", "sentence"),
    [
        ("dana@example.org", "UTC", "has an account already"),
        ("no address", "UTC", "is not an e-mail address"),
        ("mia@example.org", "Mars/Base", "is not a time zone"),
    ],
)
def test_what_is_wrong_creates_nothing(owner: str, zone: str, sentence: str, dana: User) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("create_workspace", "Second", "--owner", owner, "--time-zone", zone)
    assert Workspace.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "required"),
        ("  ", "required"),
        ("Two\nlines", "line end"),
        ("\udcff", "cannot be shown"),
        ("x" * 201, "at most 200 characters"),
    ],
)
def test_a_name_is_checked_as_in_a_form(name: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("create_workspace", name, "--owner", "mia@example.org")
    assert not Workspace.objects.exists()
    if name.strip():
        with pytest.raises(CommandError, match=sentence):
            run("create_staff", "petra@pazpaz.example", "--name", name)
    assert not User.objects.exists()


@pytest.mark.parametrize("address", ["", "nonsense", "ftp://example.org", "https://", "//example.org"])
def test_a_link_leads_to_a_web_address(address: str, dana: User) -> None:
    with pytest.raises(CommandError, match="is no web address"):
        run("signin_link", dana.email, "--base-url", address)


def test_platform_staff_belong_to_no_practice() -> None:
    run("create_staff", "petra@pazpaz.example", "--name", "Petra")
    petra = User.objects.get()
    assert petra.is_staff
    assert petra.workspace is None
    with pytest.raises(CommandError, match="has an account already"):
        run("create_staff", "petra@pazpaz.example")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_in_full_sentences(name: str) -> None:
    command = load_command_class("pazpaz.operations", name)
    assert command.help[0].isupper()
    assert command.help.endswith(".")
    parser = command.create_parser("manage.py", name)
    own = {"name", "owner", "owner_name", "email", "base_url", "language", "time_zone", "country"}
    helps = [action.help for action in parser._actions if action.dest in own]
    assert all(text and text.endswith(".") for text in helps)
