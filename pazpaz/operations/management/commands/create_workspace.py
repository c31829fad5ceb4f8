from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from pazpaz.accounts.addresses import clean_address
from pazpaz.accounts.models import User, Workspace
from pazpaz.accounts.practice import time_zones
from pazpaz.accounts.workspaces import create_workspace
from pazpaz.countries import country_codes
from pazpaz.events import Actor
from pazpaz.operations.command_line import clean_name


class Command(BaseCommand):
    help = (
        "Create a practice with its own encryption keys, its owner, and the first line of its audit trail. "
        "The owner signs in by a code sent to the e-mail address; `manage.py signin_link` makes a link where "
        "e-mail does not work yet. All or nothing: if anything fails, nothing has been created."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="What the practice is called.")
        parser.add_argument("--owner", required=True, metavar="EMAIL", help="The owner's e-mail address.")
        parser.add_argument("--name", dest="owner_name", default="", help="The owner's name.")
        parser.add_argument(
            "--time-zone",
            default="UTC",
            help="Where the practice is, as an IANA time zone: Europe/Berlin. The default is UTC.",
        )
        parser.add_argument(
            "--country",
            default="",
            help="The country of the practice, as an ISO 3166 code: DE. Telephone numbers are read as people "
            "dial them there. The default is the country of the time zone.",
        )
        parser.add_argument(
            "--language",
            default=Workspace.Language.ENGLISH.value,
            choices=Workspace.Language.values,
            help="The language of the practice's pages. The default is en.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["time_zone"] not in time_zones():
            raise CommandError(f"{options['time_zone']} is not a time zone. Use a name like Europe/Berlin.")
        if options["country"] and options["country"] not in country_codes():
            raise CommandError(f"{options['country']} is not a country. Use a code like DE.")
        name = clean_name(Workspace, options["name"])
        owner_name = clean_name(User, options["owner_name"])
        try:
            email = clean_address(options["owner"])
            owner = create_workspace(
                name,
                owner_email=email,
                owner_name=owner_name,
                time_zone=options["time_zone"],
                country=options["country"],
                language=options["language"],
                actor=Actor.running("create_workspace"),
            )
        except ValidationError:
            raise CommandError(f"{options['owner']} is not an e-mail address.") from None
        except IntegrityError:
            raise CommandError(f"{options['owner']} has an account already. Nothing was created.") from None
        self.stdout.write(f"Created the practice {name} ({owner.workspace_id}).")
        self.stdout.write(f"Its owner signs in as {owner.email}.")
