"""Tags of every template: what is the same on every page is rendered once; what every form carries."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template import engines
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from pazpaz.accounts.models import User
from pazpaz.encryption.vault import current_vault
from pazpaz.phones import telephone_uri
from pazpaz.web.announcements import Shown, to_show
from pazpaz.web.dates import format_cached
from pazpaz.web.page_author import FIELD, make_token

register = template.Library()


class _Fixed(template.Node):
    def __init__(self, nodes: NodeList) -> None:
        self.nodelist = nodes
        self.by_language: dict[str | None, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        language = get_language()
        text = self.by_language.get(language)
        if text is None:
            text = self.nodelist.render(context.new())
            if settings.RENDER_FIXED_PARTS_ONCE:
                self.by_language[language] = text
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


@register.filter
def bdi(value: object) -> SafeString:
    """Return a value in a direction of its own: a Hebrew name must not turn around the English beside it."""
    return format_html("<bdi>{}</bdi>", value)


@register.simple_tag
def sentence(text: StrOrPromise, values: Mapping[str, str]) -> SafeString:
    """Return a sentence with its values, each in a direction of its own."""
    escaped = conditional_escape(text)
    return mark_safe(escaped % {name: bdi(value) for name, value in values.items()}) if values else escaped


class _FormTokens(template.Node):
    """Django's tag, and the author of the page. A page of many forms makes them once."""

    def render(self, context: Context) -> SafeString:
        request = context.get("request")
        author = page_author(context)
        key = (str(context.get("csrf_token", "")), author)
        if request is not None and getattr(request, "_form_tokens", ("", ""))[0] == key:
            made: SafeString = request._form_tokens[1]
            return made
        inputs = mark_safe(CsrfTokenNode().render(context))
        if inputs and author:
            inputs += format_html('<input type="hidden" name="{}" value="{}">', FIELD, author)
        if request is not None:
            request._form_tokens = (key, inputs)
        return inputs


@register.tag
def csrf_token(parser: Parser, token: Token) -> template.Node:
    """Render what every form carries. It replaces Django's tag, so that no form can lack its author."""
    return _FormTokens()


@register.simple_tag(takes_context=True)
def page_author(context: Context) -> str:
    """Return the token that says whom this page is made for; nothing on pages of nobody."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return ""
    made_for, token = getattr(request, "_page_author", (None, ""))
    if made_for != user.pk:
        token = make_token(user)
        request._page_author = (user.pk, token)  # type: ignore[union-attr]
    return str(token)


@register.simple_tag
@cache
def address(view_name: str) -> str:
    """Return the URL of a view that takes no arguments: what layouts link to is looked up once."""
    return reverse(view_name)


@register.simple_tag
def fragment(name: str, **values: Any) -> SafeString:
    """Render a template of Jinja2, which escapes its values; it sees those that are named, and no others."""
    return mark_safe(engines["jinja2"].get_template(name).render(values))


@register.simple_tag
def printed_by(name: str) -> SafeString:
    """Return who prints a page, and when, to the minute: it stands over the page on paper."""
    now = timezone.localtime().replace(second=0, microsecond=0)
    words = {"name": escape(name), "printed_at": escape(format_cached(now, "DATETIME_FORMAT"))}
    return mark_safe(_("Printed by <bdi>%(name)s</bdi>, %(printed_at)s") % words)


@register.simple_tag
def pill(status: str) -> SafeString:
    """Return the word for a status in its colour: shared/_pill.html."""
    return _pill(status, get_language())


@lru_cache(maxsize=128)
def _pill(status: str, language: str | None) -> SafeString:
    context: dict[str, Any] = {"status": status}
    return mark_safe(render_to_string("shared/_pill.html", context))


@register.filter
def parts(text: str) -> SafeString:
    """Mark up "one · two" so that no line begins or ends with a dot: static/css/parts.css."""
    each = " ".join(f"<bdi>{escape(part)}</bdi>" for part in text.split(" · "))
    return mark_safe(f"<span data-parts>{each}</span>")


@register.simple_tag
def phone_link(text: str | None) -> SafeString:
    """Return a telephone number as it was typed, as a link that dials its first number where it has one.

    What has no country code is read as a number of the open practice's country.
    """
    if not text:
        return SafeString("")
    uri = telephone_uri(text, current_vault().region)
    if not uri:
        return bdi(text)
    return format_html('<a href="{}"><bdi>{}</bdi></a>', uri, text)
