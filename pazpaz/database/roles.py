"""The two database roles, and what each of them may do.

The owner owns the database and runs migrations and maintenance. The application serves requests: it may
read and write rows, and nothing else; above all it can neither switch off nor bypass row-level security.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

EXTENSIONS = ("btree_gist", "citext")
POWERS = ("SUPERUSER", "BYPASSRLS", "CREATEDB", "CREATEROLE", "REPLICATION")

# Held while roles are made: they belong to the whole server, so two databases may be prepared at once.
ROLES_LOCK = 0x706170

type Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class Login:
    role: str
    password: str = field(default="", repr=False)


def _silent(line: str) -> None:
    pass


def prepare_database(
    admin_dsn: str, database: str, *, owner: Login, app: Login, say: Callable[[str], None] = _silent
) -> None:
    """Create what is missing of the roles, the database, its extensions and grants; `say` hears every change.

    `admin_dsn` leads to any database of the server, as a role that may create roles and databases. It need
    not be a superuser, as it is not with most hosting companies.
    """
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", [ROLES_LOCK])
        _ensure_role(admin, owner, say)
        _ensure_role(admin, app, say)
        _ensure_no_member(admin, app, say)
        _ensure_may_act_as(admin, owner, say)
        _ensure_database(admin, database, owner, say)
        # Still locked: of two commands that grant the same at once, one fails ("tuple concurrently updated").
        with psycopg.connect(make_conninfo(admin_dsn, dbname=database), autocommit=True) as inside:
            inside.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(owner.role)))
            _ensure_extensions(inside, say)
            with inside.transaction():
                _grant(inside, database, owner, app)
        say(f"{app.role} may read and write the rows of {database}, and nothing else.")


def _ensure_role(admin: Connection, login: Login, say: Callable[[str], None]) -> None:
    role = sql.Identifier(login.role)
    found = admin.execute(
        "SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication"
        " FROM pg_roles WHERE rolname = %s",
        [login.role],
    ).fetchone()
    if found is None:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN NOINHERIT").format(role))
        say(f"Created the role {login.role}.")
    else:
        can_login, *powers = found
        excess = [power for power, has_it in zip(POWERS, powers, strict=True) if has_it]
        if excess or not can_login:
            options = sql.SQL(" ").join(map(sql.SQL, ("LOGIN", *(f"NO{power}" for power in excess))))
            admin.execute(sql.SQL("ALTER ROLE {} {}").format(role, options))
            say(f"Changed the role {login.role}: {options.as_string(admin)}.")
    if login.password:
        # Hashed here, so that the password cannot end up in the server's log.
        hashed = admin.pgconn.encrypt_password(login.password.encode(), login.role.encode(), b"scram-sha-256")
        admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(hashed.decode())))
        say(f"Set the password of {login.role}.")


def _ensure_no_member(admin: Connection, app: Login, say: Callable[[str], None]) -> None:
    """A member of a role can act as that role, the owner for example, and so past every policy."""
    groups = admin.execute(
        "SELECT pg_get_userbyid(roleid), pg_get_userbyid(grantor) FROM pg_auth_members"
        " WHERE pg_get_userbyid(member) = %s",
        [app.role],
    ).fetchall()
    for group, grantor in groups:
        revoke = sql.SQL("REVOKE {} FROM {} GRANTED BY {} CASCADE")
        admin.execute(revoke.format(*map(sql.Identifier, (group, app.role, grantor))))
        say(f"{app.role} is no longer a member of {group}.")


def _ensure_may_act_as(admin: Connection, owner: Login, say: Callable[[str], None]) -> None:
    """An administrator who is not a superuser needs leave to act as the owner it has created."""
    (can_set,) = admin.execute("SELECT pg_has_role(%s, 'SET')", [owner.role]).fetchone() or (False,)
    if not can_set:
        grant = sql.SQL("GRANT {} TO CURRENT_USER WITH SET TRUE, INHERIT TRUE")
        admin.execute(grant.format(sql.Identifier(owner.role)))
        say(f"Allowed {admin.info.user} to act as {owner.role}.")


def _ensure_database(admin: Connection, database: str, owner: Login, say: Callable[[str], None]) -> None:
    names = {"database": sql.Identifier(database), "owner": sql.Identifier(owner.role)}
    found = admin.execute(
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [database]
    ).fetchone()
    if found is None:
        create = "CREATE DATABASE {database} OWNER {owner} ENCODING 'UTF8' TEMPLATE template0"
        admin.execute(sql.SQL(create).format(**names))
        say(f"Created the database {database}.")
    elif found != (owner.role,):
        admin.execute(sql.SQL("ALTER DATABASE {database} OWNER TO {owner}").format(**names))
        say(f"Gave the database {database} to {owner.role}.")


def _ensure_extensions(connection: Connection, say: Callable[[str], None]) -> None:
    present = {name for (name,) in connection.execute("SELECT extname FROM pg_extension")}
    for extension in EXTENSIONS:
        if extension not in present:
            connection.execute(sql.SQL("CREATE EXTENSION {} SCHEMA public").format(sql.Identifier(extension)))
            say(f"Added the extension {extension}.")


def _grant(connection: Connection, database: str, owner: Login, app: Login) -> None:
    names = {
        "database": sql.Identifier(database),
        "owner": sql.Identifier(owner.role),
        "app": sql.Identifier(app.role),
    }
    statements = (
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "REVOKE ALL ON DATABASE {database} FROM {app}",
        "REVOKE ALL ON SCHEMA public FROM {app}",
        "GRANT CONNECT ON DATABASE {database} TO {app}",
        "GRANT USAGE ON SCHEMA public TO {app}",
        # pg_temp is searched first unless named: a temporary table could then stand in for a real one.
        "ALTER DATABASE {database} SET search_path = public, pg_temp",
        # What migrations create later.
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {app}",
    )
    for statement in statements:
        connection.execute(sql.SQL(statement).format(**names))
