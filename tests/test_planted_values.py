"""What somebody with the database plants there becomes neither code nor a session.

First the attack as it was found. Then its kind: a pickle, and a forged identity, in every column that can
hold one, table by table, and every URL of the site walked.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.apps import apps
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection, transaction
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoDbBlocker, Settings

from pazpaz.accounts.keyring import forget_keys
from pazpaz.accounts.models import User
from pazpaz.accounts.used_codes import use_up
from pazpaz.development import embedded_postgres
from tests.accounts.helpers import ask_for_code, is_signed_in
from tests.database.two_practices import attach
from tests.factories import make_owner
from tests.full_practice import Ids, fill
from tests.planting import Code, Intruder, PlantedIdentity, PlantedPickle, in_base64
from tests.postgres import DatabaseOfTheRun
from tests.url_table import NOBODY_YET, STAFF, URLS, Browsers, everybody

# The attack -------------------------------------------------------------------------------------------------


def plant_in_cache(key: str, value: str) -> None:
    """What SQL injected as the application role can write."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pazpaz_cache (cache_key, value, expires) VALUES (%s, %s, now() + interval '1 hour')",
            [key, value],
        )


def keys_of_link(token: str) -> list[str]:
    """Where the cache held links."""
    digest = sha256(token.encode()).hexdigest()
    return [f":{version}:signin-link:{digest}" for version in (1, 2)]


@pytest.mark.django_db
def test_a_planted_pickle_does_not_run(client: Browser, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    for key in keys_of_link("guessed"):
        plant_in_cache(key, in_base64(Code(marker)))
    for answer in (client.get("/accounts/link/guessed/"), client.post("/accounts/link/guessed/")):
        assert answer.status_code == 410
    assert not marker.exists()


@pytest.mark.django_db
def test_a_planted_value_is_no_sign_in_link(client: Browser, dana: User) -> None:
    for key in keys_of_link("guessed"):
        plant_in_cache(key, in_base64(dana.pk.int))
    for key in keys_of_link("another"):
        plant_in_cache(key, in_base64(str(dana.pk)))
    for token in ("guessed", "another"):
        path = f"/accounts/link/{token}/"
        assert [client.get(path).status_code, client.post(path).status_code] == [410, 410]
        assert not is_signed_in(client)


# The kind ---------------------------------------------------------------------------------------------------

TABLES = sorted(
    {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    | {"pazpaz_cache", "django_migrations"}
)
GUESSED = "guessed"


@dataclass(frozen=True)
class Site:
    intruder: Intruder
    browsers: Browsers
    people: dict[str, UUID | None]
    ids: Ids


@pytest.fixture(scope="module")
def site(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, database_of_the_run: DatabaseOfTheRun
) -> Iterator[Site]:
    """A practice full of everything and somebody signed in for each role; what is planted is committed."""
    dsn = database_of_the_run.dsn(embedded_postgres.SUPERUSER)
    with django_db_blocker.unblock(), psycopg.connect(dsn, autocommit=True) as superuser:
        dana = make_owner("dana@example.org", "Dana Levi", "Practice of Dana Levi")
        ids = fill(dana)
        attach(dana)
        use_up(dana, "123456")
        browsers = everybody(dana)
        people: dict[str, UUID | None] = {NOBODY_YET: None}
        for role, browser in browsers.items():
            browser.raise_request_exception = False
            if role != NOBODY_YET:
                people[role] = UUID(browser.session[SESSION_KEY])
        # Limits that count, and what the cache held when links were in it.
        ask_for_code(Browser(), dana.email)
        for key in keys_of_link(GUESSED):
            plant_in_cache(key, "1")
        yield Site(Intruder(superuser), browsers, people, ids)
        database_of_the_run.renew()


def walk(site: Site, *, thoroughly: bool) -> list[str]:
    """Ask for every URL. Returns where somebody is who was not, or another person."""
    found = []
    for url in URLS:
        asked = []
        if NOBODY_YET in url.roles:
            asked = [(NOBODY_YET, method) for method in url.methods]
        elif not thoroughly:
            asked = [(NOBODY_YET, url.methods[0])]
        if thoroughly:
            asked.append((url.visitor, url.methods[0]))
        # This link is a true one.
        link_of = site.ids["member"]["member_id"] if url.name == "account_signin_link" else None
        found += [
            f"{role} {method} {url}"
            for role, method in dict.fromkeys(asked)
            if ask(site, role, method, url.path(site.ids)) not in (None, site.people[role], link_of)
        ]
    for role in site.browsers:
        if ask(site, role, "GET", reverse("accounts:security")) not in (None, site.people[role]):
            found.append(role)
    for name in ("account_signin_link", "account_invitation"):
        if ask(site, NOBODY_YET, "POST", reverse(name, args=[GUESSED]), name="Mallory") is not None:
            found.append(f"a guessed {name}")
    for email in ("dana@example.org", "nobody@example.org"):
        ask(site, NOBODY_YET, "POST", reverse("account_login"), email=email)
    return found


def ask(site: Site, role: str, method: str, path: str, **fields: str) -> UUID | None:
    """Return who the server believes to be asking, after one request; what it changed is undone."""
    browser = site.browsers[role]
    cookies = deepcopy(browser.cookies)
    with transaction.atomic():
        response: Any = browser.post(path, fields) if fields else browser.generic(method, path)
        who = person_of(response)
        transaction.set_rollback(True)
    browser.cookies = cookies
    return who


def person_of(response: Any) -> UUID | None:
    request = response.wsgi_request
    if response.status_code < 500:
        return request.user.pk if request.user.is_authenticated else None
    # An error: but perhaps somebody was signed in before it.
    known = getattr(request.session, "_session_cache", {}).get(SESSION_KEY)
    return UUID(known) if known else None


def test_every_table_of_the_database_is_planted(site: Site) -> None:
    tables = site.intruder.superuser.execute(
        "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') "
        "AND relnamespace = 'public'::regnamespace ORDER BY 1"
    ).fetchall()
    assert [table for (table,) in tables] == TABLES
    planted = [c for table in TABLES for c in site.intruder.columns(table) if c.can_hold_one]
    assert len(planted) > 80


@pytest.mark.parametrize("table", TABLES)
def test_no_value_of_the_database_becomes_code(table: str, site: Site, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    for in_keys in (False, True):
        with site.intruder.planted(table, PlantedPickle(marker), in_keys=in_keys) as is_planted:
            if is_planted:
                forget_keys()
                assert walk(site, thoroughly=True) == []
    assert not marker.exists()


@pytest.mark.parametrize("table", TABLES)
def test_no_value_of_the_database_becomes_a_session(table: str, site: Site) -> None:
    staff = str(site.people[STAFF])
    backend = "pazpaz.accounts.backends.SignInBackend"
    session = {SESSION_KEY: staff, BACKEND_SESSION_KEY: backend, HASH_SESSION_KEY: ""}
    for in_keys in (False, True):
        with site.intruder.planted(table, PlantedIdentity(session, staff), in_keys=in_keys) as is_planted:
            if is_planted:
                forget_keys()
                assert walk(site, thoroughly=False) == []


def test_a_cache_that_unpickles_is_found(site: Site, tmp_path: Path, settings: Settings) -> None:
    """The tests above can fail: this is what they would see."""
    marker = tmp_path / "ran"
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "pazpaz_cache"}
    }
    ask_for_code(Browser(), "dana@example.org")
    with site.intruder.planted("pazpaz_cache", PlantedPickle(marker), in_keys=False):
        walk(site, thoroughly=False)
    assert marker.exists()
