from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, transaction

from pazpaz.accounts.addresses import clean_address
from pazpaz.accounts.models import User
from pazpaz.accounts.signin_events import logger
from pazpaz.operations.command_line import clean_name


class Command(BaseCommand):
    help = (
        "Create an account of platform staff: somebody who founds and suspends practices in the admin site, "
        "belongs to none, and sees no client data. Staff sign in like everybody else and must set up a "
        "passkey or an authenticator app before the admin site opens."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="The e-mail address that the person signs in with.")
        parser.add_argument("--name", default="", help="The person's name.")

    def handle(self, *args: Any, **options: Any) -> None:
        name = clean_name(User, options["name"])
        try:
            email = clean_address(options["email"])
            with transaction.atomic():
                user = User.objects.create_user(email, name=name, is_staff=True)
        except ValidationError:
            raise CommandError(f"{options['email']} is not an e-mail address.") from None
        except IntegrityError:
            raise CommandError(f"{options['email']} has an account already. Nothing was created.") from None
        logger.info("user.created ok user=%s staff", user.pk)
        self.stdout.write(f"Created platform staff {user.email}.")
