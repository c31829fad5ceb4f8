"""The database of one test run.

The migrations run once, into a template. The database that the tests see is a copy of it, and copying takes
about 50 ms, so a test that commits is cleaned up by making a new copy: the application role may neither
truncate nor delete everything, and a copy has everything that migrations put in.
"""

import os
import re
import secrets
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from pazpaz.database.roles import Login, prepare_database
from pazpaz.development import embedded_postgres

OWNER = Login("pazpaz_owner")
APP = Login("pazpaz_app")
OF_A_RUN = re.compile(r"pazpaz_test_(?P<process>\d+)_")


class DatabaseOfTheRun:
    def __init__(self, data: Path) -> None:
        self.data = data
        # The process id tells whose database it is, and whether anybody still needs it.
        self.name = f"pazpaz_test_{os.getpid()}_{secrets.token_hex(4)}"
        self.template = f"{self.name}_template"

    def dsn(self, role: str, dbname: str | None = None) -> str:
        superuser_dsn = embedded_postgres.superuser_dsn(self.data, dbname or self.name)
        return psycopg.conninfo.make_conninfo(superuser_dsn, user=role)

    def create(self) -> None:
        embedded_postgres.start(self.data, durable=False)
        with self._server() as server:
            for (name,) in server.execute("SELECT datname FROM pg_database").fetchall():
                if (found := OF_A_RUN.match(name)) and not _is_alive(int(found["process"])):
                    _drop(server, name)
        self._prepare(self.template)
        self._point_django_at(self.template)
        call_command("migrate", verbosity=0)
        self.renew()

    def renew(self) -> None:
        """Make the database anew, as the migrations left it."""
        self._point_django_at(self.name)
        with self._server() as server:
            _drop(server, self.name)
            copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY")
            server.execute(copy.format(*map(sql.Identifier, (self.name, self.template, OWNER.role))))
        self._prepare(self.name)  # grants and settings of a database are not copied with it

    def drop(self) -> None:
        self._point_django_at("")
        with self._server() as server:
            _drop(server, self.name)
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
