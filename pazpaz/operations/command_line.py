"""What the management commands share: options checked as they are read, failures said in a sentence."""

from __future__ import annotations

from argparse import ArgumentTypeError
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import CommandError
from django.db import DatabaseError, InterfaceError, OperationalError, models
from psycopg.errors import UndefinedColumn, UndefinedTable

from pazpaz.encryption.errors import BadKey

LAST_PORT = 65535


def port(text: str) -> int:
    """Read an option. Raises argparse.ArgumentTypeError."""
    if not text.isdecimal() or not 1 <= int(text) <= LAST_PORT:
        raise ArgumentTypeError(f"{text!r} is no port. Use a number from 1 to {LAST_PORT}.")
    return int(text)


def positive_int(text: str) -> int:
    """Read an option. Raises argparse.ArgumentTypeError."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no number from 1 upwards.")
    return int(text)


def web_address(text: str) -> str:
    """Read an option. Raises argparse.ArgumentTypeError."""
    if not is_web_address(text):
        raise ArgumentTypeError(f"{text!r} is no web address. Use one like https://practice.example.org.")
    return text


def is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def clean_name(model: type[models.Model], text: str) -> str:
    """Return a name as a form would take it. Raises CommandError, which says what is wrong with it."""
    column = model._meta.get_field("name")
    assert isinstance(column, models.CharField)
    field = column.formfield()
    assert field is not None
    if not text.isprintable():
        raise CommandError("The name holds a line end or another character that cannot be shown.")
    try:
        name: str = field.clean(text)
    except ValidationError as error:
        raise CommandError(f"The name is not right: {' '.join(error.messages)}") from None
    return name


def operator_message(error: BaseException) -> str | None:
    """Return the sentence for a failure that the operator can mend; None for any other."""
    if isinstance(error, ImproperlyConfigured | BadKey):
        return str(error)
    if isinstance(error, OperationalError | InterfaceError):
        return f"The database does not answer: {str(error).strip().splitlines()[0]}"
    if isinstance(error, DatabaseError) and isinstance(error.__cause__, UndefinedTable | UndefinedColumn):
        return "The tables are missing or not up to date: run `manage.py migrate` first."
    return None
