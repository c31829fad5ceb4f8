from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import migrate

from pazpaz.database.router import acting_as_owner


class Command(migrate.Command):
    help = (
        "Bring the tables up to date, as the role that owns them: the application's role may not change "
        "them, so --database is `owner` unless something else is said."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")
        for action in parser._actions:
            if action.dest == "database":
                action.help = "The database to migrate. The default is the one named owner."

    def handle(self, *args: Any, **options: Any) -> None:
        with acting_as_owner():
            super().handle(*args, **options)
