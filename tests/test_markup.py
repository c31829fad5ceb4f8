"""Templates hold the HTML: no Python writes a tag, and what a template prints is escaped."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template, engines
from django.template.loader import render_to_string
from django.test import Client as Browser
from django.urls import reverse
from jinja2 import UndefinedError

from pazpaz.accounts.models import User
from pazpaz.web.tags import fragment, sentence
from tests.factories import AppointmentFactory, ClientFactory, SessionNoteFactory

PACKAGES = ("pazpaz", "audit", "clients", "scheduling", "sessions")
TAGS = Path("pazpaz/web/tags.py")
MARKUP = re.compile(r"</?[a-zA-Z]")
# Angle brackets that are no tags, with their reasons.
EXCEPTIONS = {
    "pazpaz/accounts/admin/pages.py": "converters of URLs",
    "pazpaz/encryption/keys.py": "a repr",
    "clients/matching/ranking.py": "a named group of a pattern",
    "pazpaz/encryption/sealed.py": "a repr",
    "pazpaz/settings.py": "an e-mail address",
    "pazpaz/text.py": "a named group of a pattern",
}
NAME = "<b>O'Brien</b>"
ESCAPED = "&lt;b&gt;O&#39;Brien&lt;/b&gt;"


def sources() -> Iterator[tuple[Path, str]]:
    for package in PACKAGES:
        for path in sorted((settings.BASE_DIR / package).rglob("*.py")):
            relative = path.relative_to(settings.BASE_DIR)
            if relative != TAGS and "migrations" not in relative.parts:
                yield relative, path.read_text()


def markup_in(source: str) -> list[str]:
    """Return the strings that look like markup, without docstrings."""
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
        and MARKUP.search(node.value)
    ]


def test_no_python_writes_markup() -> None:
    found = {
        str(path): strings
        for path, source in sources()
        if not path.name.endswith("urls.py") and (strings := markup_in(source))
    }
    assert {path: strings for path, strings in found.items() if path not in EXCEPTIONS} == {}
    assert set(EXCEPTIONS) - set(found) == set(), "exceptions that are not needed"


@pytest.mark.parametrize("source", ["x = '<p>'", "x = f'{a}</p>'", "def f(): return '<b' + y"])
def test_the_rule_finds(source: str) -> None:
    assert markup_in(source)


def test_the_rule_accepts_a_docstring_and_a_comparison() -> None:
    assert not markup_in('"""Write <p>."""\nx = "1 < 2"')


def test_only_template_tags_call_a_string_safe() -> None:
    unsafe = re.compile(r"\b(mark_safe|format_html(_join)?|Markup)\b")
    assert [str(path) for path, source in sources() if unsafe.search(source)] == []


def test_a_fragment_escapes_its_values() -> None:
    html = fragment("clients/_alerts.jinja", alerts=[NAME], plain=False)
    assert ESCAPED in html
    assert NAME not in html
    # Its text is safe: the page around it does not escape it once more.
    assert Template("{{ html }}").render(Context({"html": html})) == html


def test_a_fragment_refuses_a_name_that_nobody_gave() -> None:
    with pytest.raises(UndefinedError):
        fragment("sessions/_lines.jinja")


def test_a_fragment_is_compiled_once() -> None:
    env = engines["jinja2"].env  # type: ignore[attr-defined]
    assert not env.auto_reload
    assert env.get_template("scheduling/_week.jinja") is env.get_template("scheduling/_week.jinja")


def test_a_line_break_between_tags_prints_nothing_and_any_other_one_space() -> None:
    template = engines["jinja2"].from_string(
        '<p>\n  <a href="/"\n    title="{{ x }}">\n    {{ x }}\n  </a>\n'
        '  {% if x %}\n    <b>a\n    b</b>{{ " " }}\n  {% endif %}</p>'
    )
    assert template.render({"x": 1}) == '<p><a href="/" title="1">1</a><b>a b</b> </p>'


def test_a_sentence_escapes_itself_and_its_values() -> None:
    name = ESCAPED.replace("&#39;", "&#x27;")
    assert sentence("<%(client)s>", {"client": NAME}) == f"&lt;<bdi>{name}</bdi>&gt;"
    assert sentence("100 % & more", {}) == "100 % &amp; more"


def test_conflicts_escape_the_initials() -> None:
    conflicts = [
        {"initials": NAME, "blocks": blocks, "span": {"first": "9", "last": "10"}} for blocks in (True, False)
    ]
    html = render_to_string("scheduling/_overlaps.html", {"conflicts": conflicts})
    assert html.count("<bdi>&lt;b&gt;O&#x27;Brien&lt;/b&gt;</bdi>") == 2
    assert NAME not in html


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url",
    ["/", "/calendar/", "/calendar/?view=month", "/clients/", "/to-write/", "/settings/activity/?looks=on"],
)
def test_a_name_of_markup_is_escaped_on_every_list(as_dana: Browser, dana: User, url: str) -> None:
    client = ClientFactory(workspace=dana.workspace, first_name=NAME, phone="<u>1", alerts=[NAME])
    AppointmentFactory(workspace=dana.workspace, client=client, therapist=dana)
    SessionNoteFactory(workspace=dana.workspace, client=client, author=dana)
    as_dana.get(reverse("sessions:client", args=[client.pk]))
    page = as_dana.get(url).text
    assert NAME not in page
    assert "<u>1" not in page
