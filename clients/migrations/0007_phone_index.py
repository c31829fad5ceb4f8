"""The blind index of telephone numbers gets another normal form, so all of it is computed again.

A number is found in what people write around it now (a second number, an extension, a remark), and the label
says so. Workspaces are opened as 0004 opens them. Nobody sees a number, so there is nothing to record. A
second run computes the same values, so a run that broke off is simply repeated.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import phonenumbers
from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import clients.models
import pazpaz.encryption.blind_index
from pazpaz.accounts.models import Workspace
from pazpaz.countries import country_of
from pazpaz.encryption.errors import EncryptionError
from pazpaz.encryption.vault import Vault, current_vault
from pazpaz.events import Actor
from pazpaz.phones import normalise_phone
from pazpaz.scope import workspace_scope

DIGEST_BYTES = 16


type Normalise = Callable[[str, str], str]


def rebuild(apps: Apps, schema_editor: BaseDatabaseSchemaEditor, label: str, normalise: Normalise) -> None:
    Client = apps.get_model("clients", "Client")
    owner = schema_editor.connection.alias
    # The owner sees the rows of every workspace; one without any needs no keys. The zone tells the country.
    filled: Any = Client.objects.using(owner).exclude(phone__isnull=True)
    zones = dict(filled.values_list("workspace_id", "workspace__time_zone").distinct())
    for workspace_id, time_zone in sorted(zones.items()):
        workspace = Workspace(pk=workspace_id, country=country_of(time_zone))
        with workspace_scope(workspace, Actor.running("migrate")):
            _rebuild(Client.objects.using("default"), current_vault(), label, normalise)


def _rebuild(rows: Any, vault: Vault, label: str, normalise: Normalise) -> None:
    filled = rows.filter(workspace_id=vault.workspace_id, phone__isnull=False).select_for_update(no_key=True)
    for pk, sealed in filled.values_list("pk", "phone"):
        try:
            text = vault.keys.unseal("client.phone", pk, sealed.token).decode("utf-8", "surrogatepass")
        except EncryptionError:
            continue  # damaged: it stays as it is, for verify_encryption to name it
        bare = normalise(text, vault.region)
        digest = vault.keys.digest(label, bare.encode())[:DIGEST_BYTES] if bare else None
        rows.filter(pk=pk).update(phone_index=digest)


def _earlier_form(text: str, region: str) -> str:
    """The normal form of the index #n1: the whole text as one number, else its digits."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        digits = re.sub(r"\D", "", text)
        return "".join(str(unicodedata.decimal(digit)) for digit in digits)
    e164: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return e164


def forwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rebuild(apps, schema_editor, "client.phone#n2", normalise_phone)


def backwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rebuild(apps, schema_editor, "client.phone#n1", _earlier_form)


class Migration(migrations.Migration):
    # The scopes have transactions of their own, on the application's connection.
    atomic = False

    dependencies = [("clients", "0006_client_directory"), ("audit", "0002_append_only")]

    operations = [
        migrations.AlterField(
            model_name="client",
            name="phone_index",
            field=pazpaz.encryption.blind_index.BlindIndexField(
                "phone", label="client.phone#n2", normalise=clients.models.phone_for_index
            ),
        ),
        migrations.RunPython(forwards, backwards),
    ]
