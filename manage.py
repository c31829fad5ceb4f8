#!/usr/bin/env python
import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from pazpaz.database.roles import Login, prepare_database
from pazpaz.development import embedded_postgres
from pazpaz.operations.command_line import operator_message

WITHOUT_DATABASE = {
    "collectstatic",
    "compilemessages",
    "findstatic",
    "generate_key",
    "help",
    "makemessages",
    "setup_database",
    "version",
}


def start_embedded_postgres() -> None:
    """Start the server in `var` and prepare its database; it stops when the last command has ended."""
    data = settings.EMBEDDED_POSTGRES_DATA
    app, owner = settings.DATABASES["default"], settings.DATABASES["owner"]
    embedded_postgres.start(data)
    prepare_database(
        embedded_postgres.superuser_dsn(data),
        app["NAME"],
        owner=Login(owner["USER"]),
        app=Login(app["USER"]),
    )


def leave_settings_alone() -> None:
    """Do not ask for what production needs: the key is made before there is anything to configure."""
    for name in ("ENCRYPTION_MASTER_KEY", "SECRET_KEY", "ALLOWED_HOSTS"):
        os.environ.setdefault(name, "not-configured-yet")
    os.environ.setdefault("OWNER_DATABASE_URL", "postgres://not-configured-yet")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pazpaz.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command == "generate_key":
        leave_settings_alone()
    wants_help = command.startswith("-") or {"-h", "--help"} & set(sys.argv)
    try:
        if settings.EMBEDDED_POSTGRES and command not in WITHOUT_DATABASE and not wants_help:
            start_embedded_postgres()
    except (ImproperlyConfigured, embedded_postgres.EmbeddedPostgresError, OSError) as error:
        sys.exit(str(error))
    try:
        execute_from_command_line(sys.argv)
    except Exception as error:
        sentence = operator_message(error)
        if sentence is None or "--traceback" in sys.argv:
            raise
        sys.exit(sentence)
    finally:
        embedded_postgres.release(settings.EMBEDDED_POSTGRES_DATA)


if __name__ == "__main__":
    main()
