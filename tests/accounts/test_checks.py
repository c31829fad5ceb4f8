"""What `manage.py check --deploy` says of settings that are not fit for production."""

from typing import Any

import pytest
from django.core.checks import Tags, run_checks
from pytest_django import Settings

GOOD = {
    "DEVELOPMENT": False,
    "HTTPS": True,
    "PAZPAZ_URL": "https://practice.example.org",
    "ALLOWED_HOSTS": ["practice.example.org"],
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
}


def ours() -> list[str]:
    found = run_checks(tags=[Tags.security], include_deployment_checks=True)
    return [message.id for message in found if message.id and message.id.startswith("pazpaz.")]


@pytest.fixture
def production(settings: Settings) -> Settings:
    for name, value in GOOD.items():
        setattr(settings, name, value)
    return settings


def test_nothing_is_said_of_a_good_server(production: Settings) -> None:
    assert ours() == []


@pytest.mark.parametrize(
    ("name", "value", "check"),
    [
        ("DEVELOPMENT", True, "pazpaz.W001"),
        ("HTTPS", False, "pazpaz.W002"),
        ("PAZPAZ_URL", "http://practice.example.org", "pazpaz.W003"),
        ("ALLOWED_HOSTS", ["*"], "pazpaz.W004"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "pazpaz.W005"),
    ],
)
def test_what_is_unfit_is_named(name: str, value: Any, check: str, production: Settings) -> None:
    setattr(production, name, value)
    assert ours() == [check]


@pytest.mark.parametrize("backend", ["db.DatabaseCache", "locmem.LocMemCache", "redis.RedisCache"])
def test_a_cache_that_does_not_sign_stops_the_start(backend: str, production: Settings) -> None:
    production.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{backend}", "LOCATION": "x"}}
    assert ours() == ["pazpaz.E001"]
