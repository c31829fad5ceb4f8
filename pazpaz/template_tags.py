"""Tags of every template: what is the same on every page is rendered once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from pazpaz.announcements import Shown, to_show
from pazpaz.encryption.phones import telephone_uri
from pazpaz.encryption.vault import current_vault

register = template.Library()


class _Fixed(template.Node):
    def __init__(self, nodes: NodeList) -> None:
        self.nodelist = nodes
        self.by_language: dict[str | None, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        language = get_language()
        text = self.by_language.get(language)
        if text is None:
            text = self.by_language[language] = self.nodelist.render(context.new())
        return text


@register.tag
def fixed(parser: Parser, token: Token) -> template.Node:
    """Render what depends on the language alone, once for each: addresses of files, words that never change.

    Inside there are no variables, not even the request: what could differ between people cannot get in.
    """
    nodes = parser.parse(("endfixed",))
    parser.delete_first_token()
    return _Fixed(nodes)


@register.simple_tag(takes_context=True)
def messages_to_show(context: Context) -> list[Shown]:
    """Return the messages that wait for this page, in words."""
    messages = context.get("messages")
    return to_show(context["request"], messages) if messages else []


@register.simple_tag
def pill(status: str) -> SafeString:
    """Return the word for a status in its colour: shared/_pill.html."""
    return _pill(status, get_language())


@lru_cache(maxsize=128)
def _pill(status: str, language: str | None) -> SafeString:
    context: dict[str, Any] = {"status": status}
    return mark_safe(render_to_string("shared/_pill.html", context))


@register.simple_tag
def phone_link(text: str | None) -> SafeString:
    """Return a telephone number as it was typed, as a link that dials its first number where it has one.

    What has no country code is read as a number of the open practice's country.
    """
    if not text:
        return SafeString("")
    uri = telephone_uri(text, current_vault().region)
    if not uri:
        return format_html("<bdi>{}</bdi>", text)
    return format_html('<a href="{}"><bdi>{}</bdi></a>', uri, text)
