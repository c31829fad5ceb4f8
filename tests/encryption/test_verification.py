"""verify_encryption opens everything there is, and names what does not open."""

import datetime
import json
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import models

from clients.consents import Consent
from clients.directory_copy import open_directory
from clients.models import Client
from pazpaz.accounts.allauth.adapters import FACTOR_LABEL
from pazpaz.accounts.models import UnsentForm, User
from pazpaz.encryption.fields import EncryptedDateField, EncryptedEmailField, EncryptedJSONField
from pazpaz.encryption.models import encrypted_fields
from pazpaz.encryption.providers import master_keys
from pazpaz.encryption.registry import registered_fields, sealed_models
from pazpaz.encryption.sealed import Sealed
from pazpaz.encryption.vault import current_vault
from pazpaz.encryption.verification import count_rows, verify_workspace
from scheduling.models import Location
from sessions.models import Attachment, NoteVersion
from tests.cast import events, inside
from tests.encryption.columns import forget, new_generation, store, stored
from tests.factories import AppointmentFactory, ClientFactory, SessionNoteFactory

pytestmark = pytest.mark.django_db


class Screen(StringIO):
    def isatty(self) -> bool:
        return True


def run(*arguments: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_encryption", *arguments, stdout=out, stderr=err, no_color=True)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


EXAMPLES: dict[type, object] = {
    EncryptedDateField: datetime.date(1990, 2, 28),
    EncryptedEmailField: "y@example.org",
    EncryptedJSONField: ["latex"],
}


def fill(user: User) -> Client:
    """One row of every model with encrypted columns, every column filled."""
    values = {field.name: EXAMPLES.get(type(field), "030 123456") for field in encrypted_fields(Client)}
    client = ClientFactory(workspace=user.workspace, **values)
    AppointmentFactory(workspace=user.workspace, client=client, notes="n", location_details="d")
    note = SessionNoteFactory(workspace=user.workspace, client=client, deleted_reason="r")
    soap = {"subjective": "s", "objective": "o", "assessment": "a", "plan": "p"}
    with inside(user) as scope:
        own = {"workspace": scope.workspace}
        Consent.objects.create(**own, client=client, given_on="2024-03-12", text="t")
        Location.objects.create(**own, name="Room", address="a", details="d")
        NoteVersion.objects.create(
            **own, note=note, number=1, author=user, reason="r", content_hash=b"x", **soap
        )
        Attachment.objects.create(
            **own,
            client=client,
            file_name="scan.pdf",
            content_type="application/pdf",
            size=1,
            storage_key="k",
            ciphertext_sha256=b"x",
            uploaded_by=user,
        )
        UnsentForm.objects.create(**own, user=user, path="/", fields={"plan": ["x"]}, clinical=True)
        open_directory(scope.workspace.pk, unrecorded="a test")
    return client


def test_no_registered_column_is_passed_over(dana: User) -> None:
    fill(dana)
    with inside(dana):
        report = verify_workspace(current_vault())
        assert count_rows() == len(sealed_models())
    assert report.damage == []
    assert report.opened == len(registered_fields())
    assert {model for model, _generation in report.values} == {model._meta.label for model in sealed_models()}
    assert report.indexes.total() == 2


def test_it_prints_counts_by_model_and_generation(dana: User, omer: User) -> None:
    fill(dana)
    ClientFactory(workspace=omer.workspace)
    new_generation(dana)
    ClientFactory(workspace=dana.workspace)
    code, out, err = run()
    assert (code, err) == (0, "")
    columns = len([field for field in registered_fields() if field.model is Client])
    assert f"clients.Client                 generation 1   {columns + 2:>10} values" in out
    assert f"clients.Client                 generation 2   {2:>10} values" in out
    assert f"{len(registered_fields()) + 4} values opened, 0 damaged." in out
    assert json.loads(run("--json")[1])["values"]["clients.Client"] == {"1": columns + 2, "2": 2}
    assert "generation 2" not in run("--workspace", str(omer.workspace_id))[1]


@pytest.mark.parametrize("field", registered_fields(), ids=lambda field: field.label)
def test_a_moved_value_is_named_in_every_column(dana: User, field: Any) -> None:
    fill(dana)
    with inside(dana):
        foreign = current_vault().keys.seal("somewhere.else", dana.pk, b"x")
        row: Any = models.QuerySet[Any](field.model).get()
        if field.model is NoteVersion:  # append-only, so the damage comes with the row
            row.pk, row.number, row._state.adding = uuid4(), 2, True
            setattr(row, field.name, Sealed(foreign, row.pk))
            row.save()
        else:
            store(row, **{field.column: foreign})
    code, out, err = run()
    assert code == 1
    assert f"Workspace {dana.workspace_id}: cannot open {field.label} of {row.pk}: wrong key" in err
    assert "1 damaged." in out


def test_swapped_rows_and_columns_are_named(dana: User) -> None:
    one = ClientFactory(workspace=dana.workspace, first_name="Anna")
    two = ClientFactory(workspace=dana.workspace, first_name="Ruth")
    with inside(dana):
        [first], [second] = stored(one, "first_name"), stored(two, "first_name")
        [last] = stored(two, "last_name")
        store(one, first_name=second)
        store(two, first_name=last, last_name=first)
    code, _out, err = run()
    assert code == 1
    for row, label in ((one, "first_name"), (two, "first_name"), (two, "last_name")):
        assert f"cannot open client.{label} of {row.pk}" in err
    assert "Anna" not in err


def test_archived_and_deleted_rows_are_opened_too(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    note = SessionNoteFactory(workspace=dana.workspace, client=client)
    with inside(dana):
        client.archive()
        store(client, first_name=stored(client, "last_name")[0])
        store(note, deleted_at=datetime.datetime.now(datetime.UTC), plan=stored(note, "objective")[0])
    err = run()[2]
    assert f"client.first_name of {client.pk}" in err
    assert f"session_note.plan of {note.pk}" in err


def test_an_index_that_does_not_match_its_value_is_named(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, email="y@example.org")
    with inside(dana):
        store(client, email_index=b"x" * 16)
    code, _out, err = run()
    assert (code, f"client.email#n1 of {client.pk}: the index does not match its value" in err) == (1, True)
    with inside(dana):
        store(client, email_index=None)
    assert run()[0] == 1


def test_an_unknown_generation_is_named(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    new_generation(dana)
    with inside(dana) as scope:
        scope.workspace.keys.filter(generation=1, purpose="data").update(state="destroyed", wrapped_key="")
        forget(scope.workspace.pk)
    assert f"client.first_name of {client.pk}: unknown key generation 1 (have 2)" in run()[2]


def test_keys_that_do_not_unwrap_are_named_and_the_next_workspace_is_verified(dana: User, omer: User) -> None:
    ClientFactory(workspace=omer.workspace)
    with inside(dana) as scope:
        scope.workspace.keys.filter(purpose="data").update(wrapped_key="AAAA")
        forget(scope.workspace.pk)
    code, out, err = run()
    assert (code, "2 values opened" in out) == (1, True)
    assert f"Workspace {dana.workspace_id}: The data key of generation 1" in err


def test_the_secrets_of_second_factors_are_opened(dana: User, noa: User) -> None:
    seal = master_keys().seal_secret
    Authenticator.objects.create(user=dana, type="totp", data={"secret": seal(FACTOR_LABEL, dana.pk, "SEED")})
    Authenticator.objects.create(
        user=dana, type="recovery_codes", data={"seed": seal(FACTOR_LABEL, dana.pk, "x"), "used_mask": 0}
    )
    Authenticator.objects.create(user=dana, type="webauthn", data={"name": "Key", "credential": {}})
    code, out, _err = run()
    assert (code, f"secrets        {2:>10}" in out) == (0, True)

    moved = Authenticator.objects.create(
        user=noa, type="totp", data={"secret": seal(FACTOR_LABEL, dana.pk, "SEED")}
    )
    clear = Authenticator.objects.create(user=noa, type="recovery_codes", data={"seed": "JBSWY3DPEHPK3PXP"})
    code, _out, err = run()
    assert code == 1
    assert f"factor {moved.pk}: cannot open system.factor of {noa.pk}" in err
    assert f"factor {clear.pk}: system.factor of {noa.pk}: not an encrypted value" in err
    assert "JBSWY3DPEHPK3PXP" not in err


def test_each_workspace_remembers_that_it_was_verified(dana: User, omer: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    with inside(dana):
        store(client, first_name=stored(client, "last_name")[0])
    run()
    [event] = events(dana, "encryption.verified")
    assert (event.command, event.outcome) == ("verify_encryption", "failed")
    assert event.metadata == {"values": 1, "damaged": 1}
    assert events(omer, "encryption.verified")[0].metadata == {"values": 0, "damaged": 0}
    assert events(dana, "client.viewed") == []


def test_a_workspace_that_is_not_there_is_an_error(dana: User) -> None:
    with pytest.raises(CommandError, match="There is no workspace"):
        run("--workspace", str(dana.pk))


def test_somebody_at_a_screen_sees_a_bar(dana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pazpaz.encryption.verification.BATCH", 2)
    for _n in range(3):
        ClientFactory(workspace=dana.workspace)
    screen = Screen()
    call_command("verify_encryption", stdout=StringIO(), stderr=screen, no_color=True)
    assert f"{dana.workspace_id} [####################..........] 2 of 3 rows" in screen.getvalue()
