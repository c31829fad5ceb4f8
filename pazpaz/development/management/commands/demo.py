import os
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from pazpaz.accounts.models import User, Workspace
from pazpaz.operations import serving
from pazpaz.operations.command_line import port

HOST = "127.0.0.1"


class Command(BaseCommand):
    help = (
        "Serve an invented practice on this machine. The first run fills the database, later runs keep what "
        "is in it. A link that signs you in is printed; it works once, within 15 minutes. Ctrl-C stops "
        "everything."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--port",
            type=port,
            default=os.environ.get("PORT", "8000"),
            help="The port to listen on. The default is $PORT, or else 8000.",
        )

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        serving.refuse_taken_port(HOST, port)
        if serving.migrations_are_pending():
            self.stdout.write("Creating the tables")
            call_command("migrate", verbosity=0)
        self.check(databases=["default"])
        if not Workspace.objects.exists():
            self.stdout.write("Inventing a practice")
            call_command("seed_demo", stdout=self.stdout)
        serving.collect_static_files()
        site = serving.address(HOST, port)
        os.environ.setdefault("PAZPAZ_URL", site)
        serving.serve(HOST, port, workers=1, threads=4, ready=self._welcome(site))

    def _welcome(self, site: str) -> str:
        owner = User.objects.filter(role=User.Role.OWNER).earliest("created_at")
        link = StringIO()
        call_command("signin_link", owner.email, base_url=site, stdout=link)
        return (
            f"PazPaz is at {site}/\n"
            f"Sign in as {owner.email} (once, within 15 minutes): {link.getvalue().strip()}\n"
            "Ctrl-C stops everything."
        )
