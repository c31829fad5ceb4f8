"""What the templates of long lists print is escaped."""

import pytest
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from pytest_django import Settings

from pazpaz.web.jinja import environment

SOURCE = (
    "{% macro row(text) %}<i>{{ text }}</i>{% endmacro %}{{ value }}{{ row(value) }}{{ row(value ~ '<') }}"
)


@pytest.mark.parametrize("quickly", [True, False])
@pytest.mark.parametrize(
    ("value", "once", "joined"),
    [
        ("<b>&'\"", "&lt;b&gt;&amp;&#39;&#34;", "&lt;b&gt;&amp;&#39;&#34;&lt;"),
        (mark_safe("<b>&amp;</b>"), "<b>&amp;</b>", "<b>&amp;</b>&lt;"),
        (gettext_lazy("Sign out"), "Sign out", "Sign out&lt;"),
        (5, "5", "5&lt;"),
        (None, "None", "None&lt;"),
    ],
    ids=["text", "markup", "words", "number", "nothing"],
)
def test_a_value_is_escaped_once(
    settings: Settings, quickly: bool, value: object, once: str, joined: str
) -> None:
    settings.ESCAPE_JINJA_QUICKLY = quickly
    template = environment(autoescape=True).from_string(SOURCE)
    assert template.render(value=value) == f"{once}<i>{once}</i><i>{joined}</i>"
