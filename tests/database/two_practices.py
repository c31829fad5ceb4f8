"""Two practices with a row in every tenant table, made once for a module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection, models
from pytest_django import DjangoDbBlocker

from clients.directory_copy import open_directory
from pazpaz.accounts.models import UnsentForm, User, Workspace
from sessions.models import Attachment, SessionNote
from tests.cast import inside
from tests.factories import make_owner
from tests.full_practice import fill
from tests.postgres import DatabaseOfTheRun

TENANT_MODELS: list[type[models.Model]] = sorted(
    (
        model
        for model in apps.get_models()
        if model is Workspace or (hasattr(model, "workspace") and not model._meta.abstract)
    ),
    key=lambda model: model._meta.label,
)


@pytest.fixture(scope="module")
def practices(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, database_of_the_run: DatabaseOfTheRun
) -> Iterator[tuple[User, User]]:
    with django_db_blocker.unblock():
        here = make_owner("dana@example.org", "Dana Levi", "Practice of Dana Levi")
        there = make_owner("omer@example.org", "Omer Katz", "Katz Physiotherapy")
        for owner in (here, there):
            fill(owner)
            attach(owner)
    yield here, there
    with django_db_blocker.unblock():
        database_of_the_run.renew()


@pytest.fixture
def here(practices: tuple[User, User]) -> User:
    return practices[0]


@pytest.fixture
def there(practices: tuple[User, User]) -> User:
    return practices[1]


def attach(owner: User) -> None:
    with inside(owner) as scope:
        note = SessionNote.objects.filter(is_draft=False)[0]
        Attachment.objects.create(
            workspace=scope.workspace,
            client=note.client,
            note=note,
            file_name="scan.pdf",
            content_type="application/pdf",
            size=1,
            storage_key=str(note.pk),
            ciphertext_sha256=b"x" * 32,
            uploaded_by=owner,
        )
        open_directory(scope.workspace.pk, unrecorded="a test")
        UnsentForm.objects.create(
            workspace=scope.workspace, user=owner, path="/", fields={"plan": ["x"]}, clinical=True
        )


def tenant_column(model: type[models.Model]) -> str:
    return "id" if model is Workspace else "workspace_id"


def a_row(model: type[models.Model], owner: User) -> UUID:
    """The id of a row of somebody's practice; of the notes a draft, as a signed one refuses everything."""
    order = ["-is_draft", "pk"] if model is SessionNote else ["pk"]
    with inside(owner):
        row: UUID | None = models.QuerySet[Any](model).order_by(*order).values_list("pk", flat=True).first()
    assert row is not None, f"there is no {model._meta.label} to look for"
    return row


def everything(model: type[models.Model], owner: User) -> list[tuple[Any, ...]]:
    """All rows of a table as their own practice sees them."""
    with inside(owner), connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {model._meta.db_table} ORDER BY id")
        return [tuple(map(str, row)) for row in cursor.fetchall()]
