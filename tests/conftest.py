from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.checks import Tags, run_checks
from django.db import transaction
from django.test import TransactionTestCase
from django.utils import translation
from pytest_django import DjangoDbBlocker

from pazpaz.development import embedded_postgres
from tests.postgres import APP, DatabaseOfTheRun

pytest_plugins = ["tests.cast"]

type Connection = psycopg.Connection[tuple[Any, ...]]


# The files that take longest, the longest first: begun last, one of them would run alone in the end.
SLOW = (
    "tests/operations/test_kill.py",
    "tests/browser/test_engines.py",
    "tests/test_serving.py",
    "tests/operations",
    "tests/browser",
    "tests/accounts/test_unsent_endings.py",
    "tests/encryption/test_search.py",
    "tests/database/test_isolation.py",
    "tests/sessions/test_demo_days.py",
    "tests/test_htmx.py",
    "tests/test_urls.py",
    "tests/test_embedded_postgres.py",
    "tests/scheduling/test_race.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return next((n for n, prefix in enumerate(SLOW) if item.nodeid.startswith(prefix)), len(SLOW))

    items.sort(key=place)


@pytest.fixture(autouse=True)
def _forget_the_language() -> Iterator[None]:
    """A request leaves its language behind in the thread of the test client."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def database_of_the_run(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[DatabaseOfTheRun]:
    database = DatabaseOfTheRun(settings.EMBEDDED_POSTGRES_DATA)
    with django_db_blocker.unblock():
        database.create()
        refusals = run_checks(tags=[Tags.database], databases=["default"])
    if refusals:
        pytest.exit(f"The tests prove nothing as this database role: {refusals}", returncode=1)
    yield database
    with django_db_blocker.unblock():
        database.drop()


@pytest.fixture(scope="session")
def django_db_setup(database_of_the_run: DatabaseOfTheRun) -> Iterator[None]:
    """Make the test database ourselves: the tests run as the application role, which Django would not do.

    `default` is the application role and `owner` the owner. A test is rolled back as usual; one that commits
    (`transactional_db`, `live_server`) leaves a new copy of the migrated database behind.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda test_case: database_of_the_run.renew())
        yield


@pytest.fixture(scope="module")
def shared_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database for a module that mostly looks: what is arranged once stays until its last test."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def second_connection(transactional_db: None, database_of_the_run: DatabaseOfTheRun) -> Iterator[Connection]:
    """Another session of the application role, in autocommit."""
    with psycopg.connect(database_of_the_run.dsn(APP.role), autocommit=True) as connection:
        yield connection


@pytest.fixture
def superuser(transactional_db: None, database_of_the_run: DatabaseOfTheRun) -> Iterator[Connection]:
    """A superuser in autocommit: the attacker who has the database. What it does is undone after the test."""
    dsn = database_of_the_run.dsn(embedded_postgres.SUPERUSER)
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def catalogue(db: None, database_of_the_run: DatabaseOfTheRun) -> Iterator[Connection]:
    """A superuser who only reads: for tests that walk through tables, policies and grants."""
    dsn = database_of_the_run.dsn(embedded_postgres.SUPERUSER)
    with psycopg.connect(dsn, autocommit=True, options="-c default_transaction_read_only=on") as connection:
        yield connection
