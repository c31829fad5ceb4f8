"""The forms of a page as a browser sees them, to fill in whatever can be typed into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

TYPED = {"text", "search", "email", "tel", "url", "password", "date", "time", "number", "textarea"}


@dataclass
class PageForm:
    """Where a form goes, what it sends as it stands, and the kind of each field that somebody types into."""

    action: str
    data: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.forms: list[PageForm] = []
        self.by_id: dict[str, PageForm] = {}
        self.open: PageForm | None = None
        self.text_of: tuple[PageForm, str] | None = None
        self.select: tuple[PageForm, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._begin(given)
        elif tag == "option" and self.select:
            form, name = self.select
            if "selected" in given or not form.data.get(name):
                form.data[name] = given.get("value", "")
        elif tag in {"input", "textarea", "select"} and given.get("name") and "disabled" not in given:
            form_of_field = self.by_id.get(given["form"]) if "form" in given else self.open
            if form_of_field is not None:
                self._field(tag, given, form_of_field)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "textarea":
            self.text_of = None
        elif tag == "select":
            self.select = None

    def handle_data(self, data: str) -> None:
        if self.text_of:
            form, name = self.text_of
            form.data[name] += data

    def _begin(self, given: dict[str, str]) -> None:
        self.open = PageForm(given.get("action") or self.path)
        if given.get("method", "get").lower() == "post":
            self.forms.append(self.open)
        if "id" in given:
            self.by_id[given["id"]] = self.open

    def _field(self, tag: str, given: dict[str, str], form: PageForm) -> None:
        name, kind = given["name"], given.get("type", "text") if tag == "input" else tag
        if tag == "select":
            self.select = form, name
            form.data[name] = ""
        elif kind in {"radio", "checkbox"}:
            if "checked" in given or (kind == "radio" and name not in form.data):
                form.data[name] = given.get("value", "on")
        elif kind not in {"submit", "button", "image", "reset", "file"}:
            form.data[name] = given.get("value", "")
            if kind in TYPED:
                form.typed[name] = kind
            if tag == "textarea":
                self.text_of = form, name


def forms_of(path: str, html: str) -> Iterator[PageForm]:
    """The forms of a page that are sent by POST and have something to type into."""
    return (form for form in all_forms(path, html) if form.typed)


def all_forms(path: str, html: str) -> list[PageForm]:
    """The forms of a page that are sent by POST."""
    reader = _Reader(path)
    reader.feed(html)
    return reader.forms
