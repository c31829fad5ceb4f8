from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import migrate

from pazpaz.tenancy.router import acting_as_owner


class Command(migrate.Command):
    """Django's migrate, run as the owner of the tables; the application role may not change them."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        with acting_as_owner():
            super().handle(*args, **options)
