from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from psycopg import sql
from psycopg.conninfo import make_conninfo

from pazpaz.database.roles import Login, prepare_database
from pazpaz.development import embedded_postgres
from tests.conftest import Connection
from tests.postgres import DatabaseOfTheRun

pytestmark = pytest.mark.django_db


class Server:
    """A server of one's own, with an administrator who is no superuser, as hosting companies give one."""

    def __init__(self, database_of_the_run: DatabaseOfTheRun) -> None:
        self.data = database_of_the_run.data
        self.database = f"{database_of_the_run.name}_own"
        self.admin = f"{self.database}_admin"
        self.owner = f"{self.database}_owner"
        self.app = f"{self.database}_app"

    def dsn(self, role: str, dbname: str = "postgres") -> str:
        return make_conninfo(embedded_postgres.superuser_dsn(self.data, dbname), user=role)

    def connect(self, role: str, dbname: str = "postgres") -> Connection:
        return psycopg.connect(self.dsn(role, dbname), autocommit=True)

    def set_up(self, admin: str = "") -> list[str]:
        output = StringIO()
        call_command("setup_database", admin_url=self.dsn(admin or self.admin), stdout=output)
        return output.getvalue().splitlines()


@pytest.fixture
def server(database_of_the_run: DatabaseOfTheRun, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server(database_of_the_run)
    logins = {"default": (server.app, "app secret"), "owner": (server.owner, "owner secret")}
    databases = {
        alias: {"NAME": server.database, "USER": user, "PASSWORD": password}
        for alias, (user, password) in logins.items()
    }
    monkeypatch.setattr(settings, "EMBEDDED_POSTGRES", False)
    monkeypatch.setattr(settings, "DATABASES", databases)
    with server.connect(embedded_postgres.SUPERUSER) as superuser:
        superuser.execute(
            sql.SQL("CREATE ROLE {} LOGIN CREATEROLE CREATEDB").format(sql.Identifier(server.admin))
        )
        yield server
        superuser.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(server.database)))
        for role in (server.owner, server.app, server.admin):
            superuser.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


def test_commands_side_by_side_do_not_disturb_each_other(server: Server) -> None:
    server.set_up()
    owner, app = Login(server.owner, "owner secret"), Login(server.app, "app secret")

    def prepare(_turn: int) -> None:
        prepare_database(server.dsn(server.admin), server.database, owner=owner, app=app)

    with ThreadPoolExecutor(4) as commands:
        assert list(commands.map(prepare, range(16))) == [None] * 16


def test_it_creates_roles_database_extensions_and_grants_and_says_so(server: Server) -> None:
    assert server.set_up() == [
        f"Created the role {server.owner}.",
        f"Set the password of {server.owner}.",
        f"Created the role {server.app}.",
        f"Set the password of {server.app}.",
        f"Allowed {server.admin} to act as {server.owner}.",
        f"Created the database {server.database}.",
        "Added the extension btree_gist.",
        "Added the extension citext.",
        f"{server.app} may read and write the rows of {server.database}, and nothing else.",
        "The database is ready. Next, run `manage.py migrate`.",
    ]
    with (
        server.connect(server.owner, server.database) as owner,
        server.connect(server.app, server.database) as app,
    ):
        owner.execute("CREATE TABLE things (id bigint GENERATED ALWAYS AS IDENTITY, name citext)")
        app.execute("INSERT INTO things (name) VALUES ('Table')")
        assert app.execute("SELECT id FROM things WHERE name = 'TABLE'").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("TRUNCATE things")


def test_running_it_again_changes_nothing_and_keeps_the_data(server: Server) -> None:
    server.set_up()
    with server.connect(server.owner, server.database) as owner:
        owner.execute("CREATE TABLE things AS SELECT 1 AS id")
    lines = server.set_up()
    assert not [line for line in lines if line.startswith(("Created", "Added", "Allowed", "Changed"))]
    with server.connect(server.app, server.database) as app:
        assert app.execute("SELECT id FROM things").fetchone() == (1,)


def test_it_takes_back_powers_that_the_application_should_not_have(server: Server) -> None:
    server.set_up()
    names = {"app": sql.Identifier(server.app), "owner": sql.Identifier(server.owner)}
    with server.connect(embedded_postgres.SUPERUSER) as superuser:
        superuser.execute(sql.SQL("ALTER ROLE {app} CREATEDB").format(**names))
        superuser.execute(sql.SQL("GRANT {owner} TO {app}").format(**names))
        lines = server.set_up(embedded_postgres.SUPERUSER)
        assert f"Changed the role {server.app}: LOGIN NOCREATEDB." in lines
        assert f"{server.app} is no longer a member of {server.owner}." in lines
        powers = "SELECT rolcreatedb, pg_has_role(rolname, %s, 'MEMBER') FROM pg_roles WHERE rolname = %s"
        assert superuser.execute(powers, [server.owner, server.app]).fetchone() == (False, False)


def test_passwords_reach_the_server_hashed_only(server: Server) -> None:
    server.set_up()
    with server.connect(embedded_postgres.SUPERUSER) as superuser:
        stored = superuser.execute(
            "SELECT rolpassword FROM pg_authid WHERE rolname = %s", [server.app]
        ).fetchone()
    assert stored is not None
    assert stored[0].startswith("SCRAM-SHA-256$")


def test_the_embedded_server_needs_no_set_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "EMBEDDED_POSTGRES", True)
    with pytest.raises(CommandError, match="needs no set-up"):
        server.set_up()


def test_it_asks_for_an_administrator(server: Server) -> None:
    with pytest.raises(CommandError, match="pass --admin-url, or set ADMIN_DATABASE_URL"):
        call_command("setup_database", admin_url=None)


def test_it_insists_on_two_roles(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.DATABASES["owner"], "USER", server.app)
    with pytest.raises(CommandError, match="two different roles"):
        server.set_up()


def test_it_passes_on_what_the_server_says(server: Server) -> None:
    with pytest.raises(CommandError, match=r"PostgreSQL refused: .*nobody_here"):
        call_command("setup_database", admin_url=server.dsn("nobody_here"))
