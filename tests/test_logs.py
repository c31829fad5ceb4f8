"""Logs say where and what kind, never what the data was."""

from __future__ import annotations

import logging
import logging.config
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection

from pazpaz.accounts.models import User
from pazpaz.encryption.errors import CannotOpen
from pazpaz.operations.logs import DiscreetFormatter
from tests.cast import inside
from tests.encryption.columns import store, stored
from tests.factories import ClientFactory

CANARY = "Quetzalcoatl"


def written(message: object, *arguments: object, error: BaseException | None = None) -> str:
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(DiscreetFormatter("%(levelname)s %(name)s %(message)s"))
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.getLogger("tests").makeRecord("tests", 40, "f.py", 1, message, arguments, info)
    handler.handle(record)
    return stream.getvalue()


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


def test_the_project_logs_through_it() -> None:
    formatters: Any = settings.LOGGING["formatters"]
    assert {formatter["()"] for formatter in formatters.values()} == {
        "pazpaz.operations.logs.DiscreetFormatter"
    }


@pytest.mark.parametrize(
    "error",
    [
        ValueError(CANARY),
        KeyError(CANARY),
        ValidationError(CANARY),
        IntegrityError(f"DETAIL: Failing row contains ({CANARY})"),
        UnicodeDecodeError("utf-8", CANARY.encode(), 0, 1, CANARY),
    ],
)
def test_an_exception_says_its_kind_and_place_and_not_its_message(error: Exception) -> None:
    for text in (
        written("failed", error=raised(error)),
        written("failed: %s", error),
        written("failed: %(error)s", {"error": error}),
        written(error),
    ):
        assert CANARY not in text
        assert type(error).__name__ in text
    assert "in raised" in written("failed", error=raised(error))


def test_a_chain_of_exceptions_is_not_told() -> None:
    error = RuntimeError()
    error.__cause__ = error.__context__ = raised(ValueError(CANARY))
    assert CANARY not in written("failed", error=raised(error))


@pytest.mark.django_db
def test_an_error_of_the_database_names_constraint_and_table_and_no_row(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    with pytest.raises(IntegrityError) as caught, inside(dana):
        store(client, first_name=CANARY)
    text = written("failed", error=caught.value)
    assert "IntegrityError (23514, clients_client, clients_client_first_name" in text
    assert CANARY not in text


@pytest.mark.django_db
def test_our_own_errors_say_where(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, first_name=CANARY)
    with inside(dana):
        store(client, first_name=stored(client, "last_name")[0])
        found = type(client).objects.get(pk=client.pk)
        with pytest.raises(CannotOpen) as caught:
            _ = found.first_name
    text = written("failed", error=caught.value)
    assert f"cannot open client.first_name of {client.pk}" in text
    assert CANARY not in text


@pytest.mark.parametrize("character", ["\n", "\r", "\x00", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\v"])
def test_a_message_is_one_line_whatever_is_in_it(character: str) -> None:
    text = written("path %s", f"/x{character}ERROR forged")
    assert text == "ERROR tests path /x?ERROR forged\n"


def test_what_another_formatter_wrote_is_not_repeated() -> None:
    error = raised(ValueError(CANARY))
    record = logging.getLogger("tests").makeRecord(
        "tests", 40, "f.py", 1, "failed", (), (type(error), error, error.__traceback__)
    )
    assert CANARY in logging.Formatter().format(record)
    assert CANARY not in DiscreetFormatter().format(record)


@pytest.mark.django_db
def test_postgresql_logs_neither_statements_nor_values(dana: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting FROM pg_settings WHERE name IN ('log_error_verbosity', 'log_statement', "
            "'log_min_error_statement', 'log_parameter_max_length_on_error', 'log_min_duration_statement')"
        )
        found = dict(cursor.fetchall())
    assert found["log_error_verbosity"] == "terse"
    assert found["log_statement"] == "none"
    assert found["log_min_error_statement"] == "panic"
    assert found["log_parameter_max_length_on_error"] == "0"
    assert found["log_min_duration_statement"] == "-1"
