import os
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pazpaz.database.roles import Login, prepare_database


class Command(BaseCommand):
    help = (
        "Prepare a PostgreSQL server for PazPaz. This creates the application role named in DATABASE_URL, "
        "the owner role named in OWNER_DATABASE_URL, the database, its extensions and its grants. What is "
        "already there stays as it is, so the command may be run again at any time; it also takes back "
        "rights that the application role should not have."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--admin-url",
            default=os.environ.get("ADMIN_DATABASE_URL"),
            help="The URL of an administrator who may create roles and databases, such as "
            "postgresql://postgres:password@db.example.org/postgres. "
            "Without this option the environment variable ADMIN_DATABASE_URL is used.",
        )

    def handle(self, *args: Any, admin_url: str | None, **options: Any) -> None:
        app, owner = settings.DATABASES["default"], settings.DATABASES["owner"]
        if settings.EMBEDDED_POSTGRES:
            raise CommandError(
                "The embedded PostgreSQL needs no set-up. For a server of your own, first set DATABASE_URL "
                "and OWNER_DATABASE_URL."
            )
        if not admin_url:
            raise CommandError("Name the administrator: pass --admin-url, or set ADMIN_DATABASE_URL.")
        if app["USER"] == owner["USER"]:
            raise CommandError("DATABASE_URL and OWNER_DATABASE_URL must name two different roles.")
        if app["NAME"] != owner["NAME"]:
            raise CommandError("DATABASE_URL and OWNER_DATABASE_URL must name the same database.")
        try:
            prepare_database(
                admin_url,
                app["NAME"],
                owner=Login(owner["USER"], owner["PASSWORD"]),
                app=Login(app["USER"], app["PASSWORD"]),
                say=self.stdout.write,
            )
        except psycopg.Error as error:
            raise CommandError(f"PostgreSQL refused: {error}") from error
        self.stdout.write("The database is ready. Next, run `manage.py migrate`.")
