"""The rules of docs/look.md that a reader would otherwise have to check by eye."""

import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string

ROOT = Path(__file__).parent.parent
STYLESHEETS = sorted((ROOT / "static/css").glob("*.css"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right|top|bottom)"
    r"|(?:min-|max-)?(?:width|height)|left|right|top|bottom)\s*:"
    r"|text-align\s*:\s*(?:left|right)"
)
REFUSED_BY_CSP = re.compile(
    r"<[^>]*\s(?:style|on[a-z]+|hx-on[\w:-]*)\s*=|<style|hx-vals=['\"]js:|javascript:"
)


# A dot stands before a part in the direction of the line; a logical side would follow the part's own.
PHYSICAL_ON_PURPOSE = {"parts.css": ["left:", "right:", "left:"]}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_stylesheet_knows_left_and_right() -> None:
    found = {path.name: PHYSICAL.findall(path.read_text()) for path in STYLESHEETS}
    assert {name: names for name, names in found.items() if names} == PHYSICAL_ON_PURPOSE


def test_app_css_imports_every_stylesheet() -> None:
    imported = re.findall(r'@import "([^"]+)" layer\(\w+\);', (ROOT / "static/css/app.css").read_text())
    # old-browser.css is for those that do not know layers.
    assert sorted([*imported, "app.css", "old-browser.css"]) == [path.name for path in STYLESHEETS]


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_holds_nothing_the_csp_refuses(path: Path) -> None:
    assert REFUSED_BY_CSP.findall(path.read_text()) == []


@pytest.mark.parametrize("page", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_an_error_page_needs_no_request_and_links_home(page: str) -> None:
    html = render_to_string(page)
    assert 'href="/"' in html
    assert "<h1>" in html


def test_a_refusal_says_its_reason() -> None:
    reason = "Assistants do not open notes."
    assert reason in render_to_string("403.html", {"reason": reason})
