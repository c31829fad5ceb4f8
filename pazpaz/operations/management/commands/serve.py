import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pazpaz.operations import serving
from pazpaz.operations.command_line import port, positive_int


class Command(BaseCommand):
    help = (
        "Run the production server. It answers plain HTTP and belongs behind a proxy that speaks HTTPS. It "
        "refuses to start when migrations are missing, or when the database role it serves with could read "
        "past row-level security. Ctrl-C or SIGTERM finishes the running requests and stops it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--host",
            default=os.environ.get("HOST", "127.0.0.1"),
            help="The address to listen on. The default is $HOST, or else 127.0.0.1.",
        )
        parser.add_argument(
            "--port",
            type=port,
            default=os.environ.get("PORT", "8000"),
            help="The port to listen on. The default is $PORT, or else 8000.",
        )
        parser.add_argument(
            "--workers",
            type=positive_int,
            default=os.environ.get("WEB_WORKERS", "2"),
            help="The number of processes. The default is $WEB_WORKERS, or else 2.",
        )
        parser.add_argument(
            "--threads",
            type=positive_int,
            default=os.environ.get("WEB_THREADS", "4"),
            help="The number of threads of each process, each with a database connection of its own. "
            "The default is $WEB_THREADS, or else 4.",
        )

    def handle(self, *args: Any, host: str, port: int, workers: int, threads: int, **options: Any) -> None:
        serving.refuse_taken_port(host, port)
        self.check(databases=["default"])
        if serving.migrations_are_pending():
            raise CommandError("The database is not up to date: run `manage.py migrate` first.")
        serving.collect_static_files()
        serving.serve(
            host,
            port,
            workers=workers,
            threads=threads,
            ready=f"PazPaz serves {serving.address(host, port)}/",
        )
