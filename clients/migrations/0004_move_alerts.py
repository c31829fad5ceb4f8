"""Tags that begin with ! become alerts.

The values are encrypted, so each workspace is opened like anywhere else: a scope with its keys, as the
application role, with an event in its trail. Rows are read and written as tokens: the models of a later day
may have columns that the table does not have yet. A workspace is one transaction, and what was moved is not
found again, so a run that broke off is simply repeated.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

from pazpaz.accounts.models import Workspace
from pazpaz.encryption.errors import EncryptionError
from pazpaz.encryption.sealed import Sealed
from pazpaz.encryption.vault import Vault, current_vault
from pazpaz.events import Actor
from pazpaz.scope import record, workspace_scope

MARK = "!"
IDS_OF_AN_EVENT = 500

type Lists = tuple[list[str], list[str]]


def to_alerts(tags: list[str], alerts: list[str]) -> Lists:
    """Return tags and alerts with what is marked among the alerts."""
    moved = [tag.lstrip(f"{MARK} ").strip() for tag in tags if tag.startswith(MARK)]
    return [tag for tag in tags if not tag.startswith(MARK)], list(
        dict.fromkeys([*alerts, *filter(None, moved)])
    )


def to_tags(tags: list[str], alerts: list[str]) -> Lists:
    """Undo it."""
    return [*tags, *(MARK + alert for alert in alerts)], []


def move_all(
    apps: Apps, schema_editor: BaseDatabaseSchemaEditor, change: Callable[..., Lists], column: str
) -> None:
    Client = apps.get_model("clients", "Client")
    # The owner sees the rows of every workspace, suspended ones too; one without any needs no keys.
    filled: Any = Client.objects.using(schema_editor.connection.alias).exclude(**{f"{column}__isnull": True})
    for workspace_id in sorted(filled.values_list("workspace_id", flat=True).distinct()):
        with workspace_scope(Workspace(pk=workspace_id), Actor.running("migrate")):
            moved = _move(Client.objects.using("default"), workspace_id, change)
            for start in range(0, len(moved), IDS_OF_AN_EVENT):
                ids = moved[start : start + IDS_OF_AN_EVENT]
                record("client.alerts_moved", ids=ids, fields=["alerts", "tags"])


def _move(clients: Any, workspace_id: UUID, change: Callable[..., Lists]) -> list[UUID]:
    vault, moved = current_vault(), []
    rows = clients.filter(workspace_id=workspace_id).select_for_update(no_key=True)
    for pk, sealed_tags, sealed_alerts in rows.values_list("pk", "tags", "alerts"):
        try:
            tags, alerts = _open(vault, "tags", pk, sealed_tags), _open(vault, "alerts", pk, sealed_alerts)
        except EncryptionError:
            continue  # damaged: it stays as it is, for verify_encryption to name it
        if not isinstance(tags, list) or not isinstance(alerts, list):
            continue
        after = change(tags, alerts)
        if after != (tags, alerts):
            clients.filter(pk=pk).update(
                tags=_seal(vault, "tags", pk, after[0]),
                alerts=_seal(vault, "alerts", pk, after[1]),
                # A form that was opened before must not put the tags back.
                updated_at=timezone.now(),
            )
            moved.append(pk)
    return moved


def _open(vault: Vault, name: str, pk: UUID, sealed: Sealed | None) -> Any:
    if sealed is None:
        return []
    return json.loads(vault.keys.unseal(f"client.{name}", pk, sealed.token or ""))


def _seal(vault: Vault, name: str, pk: UUID, texts: list[str]) -> Sealed | None:
    if not texts:
        return None
    text = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
    return Sealed(vault.keys.seal(f"client.{name}", pk, text.encode("utf-8", "surrogatepass")), pk)


def forwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    move_all(apps, schema_editor, to_alerts, "tags")


def backwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    move_all(apps, schema_editor, to_tags, "alerts")


class Migration(migrations.Migration):
    # The scopes have transactions of their own, on the application's connection.
    atomic = False

    dependencies = [
        ("clients", "0003_client_alerts"),
        ("accounts", "0007_workspace_assistants_see_alerts"),
        ("audit", "0002_append_only"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
