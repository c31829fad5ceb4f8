"""What is rendered once: the same for everybody, in each language."""

import pytest
from django.template import engines
from django.utils import translation
from pytest_django import Settings


def render(source: str, **context: object) -> str:
    return engines["django"].from_string(source).render(context)


def test_what_is_fixed_cannot_know_who_looks() -> None:
    template = engines["django"].from_string("{{ name }}{% fixed %}[{{ name }}{{ request }}]{% endfixed %}")
    assert template.render({"name": "Dana"}) == "Dana[]"
    assert template.render({"name": "Noa"}) == "Noa[]"


def test_it_is_rendered_once_in_each_language() -> None:
    template = engines["django"].from_string(
        "{% load i18n %}{% fixed %}{% translate 'Sign out' %}{% endfixed %}"
    )
    words = []
    for language in ("en", "he", "en"):
        with translation.override(language):
            words.append(template.render({}))
    assert words[0] == words[2] == "Sign out"
    assert words[1] == "יציאה"


def test_it_can_be_switched_off(settings: Settings) -> None:
    settings.RENDER_FIXED_PARTS_ONCE = False
    template = engines["django"].from_string("{% fixed %}{% now 'u' %}{% endfixed %}")
    assert template.render({}) != template.render({})


def test_what_follows_still_sees_the_page() -> None:
    assert render("{% fixed %}one{% endfixed %} {{ name }}", name="two") == "one two"


@pytest.mark.parametrize(
    ("status", "expected"),
    [("draft", '<span class="pill warn">Draft</span>'), ("<b>", '<span class="pill">&lt;b&gt;</span>')],
)
def test_a_pill_says_a_status(status: str, expected: str) -> None:
    assert render("{% pill status %}", status=status).strip() == expected


def test_a_pill_speaks_the_language_of_the_page() -> None:
    assert "Signed" in render("{% pill 'signed' %}")
    with translation.override("he"):
        assert "Signed" not in render("{% pill 'signed' %}")


def test_paper_says_who_printed_it_without_trusting_the_name() -> None:
    line = render("{% printed_by name %}", name="<i>Dana")
    assert line.startswith("Printed by <bdi>&lt;i&gt;Dana</bdi>, ")
    with translation.override("he"):
        assert "Printed" not in render("{% printed_by name %}", name="Dana")
