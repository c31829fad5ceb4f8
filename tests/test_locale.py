"""Hebrew is complete: every text of the source has its translation, and no page shows a word of English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from babel.messages.pofile import read_po
from django.apps import apps
from django.core.mail import EmailMessage
from django.db import models
from django.test import Client as Browser
from django.urls import reverse
from django.utils import formats, translation
from django.utils.translation.template import templatize

from pazpaz.accounts.models import User, Workspace
from pazpaz.accounts.workspaces import create_workspace
from pazpaz.encryption.fields import EncryptedField
from pazpaz.operations.management.commands.makemessages import calls_of_jinja
from pazpaz.web.formats.en import formats as english_formats
from pazpaz.web.formats.he import formats as hebrew_formats
from tests.cast import inside
from tests.factories import TESTS
from tests.full_practice import Ids, fill
from tests.url_table import ASSISTANT, NOBODY_YET, OWNER, PAGES, URLS, Browsers, Url, everybody

ROOT = Path(__file__).parent.parent
CATALOGUE = ROOT / "locale/he/LC_MESSAGES/django.po"
APPS = ("audit", "clients", "pazpaz", "scheduling", "sessions")
SOURCES = sorted(
    path for app in APPS for path in (ROOT / app).rglob("*.py") if path.parent.name != "migrations"
)
TEMPLATES = sorted(
    path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".jinja", ".txt"}
)


class Text(NamedTuple):
    """What gettext looks a translation up by."""

    text: str
    plural: str = ""
    context: str = ""

    def __str__(self) -> str:
        return self.text


# -- The texts of the source, without xgettext -------------------------------------------------------------

# Functions by the names of their leading arguments.
FUNCTIONS = {
    "gettext": ("text",),
    "ngettext": ("text", "plural"),
    "pgettext": ("context", "text"),
    "npgettext": ("context", "text", "plural"),
}
ARGUMENTS = {name + lazy: arguments for name, arguments in FUNCTIONS.items() for lazy in ("", "_lazy")}
ARGUMENTS |= {"_": ("text",), "gettext_noop": ("text",)}

LITERAL = r"u?(?:'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")"
CALL = re.compile(rf"\b({'|'.join(ARGUMENTS)})\(({LITERAL}(?:,\s*{LITERAL})*)")


def calls(source: str) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
            if name in ARGUMENTS:
                yield name, node


def literals(name: str, call: ast.Call) -> list[str] | None:
    """The leading arguments of a call; None where one of them is not written out."""
    given = [node.value if isinstance(node, ast.Constant) else None for node in call.args]
    needed = given[: len(ARGUMENTS[name])]
    return [str(value) for value in needed] if len(needed) == len(ARGUMENTS[name]) and all(needed) else None


def texts_of_python(path: Path) -> Iterator[Text]:
    for name, call in calls(path.read_text()):
        if values := literals(name, call):
            yield Text(**dict(zip(ARGUMENTS[name], values, strict=True)))


def texts_of_template(path: Path) -> Iterator[Text]:
    read = calls_of_jinja if path.suffix == ".jinja" else templatize
    for name, arguments in CALL.findall(read(path.read_text())):
        values = [ast.literal_eval(literal) for literal in re.findall(LITERAL, arguments)]
        yield Text(**dict(zip(ARGUMENTS[name], values, strict=False)))


def texts_of_source() -> set[Text]:
    found = {text for path in SOURCES for text in texts_of_python(path)}
    return found | {text for path in TEMPLATES for text in texts_of_template(path)}


# -- The catalogue -----------------------------------------------------------------------------------------


def read_catalogue() -> dict[Text, list[str]]:
    """A text and its translations, one for each form of the plural."""
    with CATALOGUE.open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    entries = {}
    for message in messages:
        text, plural = [*as_list(message.id), ""][:2]
        assert not message.fuzzy, text
        entries[Text(text, plural, message.context or "")] = as_list(message.string)
    return entries


def as_list(texts: str | Iterable[str] | None) -> list[str]:
    return [texts] if isinstance(texts, str) else list(texts or ())


HEBREW = read_catalogue()
# A number for each form of the plural.
ONE_TWO_MANY = (1, 2, 5)


def compiled(text: Text) -> list[str]:
    """The translations that a page shows."""
    with translation.override("he"):
        if text.plural and text.context:
            return [translation.npgettext(text.context, text.text, text.plural, n) for n in ONE_TWO_MANY]
        if text.plural:
            return [translation.ngettext(text.text, text.plural, n) for n in ONE_TWO_MANY]
        if text.context:
            return [translation.pgettext(text.context, text.text)]
        return [translation.gettext(text.text)]


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)\w|\{\w*\}|%[sd]", text))


def test_every_text_of_the_source_is_in_the_catalogue_and_no_other() -> None:
    """`make messages` collects them; then the new ones want their Hebrew."""
    source = texts_of_source()
    assert len(source) > 500
    assert set(HEBREW) - source == set()
    assert source - set(HEBREW) == set()


def test_every_kind_of_text_of_a_jinja_template_is_collected() -> None:
    template = """{% set a = _("One") %}{{ _("%(n)s of two", n=1) }}{{ pgettext("verb", "Three") }}
        {{ ngettext("%(num)s four", "%(num)s fours", 4) }}{% trans name="x" %}Five {{ name }}{% endtrans %}"""
    assert calls_of_jinja(template).splitlines() == [
        "_('One')",
        "_('%(n)s of two')",
        "pgettext('verb', 'Three')",
        "ngettext('%(num)s four', '%(num)s fours')",
        "gettext('Five %(name)s')",
    ]


def test_a_text_is_written_out_where_it_is_translated() -> None:
    """Else nobody could collect it."""
    hidden = [
        (str(path.relative_to(ROOT)), ast.unparse(call))
        for path in SOURCES
        for name, call in calls(path.read_text())
        if literals(name, call) is None
    ]
    assert hidden == []


def test_every_text_has_its_hebrew() -> None:
    assert [text for text, hebrew in HEBREW.items() if not all(hebrew)] == []
    assert [text for text, hebrew in HEBREW.items() if not re.search("[א-ת]", "".join(hebrew))] == []


def test_placeholders_are_the_same_in_hebrew() -> None:
    """One thing and two things may go without their number; no form knows a placeholder of its own."""
    wrong = []
    for text, hebrew in HEBREW.items():
        expected = placeholders(text.text) | placeholders(text.plural)
        for form in hebrew:
            may_lack = 1 if form != hebrew[-1] else 0
            if placeholders(form) - expected or len(expected - placeholders(form)) > may_lack:
                wrong.append(form)
    assert wrong == []


def test_what_is_compiled_is_what_is_written() -> None:
    assert [text for text, hebrew in HEBREW.items() if compiled(text) != hebrew] == []


def test_every_text_stands_there_once() -> None:
    assert len(re.findall("^msgid ", CATALOGUE.read_text(), re.MULTILINE)) == len(HEBREW) + 1  # the header


def test_the_catalogue_knows_nothing_of_the_machine_it_was_made_on() -> None:
    assert not re.search(r"^#[:~]|/home/|/root/", CATALOGUE.read_text(), re.MULTILINE)


# -- Formats -----------------------------------------------------------------------------------------------


def names(module: object) -> set[str]:
    return {name for name in vars(module) if name.isupper()}


def test_both_languages_know_the_same_formats() -> None:
    """A name that one of them lacks would be printed letter by letter."""
    assert names(english_formats) == names(hebrew_formats)


def test_templates_name_their_formats() -> None:
    """A format written out would read in Hebrew as it does in English."""
    parts = {"c", "D", "Y", "Ym", "Y-m-d", "H:i"}
    known = names(english_formats) | parts
    written = {
        (path.name, written)
        for path in TEMPLATES
        for written in re.findall(r"""\|date:["']([^"']+)["']""", path.read_text())
    }
    assert {(name, written) for name, written in written if written not in known} == set()


@pytest.mark.parametrize(("language", "first_day"), [("en", 1), ("he", 0)])
def test_the_week_begins_where_the_language_has_it(language: str, first_day: int) -> None:
    with translation.override(language):
        assert formats.get_format("FIRST_DAY_OF_WEEK") == first_day


# -- Pages -------------------------------------------------------------------------------------------------

# The same in every language, and what tests.full_practice leaves outside the tables read below: the name of a
# passkey, the owner's initials, the command that has done something.
AS_THEY_ARE = {"PazPaz", "English", "JavaScript", "https", "PIN", "QR", "CSV", "Alt"} | {
    *("Safari", "iOS", "Firefox", "Chrome", "Edge"),
    "Laptop",
    "OK",
    "tests",
}


class Words(HTMLParser):
    """Every word in Latin letters that a page shows or has read out."""

    spoken = ("alt", "aria-label", "placeholder", "title")
    silent = ("code", "script", "style")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.silent:
            self.inside.append(tag)
        for name, value in attrs:
            if name in self.spoken or name.startswith("data-") and " " in (value or ""):
                self.add(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.silent:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.add(data)

    def add(self, text: str) -> None:
        self.found.update(words(text))


def words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-zÀ-ž]{2,}", text))


def words_of_the_data(owner: User) -> set[str]:
    """The words that people typed. What the trail says is for us to translate, so it does not count."""
    found: set[str] = set()
    kinds = (models.CharField, models.TextField, EncryptedField)
    with inside(owner):
        for model in apps.get_models():
            if model is not Workspace and not hasattr(model, "workspace") or model._meta.app_label == "audit":
                continue
            fields = [
                field.name for field in model._meta.fields if isinstance(field, kinds) and not field.choices
            ]
            for row in model._default_manager.all():
                found.update(*(words(str(getattr(row, name))) for name in fields))
    return found


class Practice(NamedTuple):
    ids: Ids
    browsers: Browsers
    words: set[str]


@pytest.fixture(scope="module")
def practice(shared_db: None) -> Practice:
    owner = create_workspace(
        "Katz Physiotherapy",
        owner_email="omer@example.org",
        owner_name="Omer Katz",
        time_zone="Asia/Jerusalem",
        language=Workspace.Language.HEBREW,
        actor=TESTS,
    )
    ids = fill(owner)
    browsers = everybody(owner)
    for browser in browsers.values():
        browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "he"
    return Practice(ids, browsers, words_of_the_data(owner))


def assert_hebrew(response: Any, practice: Practice) -> None:
    page = response.text
    assert '<html lang="he" dir="rtl"' in page
    assert Words(page).found - practice.words - AS_THEY_ARE == set()


@pytest.mark.parametrize("url", [url for url in PAGES if not url.is_of_admin], ids=str)
def test_a_page_has_no_word_of_english(url: Url, practice: Practice) -> None:
    assert_hebrew(practice.browsers[url.visitor].get(url.path(practice.ids)), practice)


@pytest.mark.parametrize("url", [url for url in URLS if url.post in {409, 422} and not url.is_data], ids=str)
def test_a_form_complains_in_hebrew(url: Url, practice: Practice) -> None:
    response = practice.browsers[url.visitor].post(url.path(practice.ids))
    assert response.status_code == url.post
    assert_hebrew(response, practice)


def test_a_refusal_is_in_hebrew(practice: Practice) -> None:
    note = reverse("sessions:note", kwargs=practice.ids["draft"])
    for browser, path, status in [
        (practice.browsers[ASSISTANT], note, 403),
        (practice.browsers[ASSISTANT], "/nothing-here/", 404),
        (practice.browsers[NOBODY_YET], "/nothing-here/", 404),
    ]:
        response = browser.get(path)
        assert response.status_code == status
        assert_hebrew(response, practice)


def test_letters_are_in_hebrew(
    practice: Practice, mailoutbox: list[EmailMessage], django_capture_on_commit_callbacks: Any
) -> None:
    owner = practice.browsers[OWNER]
    with django_capture_on_commit_callbacks(execute=True):
        for email in ("omer@example.org", "nobody@example.org"):
            Browser(headers={"Accept-Language": "he"}).post(reverse("account_login"), {"email": email})
        for email in ("new@example.org", "petra@pazpaz.example"):
            owner.post(reverse("accounts:invite"), {"email": email, "role": "therapist"})
    assert len(mailoutbox) == 4
    for letter in mailoutbox:
        text = re.sub(r"\S+[@/]\S+", "", f"{letter.subject} {letter.body}")
        assert words(text) - practice.words - AS_THEY_ARE == set()
