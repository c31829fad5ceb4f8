from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pazpaz.accounts.models import User
from pazpaz.accounts.signin_events import logger
from pazpaz.accounts.signin_links import MINUTES, make_link
from pazpaz.events import Actor
from pazpaz.operations.command_line import web_address
from pazpaz.scope import record, workspace_scope


class Command(BaseCommand):
    help = (
        f"Print a link that signs somebody in once, within {MINUTES} minutes: for the first owner of a "
        "practice where e-mail does not work yet, or for somebody whose mailbox does not receive codes. "
        "Whoever has the link is that person, so hand it over in a safe way; a second factor, if there is "
        "one, is still asked for. Making and using the link are in the practice's audit trail."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="The e-mail address that the person signs in with.")
        parser.add_argument(
            "--base-url",
            type=web_address,
            help="Where PazPaz is served. The default is the setting PAZPAZ_URL.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        email = User.clean_email(options["email"])
        user = User.objects.select_related("workspace").filter(email=email).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {options['email']!r}.")
        if not user.may_sign_in:
            raise CommandError(
                f"{email} may not sign in: the account is deactivated or the practice suspended."
            )
        if user.workspace is None:
            logger.info("signin_link.created ok user=%s", user.pk)
        else:
            with workspace_scope(user.workspace, Actor.running("signin_link")):
                record("signin_link.created", user)
        self.stdout.write(make_link(user, options["base_url"] or ""))
