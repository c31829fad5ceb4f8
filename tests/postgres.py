"""The database of one test run.

The migrations run once, into a template; the tests see a copy of it. After a test that commits, a superuser
deletes the rows it left. A test that changed more than rows (a trigger, a grant, what migrations put in, the
statistics of the planner) leaves other catalogues behind; after it the template is copied again.
"""

import os
import re
import secrets
from pathlib import Path
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from pazpaz.database.roles import Login, prepare_database
from pazpaz.development import embedded_postgres

OWNER = Login("pazpaz_owner")
APP = Login("pazpaz_app")
# Where everything stands that belongs to a database and is not a row of a table of ours.
CATALOGUES = (
    "pg_attrdef",
    "pg_attribute",
    "pg_cast",
    "pg_class",
    "pg_constraint",
    "pg_default_acl",
    "pg_depend",
    "pg_enum",
    "pg_event_trigger",
    "pg_extension",
    "pg_index",
    "pg_namespace",
    "pg_operator",
    "pg_policy",
    "pg_proc",
    "pg_rewrite",
    "pg_statistic",
    "pg_statistic_ext",
    "pg_trigger",
    "pg_type",
)
END_OTHER_SESSIONS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
SEQUENCES = """
SELECT pg_class.relname FROM pg_class JOIN pg_depend ON objid = pg_class.oid AND deptype IN ('a', 'i')
WHERE relkind = 'S' AND refobjid = ANY(%s::regclass[])
"""
ALWAYS_FIRED = (
    "SELECT relname, tgname FROM pg_trigger JOIN pg_class ON tgrelid = pg_class.oid WHERE tgenabled = 'A'"
)
ANY_ROW = sql.SQL("SELECT FROM {} LIMIT 1")
# Every write gives a row another transaction and another place.
VERSIONS = sql.SQL("(SELECT sum(hash_record_extended(ROW(xmin, ctid), 0)) FROM {})")
SETTINGS_OF_DATABASE = sql.SQL("""(
    SELECT (datdba, datacl, datconnlimit, datallowconn, array_agg(setconfig))::text
    FROM pg_database LEFT JOIN pg_db_role_setting ON setdatabase = pg_database.oid
    WHERE datname = current_database() GROUP BY pg_database.oid
)""")
# Held while a template is made and migrated.
TEMPLATE_LOCK = 0x74656D70
OF_A_RUN = re.compile(r"pazpaz_test_(?P<process>\d+)_")


class DatabaseOfTheRun:
    def __init__(self, data: Path) -> None:
        self.data = data
        # The process id tells whose database it is, and whether anybody still needs it.
        self.name = f"pazpaz_test_{os.getpid()}_{secrets.token_hex(4)}"
        # The processes of one run share a template; it belongs to the process that started them.
        self.run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
        self.template = f"pazpaz_test_{os.getppid()}_{self.run}" if self.run else f"{self.name}_template"
        self.untouched: tuple[Any, ...] | None = None

    def dsn(self, role: str, dbname: str | None = None) -> str:
        superuser_dsn = embedded_postgres.superuser_dsn(self.data, dbname or self.name)
        return psycopg.conninfo.make_conninfo(superuser_dsn, user=role)

    def create(self) -> None:
        embedded_postgres.start(self.data, durable=False)
        with self._server() as server:
            server.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
            names = [name for (name,) in server.execute("SELECT datname FROM pg_database")]
            for name in names:
                if (found := OF_A_RUN.match(name)) and not _is_alive(int(found["process"])):
                    _drop(server, name)
            if self.template not in names:
                self._prepare(self.template)
                self._point_django_at(self.template)
                call_command("migrate", verbosity=0)
                self._point_django_at("")
        self.copy()

    def renew(self) -> None:
        """Make the database as the migrations left it, after a test that commits."""
        self._point_django_at(self.name)
        with psycopg.connect(self.dsn(embedded_postgres.SUPERUSER), autocommit=True) as database:
            database.execute(END_OTHER_SESSIONS)
            if self.untouched == database.execute(self.fingerprint).fetchone():
                database.execute(self.delete_rows)
                self.untouched = database.execute(self.fingerprint).fetchone()
                return
        self.copy()

    def copy(self) -> None:
        """Make the database anew, from the template."""
        self._point_django_at(self.name)
        with self._server() as server:
            _drop(server, self.name)
            copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY")
            server.execute(copy.format(*map(sql.Identifier, (self.name, self.template, OWNER.role))))
        self._prepare(self.name)  # grants and settings of a database are not copied with it
        with psycopg.connect(self.dsn(embedded_postgres.SUPERUSER), autocommit=True) as database:
            self._learn(database)

    def _learn(self, database: psycopg.Connection[Any]) -> None:
        """Find out how to tell whether only rows were changed, and how to delete them."""
        tables = [name for (name,) in database.execute(TABLES)]
        filled = [
            name
            for name in tables
            if database.execute(ANY_ROW.format(sql.Identifier(name))).fetchone() is not None
        ]
        emptied = [name for name in tables if name not in filled]
        watched = [VERSIONS.format(sql.Identifier(name)) for name in (*CATALOGUES, *filled)]
        self.fingerprint = sql.SQL("SELECT {}, {}").format(sql.SQL(", ").join(watched), SETTINGS_OF_DATABASE)
        # Some triggers fire even for a superuser who replays rows: they are off while the rows go, in one
        # transaction.
        always = [tuple(map(sql.Identifier, row)) for row in database.execute(ALWAYS_FIRED)]
        counters = [sql.Literal(name) for (name,) in database.execute(SEQUENCES, [emptied])]
        steps = [
            sql.SQL("BEGIN; SET LOCAL session_replication_role = replica"),
            *(sql.SQL("ALTER TABLE {} DISABLE TRIGGER {}").format(*trigger) for trigger in always),
            *(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in emptied),
            *(sql.SQL("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}").format(*trigger) for trigger in always),
            *(sql.SQL("SELECT setval({}, 1, false)").format(name) for name in counters),
            sql.SQL("COMMIT"),
        ]
        self.delete_rows = sql.SQL("; ").join(steps)
        self.untouched = database.execute(self.fingerprint).fetchone()

    def drop(self) -> None:
        self._point_django_at("")
        with self._server() as server:
            _drop(server, self.name)
            if not self.run:  # else others may want to copy it; the next run drops it
                _drop(server, self.template)

    def _server(self) -> psycopg.Connection[tuple[str]]:
        return psycopg.connect(self.dsn(embedded_postgres.SUPERUSER, "postgres"), autocommit=True)

    def _prepare(self, name: str) -> None:
        prepare_database(self.dsn(embedded_postgres.SUPERUSER, "postgres"), name, owner=OWNER, app=APP)

    def _point_django_at(self, name: str) -> None:
        for alias, login in (("default", APP), ("owner", OWNER)):
            connection = connections[alias]
            connection.close()
            connection.settings_dict.update(
                NAME=name,
                USER=login.role,
                PASSWORD="",
                HOST=str(embedded_postgres.socket_directory(self.data)),
                PORT=str(embedded_postgres.PORT),
            )


def _drop(server: psycopg.Connection[tuple[str]], name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
