"""What must hold before anything starts, beside the checks of the database role in pazpaz.database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.admin.sites import all_sites
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.utils.module_loading import import_string

from pazpaz.cache import SignedCache
from pazpaz.encryption.errors import BadKey
from pazpaz.encryption.models import encrypted_fields
from pazpaz.encryption.providers import master_keys
from pazpaz.encryption.registry import check_models

SILENT_MAIL = {"console", "dummy", "filebased", "locmem"}

register(check_models, Tags.models)


@register(Tags.security)
def master_keys_load(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """A key ring that does not load is said at start, not by the first request."""
    try:
        master_keys()
    except BadKey as error:
        return [Error(f"The master keys do not load: {error}", id="keys.E001")]
    return []


@register(Tags.security)
def caches_are_signed(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """Every cache holds signed values, in a store that all processes share: limits on guessing live there."""
    return [
        Error(
            f"The cache {alias!r} believes what its store says: a value planted there could become code or a "
            "session.",
            hint="Unset CACHE_URL to keep it in the database, or name a Redis server.",
            id="pazpaz.E001",
        )
        for alias, configured in settings.CACHES.items()
        if not issubclass(import_string(configured["BACKEND"]), SignedCache)
    ]


@register(Tags.admin)
def admin_shows_nothing_encrypted(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """No admin site may show a model with encrypted fields, neither on its own nor inside another one."""
    return [
        Error(
            f"{model._meta.label} has encrypted fields, so {type(shown_by).__name__} may not show it.",
            hint="Client data belongs to its practice; platform staff do not see it. Unregister the model.",
            obj=model,
            id="accounts.E001",
        )
        for site in all_sites
        for model_admin in site._registry.values()
        for shown_by, model in [
            (model_admin, model_admin.model),
            *((inline, inline.model) for inline in model_admin.inlines),
        ]
        if encrypted_fields(model)
    ]


@register(Tags.security, deploy=True)
def production_is_complete(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """What makes a production server safe and does not stop it from starting."""
    return [Warning(text, hint=hint, id=id) for id, text, hint in _production_lacks()]


def _production_lacks() -> Iterator[tuple[str, str, str]]:
    if settings.DEVELOPMENT:
        yield (
            "pazpaz.W001",
            "This is a development machine: the database and its keys lie under var/.",
            "Set DATABASE_URL, OWNER_DATABASE_URL and a master key; see the README.",
        )
    if not settings.HTTPS:
        yield (
            "pazpaz.W002",
            "HTTPS is off: cookies and notes travel in clear.",
            "Unset HTTPS, or set it to true.",
        )
    if not settings.PAZPAZ_URL.startswith("https://"):
        yield (
            "pazpaz.W003",
            "PAZPAZ_URL is no https address.",
            "Links in e-mails lead there: https://practice.example.org",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield "pazpaz.W004", "ALLOWED_HOSTS accepts every host name.", "Name the host names of this site."
    if settings.EMAIL_BACKEND.split(".")[-2] in SILENT_MAIL and not settings.DEVELOPMENT:
        yield (
            "pazpaz.W005",
            "E-mail goes nowhere, so nobody can sign in by code.",
            "Set EMAIL_URL: smtp+tls://…",
        )
