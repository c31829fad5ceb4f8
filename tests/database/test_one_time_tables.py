"""What the application role may do with sign-in links and used codes: what the code does, no more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from pazpaz.accounts.models import SigninLink, UsedCode, User
from pazpaz.accounts.signin_links import make_link
from pazpaz.accounts.used_codes import use_up
from tests.cast import inside
from tests.conftest import Connection
from tests.database import catalogue as rules

pytestmark = pytest.mark.django_db

OUTSIDE = "(( SELECT pazpaz_open_workspace() AS pazpaz_open_workspace) IS NULL)"
OVER = "(expires_at < now())"
# By table: the policies, as PostgreSQL tells them, and the grants, table-wide and by column.
TABLES = {
    "accounts_signinlink": (
        {
            "find": ("r", OUTSIDE, None),
            "make": ("a", None, "(used_at IS NULL)"),
            "use_once": ("w", "(used_at IS NULL)", "(used_at IS NOT NULL)"),
            "purge": ("d", OVER, None),
        },
        {"SELECT", "INSERT", "DELETE"},
        {"used_at", "seal"},
    ),
    "accounts_usedcode": (
        {"find": ("r", OVER, None), "make": ("a", None, "true"), "purge": ("d", OVER, None)},
        {"SELECT", "INSERT", "DELETE"},
        set(),
    ),
}


@pytest.mark.parametrize("table", TABLES)
def test_policies_and_grants_are_these(catalogue: Connection, table: str) -> None:
    policies, grants, changeable = TABLES[table]
    found = catalogue.execute(
        "SELECT polname::text, polcmd::text, pg_get_expr(polqual, polrelid), "
        "pg_get_expr(polwithcheck, polrelid) FROM pg_policy "
        "WHERE polrelid = %s::regclass AND polname <> 'owner'",
        [table],
    ).fetchall()
    assert {name: tuple(rest) for name, *rest in found} == policies
    assert catalogue.execute(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", [table]
    ).fetchall() == [(True, True)]
    assert {(rules.APP, grant) for grant in grants} == set(
        catalogue.execute(rules.GRANTS, [table]).fetchall()
    )
    columns = catalogue.execute(
        "SELECT attname::text, privilege_type FROM pg_attribute, aclexplode(attacl) "
        "WHERE attrelid = %s::regclass",
        [table],
    ).fetchall()
    assert set(columns) == {(column, "UPDATE") for column in changeable}


@pytest.fixture
def a_link(dana: User) -> None:
    make_link(dana)
    assert use_up(dana, "123456")


def changed(statement: str) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_signinlink SET user_id = gen_random_uuid()",
        "UPDATE accounts_signinlink SET expires_at = now() + interval '1 year'",
        "UPDATE accounts_signinlink SET used_at = NULL",
        "INSERT INTO accounts_signinlink SELECT gen_random_uuid(), 'x', now(), now(), 'x', user_id "
        "FROM accounts_signinlink",
        "UPDATE accounts_usedcode SET expires_at = now()",
        "TRUNCATE accounts_usedcode",
    ],
)
def test_a_row_is_not_altered(a_link: None, statement: str) -> None:
    with pytest.raises(DatabaseError):
        changed(statement)


def test_a_live_row_is_not_deleted_and_a_used_code_not_read(a_link: None) -> None:
    assert changed("DELETE FROM accounts_signinlink") == 0
    assert changed("DELETE FROM accounts_usedcode") == 0
    assert changed("SELECT digest FROM accounts_usedcode") == 0


def test_a_used_link_stays_used(a_link: None) -> None:
    assert changed("UPDATE accounts_signinlink SET used_at = now()") == 1
    assert changed("UPDATE accounts_signinlink SET used_at = now()") == 0


def test_no_link_is_seen_inside_a_scope(a_link: None, dana: User) -> None:
    with inside(dana):
        assert not SigninLink.objects.exists()
    assert SigninLink.objects.count() == 1


def test_what_has_expired_goes_when_the_next_is_made(a_link: None, dana: User) -> None:
    past = timezone.now() - timedelta(days=1)
    SigninLink.objects.create(user=dana, token_digest=b"old", expires_at=past, seal=b"")
    UsedCode.objects.create(digest=b"old", expires_at=past)
    make_link(dana)
    assert use_up(dana, "654321")
    assert SigninLink.objects.filter(token_digest=b"old").count() == 0
    assert UsedCode.objects.count() == 0
