"""Inside one practice the rows of another do not exist: no statement reads them, none touches them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import FieldError, ObjectDoesNotExist
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.db.models import Count, Q

from audit.models import AuditEvent, AuditHead
from clients.models import Client
from pazpaz.accounts.models import User, Workspace
from pazpaz.encryption.errors import EncryptionError
from scheduling.models import Appointment
from sessions.models import NoteVersion
from tests.cast import inside
from tests.database.two_practices import (
    TENANT_MODELS,
    a_row,
    everything,
    here,
    practices,
    tenant_column,
    there,
)

__all__ = ["here", "practices", "there"]
pytestmark = pytest.mark.django_db

type Model = type[models.Model]

every_model = pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model._meta.label)


def sql(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall()) if cursor.description else [(cursor.rowcount,)]


def rows(model: Model) -> models.QuerySet[Any]:
    """Rows without any manager of ours in between."""
    return models.QuerySet[Any](model)


APPEND_ONLY: set[Model] = {AuditEvent, NoteVersion}

# Looking ----------------------------------------------------------------------------------------------------

type Look = Callable[[Model, UUID, UUID], Any]


def _by_instance(model: Model, row: UUID, workspace: UUID) -> Any:
    try:
        model(pk=row).refresh_from_db()
    except ObjectDoesNotExist:
        return None
    return row


def _through_the_workspace(model: Model, row: UUID, workspace: UUID) -> Any:
    foreign = Workspace(pk=workspace)
    names = [r.get_accessor_name() for r in Workspace._meta.related_objects if r.related_model is model]
    return [
        found for name in names if name and hasattr(foreign, name) for found in getattr(foreign, name).all()
    ]


LOOKS: dict[str, Look] = {
    "list": lambda m, row, ws: [r for r in rows(m).values_list(tenant_column(m), flat=True) if r == ws],
    "get": lambda m, row, ws: rows(m).filter(pk=row).first(),
    "manager": lambda m, row, ws: m._default_manager.filter(pk=row).first(),
    "base manager": lambda m, row, ws: m._base_manager.filter(pk=row).first(),
    "filter": lambda m, row, ws: list(rows(m).filter(**{tenant_column(m): ws})),
    "exists": lambda m, row, ws: rows(m).filter(pk=row).exists(),
    "exists by exclusion": lambda m, row, ws: rows(m).exclude(~Q(pk=row)).exists(),
    "count": lambda m, row, ws: rows(m).filter(**{tenant_column(m): ws}).count(),
    "aggregate": lambda m, row, ws: rows(m).aggregate(n=Count("pk", filter=Q(pk=row)))["n"],
    "in_bulk": lambda m, row, ws: rows(m).in_bulk([row]),
    "lock": lambda m, row, ws: m not in APPEND_ONLY and list(rows(m).select_for_update().filter(pk=row)),
    "refresh": _by_instance,
    "reverse relation": _through_the_workspace,
    "union": lambda m, row, ws: list(rows(m).filter(pk=row).union(rows(m).filter(pk=row))),
    "raw": lambda m, row, ws: sql(f"SELECT * FROM {m._meta.db_table} WHERE id = %s", row),
    "raw count": lambda m, row, ws: sql(
        f"SELECT count(*) FROM {m._meta.db_table} GROUP BY {tenant_column(m)} HAVING {tenant_column(m)} = %s",
        ws,
    ),
    "raw join": lambda m, row, ws: sql(
        f"SELECT 1 FROM accounts_workspace w JOIN {m._meta.db_table} t ON t.{tenant_column(m)} = w.id "
        "WHERE t.id = %s",
        row,
    ),
    "raw subquery": lambda m, row, ws: sql(
        f"SELECT 1 WHERE EXISTS (SELECT FROM {m._meta.db_table} WHERE id = %s)", row
    ),
    "raw or": lambda m, row, ws: sql(
        f"SELECT 1 FROM {m._meta.db_table} WHERE id = %s OR (id = %s AND 1 = 1)", row, row
    ),
}  # fmt: skip


@every_model
def test_no_look_finds_a_foreign_row(here: User, there: User, model: Model) -> None:
    foreign = a_row(model, there)
    own = a_row(model, here)
    assert here.workspace_id is not None
    assert there.workspace_id is not None
    with inside(here):
        assert [name for name, look in LOOKS.items() if look(model, foreign, there.workspace_id)] == []
    with inside(there):
        assert [name for name, look in LOOKS.items() if look(model, own, here.workspace_id)] == []
        blind = {name for name, look in LOOKS.items() if not look(model, foreign, there.workspace_id)}
    assert blind <= {"lock", "reverse relation"}, "it finds nothing anywhere"


# Sign-in looks up the others before their practice is known.
@pytest.mark.parametrize(
    "model", [m for m in TENANT_MODELS if m not in (Workspace, User)], ids=lambda model: model._meta.label
)
def test_without_a_scope_there_is_an_error_and_not_an_empty_practice(here: User, model: Model) -> None:
    for deed in (
        lambda: rows(model).exists(),
        lambda: rows(model).count(),
        lambda: sql(f"SELECT * FROM {model._meta.db_table}"),
        lambda: sql(f"DELETE FROM {model._meta.db_table}"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            deed()


@every_model
@pytest.mark.parametrize("setting", ["x", "' OR true --", "00000000-0000-0000-0000-000000000000"])
def test_a_setting_that_is_no_practice_opens_none(here: User, model: Model, setting: str) -> None:
    try:
        with transaction.atomic():
            sql("SELECT set_config('pazpaz.workspace', %s, true)", setting)
            assert not rows(model).exists()
            transaction.set_rollback(True)
    except DatabaseError:
        pass


# Touching ---------------------------------------------------------------------------------------------------


def _save_over(model: Model, foreign: UUID, own: UUID, workspace: UUID) -> None:
    row = rows(model).get(pk=own)
    row.pk = foreign
    row.save()


def _create_there(model: Model, foreign: UUID, own: UUID, workspace: UUID) -> None:
    _insert_like(model, own, {"id": uuid4(), tenant_column(model): workspace})


def _bulk_create_there(model: Model, foreign: UUID, own: UUID, workspace: UUID) -> None:
    row = rows(model).get(pk=own)
    row.pk = uuid4()
    setattr(row, tenant_column(model), workspace)
    row._state.adding = True
    rows(model).bulk_create([row])


def _upsert(model: Model, foreign: UUID, own: UUID, workspace: UUID) -> None:
    _insert_like(model, own, {"id": foreign}, "ON CONFLICT (id) DO UPDATE SET id = EXCLUDED.id")


def _insert_like(model: Model, own: UUID, values: dict[str, Any], conflict: str = "") -> None:
    """Copy an own row by SQL with some columns changed."""
    fields = [f for f in model._meta.local_concrete_fields if not f.generated]
    columns = [str(f.column) for f in fields]
    picked = ["%s" if column in values else column for column in columns]
    parameters = [values[column] for column in columns if column in values]
    table = model._meta.db_table
    sql(
        f"INSERT INTO {table} ({', '.join(columns)}) "
        f"SELECT {', '.join(picked)} FROM {table} WHERE id = %s {conflict}",
        *parameters,
        own,
    )


type Touch = Callable[[Model, UUID, UUID, UUID], Any]

TOUCHES: dict[str, Touch] = {
    "update": lambda m, row, own, ws: sql(f"UPDATE {m._meta.db_table} SET id = id WHERE id = %s", row),
    "update all": lambda m, row, own, ws: sql(
        f"UPDATE {m._meta.db_table} SET id = id WHERE {tenant_column(m)} = %s", ws
    ),
    "delete": lambda m, row, own, ws: sql(f"DELETE FROM {m._meta.db_table} WHERE id = %s", row),
    "delete by queryset": lambda m, row, own, ws: rows(m).filter(pk=row).delete(),
    "delete by instance": lambda m, row, own, ws: m(pk=row).delete(),
    "save over": _save_over,
    "create there": _create_there,
    "bulk create there": _bulk_create_there,
    "upsert": _upsert,
    "move there": lambda m, row, own, ws: sql(
        f"UPDATE {m._meta.db_table} SET {tenant_column(m)} = %s WHERE id = %s", ws, own
    ),
    "merge": lambda m, row, own, ws: sql(
        f"MERGE INTO {m._meta.db_table} t USING (SELECT %s::uuid AS id) s ON t.id = s.id "
        "WHEN MATCHED THEN DELETE",
        row,
    ),
    "take from there": lambda m, row, own, ws: sql(
        f"UPDATE {m._meta.db_table} SET {tenant_column(m)} = pazpaz_current_workspace() WHERE id = %s",
        row,
    ),
    "truncate": lambda m, row, own, ws: sql(f"TRUNCATE {m._meta.db_table} CASCADE"),
    "switch policies off": lambda m, row, own, ws: sql(
        f"ALTER TABLE {m._meta.db_table} DISABLE ROW LEVEL SECURITY"
    ),
    "drop the policy": lambda m, row, own, ws: sql(f"DROP POLICY workspace ON {m._meta.db_table}"),
}


# What must be refused with an error; the others may also just find nothing.
REFUSED = {
    "save over",
    "create there",
    "bulk create there",
    "upsert",
    "move there",
    "truncate",
    "switch policies off",
    "drop the policy",
}


@every_model
def test_no_deed_touches_a_foreign_row(here: User, there: User, model: Model) -> None:
    foreign, own = a_row(model, there), a_row(model, here)
    before = everything(model, there)
    assert there.workspace_id is not None
    touched, refused = [], set()
    for name, touch in TOUCHES.items():
        with transaction.atomic():  # each deed on its own, and all of them undone
            try:
                with inside(here), transaction.atomic():
                    touch(model, foreign, own, there.workspace_id)
                    sql("SET CONSTRAINTS ALL IMMEDIATE")
            except (DatabaseError, EncryptionError, FieldError):
                refused.add(name)
            if everything(model, there) != before:
                touched.append(name)
            transaction.set_rollback(True)
    assert touched == []
    assert refused >= REFUSED


REFERENCES = [
    (model, field)
    for model in TENANT_MODELS
    for field in model._meta.local_concrete_fields
    if field.many_to_one and field.related_model in TENANT_MODELS and field.name != "workspace"
]


@pytest.mark.parametrize(
    ("model", "field"), REFERENCES, ids=[f"{m._meta.label}.{f.name}" for m, f in REFERENCES]
)
def test_no_row_refers_to_a_foreign_one(here: User, there: User, model: Model, field: Any) -> None:
    own, foreign = a_row(model, here), a_row(field.related_model, there)
    # A check may be faster: a draft that somebody signed is refused already.
    with pytest.raises(IntegrityError, match="same_workspace|signed_is_not_draft"), inside(here):
        _refer(model, field.column, own, foreign)


def _refer(model: Model, column: str, own: UUID, foreign: UUID) -> None:
    with transaction.atomic():
        if model in APPEND_ONLY:
            _insert_like(model, own, {"id": uuid4(), "number": 99, column: foreign})
        else:
            sql(f"UPDATE {model._meta.db_table} SET {column} = %s WHERE id = %s", foreign, own)
        sql("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_foreign_reference_and_a_reference_to_nothing_are_refused_alike(here: User, there: User) -> None:
    own, foreign = a_row(Appointment, here), a_row(Client, there)
    refusals = []
    for client in (foreign, uuid4()):
        with pytest.raises(IntegrityError) as caught, inside(here), transaction.atomic():
            sql("UPDATE scheduling_appointment SET client_id = %s WHERE id = %s", client, own)
        refusals.append(str(caught.value).replace(str(client), "it"))
    assert refusals[0] == refusals[1]


def test_what_is_deleted_here_takes_nothing_along_there(here: User, there: User) -> None:
    before = {model: everything(model, there) for model in TENANT_MODELS}
    appointment = a_row(Appointment, here)
    with inside(here):
        rows(Appointment).filter(pk=appointment).delete()
        sql("DELETE FROM clients_client")
        assert not Appointment.objects.exists()
    assert {model: everything(model, there) for model in TENANT_MODELS} == before


def test_a_relation_is_followed_within_the_practice_only(here: User, there: User) -> None:
    assert there.workspace_id is not None
    with inside(here):
        appointment = Appointment(client_id=a_row(Client, here))
        appointment.client_id = _foreign_client(there)
        with pytest.raises(Client.DoesNotExist):
            _ = appointment.client
        assert not Appointment.objects.filter(client__workspace=there.workspace_id).exists()
        assert not Appointment.objects.select_related("client").filter(workspace=there.workspace_id)
        assert not AuditHead.objects.filter(workspace=there.workspace_id).exists()


def _foreign_client(there: User) -> UUID:
    """An id that this practice can only have guessed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('pazpaz.workspace')")
        [own] = cursor.fetchone() or [""]
        cursor.execute("SELECT set_config('pazpaz.workspace', %s, true)", [str(there.workspace_id)])
        cursor.execute("SELECT id FROM clients_client LIMIT 1")
        [client] = cursor.fetchone() or [None]
        cursor.execute("SELECT set_config('pazpaz.workspace', %s, true)", [own])
    assert isinstance(client, UUID)
    return client
