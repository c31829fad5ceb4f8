"""The environment of Jinja2's templates (*.jinja): lists too long for a loop of Django's templates.

A page includes one with `{% fragment "scheduling/_week.jinja" page=page %}`, which names each value it needs.
"""

from __future__ import annotations

import re
from typing import Any

from django.utils import translation
from jinja2 import Environment, StrictUndefined
from jinja2.ext import Extension, InternationalizationExtension

from pazpaz.web.tags import phone_link, pill

_BETWEEN_TAGS = re.compile(r"(?<=[>}])[ \t]*(\n)[ \t]*(?=[<{])")
_INDENTATION = re.compile(r"[ \t]*\n[ \t]*")


class WithoutIndentation(Extension):
    """Prints nothing for a line break between two tags: templates break and indent their lines freely.

    A space between two tags that should be printed stands within a line, or is written `{{ " " }}`.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        # The line break becomes a comment, so that errors still name the right line.
        return _INDENTATION.sub("\n", _BETWEEN_TAGS.sub(r"{#\1#}", source))


def environment(**options: Any) -> Environment:
    """Return the environment: it escapes values, translates texts and refuses names that do not exist."""
    made = Environment(
        **{**options, "undefined": StrictUndefined},
        extensions=[InternationalizationExtension, WithoutIndentation],
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]
        translation.gettext,
        translation.ngettext,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
        newstyle=True,
    )
    made.filters["phone_link"] = phone_link
    made.globals["pill"] = pill
    return made
