"""A call that decrypts names its event, or its reason to record none: leaving both out is an error."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from clients.directory_copy import search_directory
from clients.models import Client
from pazpaz.accounts.models import User
from pazpaz.encryption.fields import EncryptedField
from pazpaz.encryption.models import open_rows
from pazpaz.encryption.vault import current_vault
from tests.cast import events, inside
from tests.factories import ClientFactory

# The functions that turn a token into plaintext and record nothing, and the modules that may name them.
PRIMITIVES = {
    "decrypt": {
        "pazpaz/encryption/cipher.py",
        "pazpaz/encryption/keys.py",
        # The secrets of second factors, which belong to no workspace.
        "pazpaz/accounts/allauth/forms.py",
    },
    "open_token": {"pazpaz/encryption/keys.py"},
    "unseal": {
        "pazpaz/encryption/fields.py",
        "pazpaz/encryption/vault.py",
        # Migrations run without a user and read columns of models that no longer exist.
        "clients/migrations/0004_move_alerts.py",
        "clients/migrations/0007_phone_index.py",
    },
    "decrypt_column": {"pazpaz/encryption/models.py"},
    "open_secret": {
        "pazpaz/accounts/factor_secrets.py",
        "pazpaz/accounts/session_store.py",  # who is signed in, no client data
        "pazpaz/accounts/allauth/adapters.py",
    },
}
# Arguments that carry a reason, and the module that hands on the reason of its own caller.
REASONS = {"reason", "unrecorded"}
HANDS_ON = {"clients/damaged.py", "clients/directory_copy.py"}
UNRECORDED = {"decrypt_unrecorded", "open_directory"}


def sources() -> Iterator[tuple[str, ast.AST]]:
    for package in ("pazpaz", "audit", "clients", "scheduling", "sessions", "bench"):
        for path in sorted((Path(settings.BASE_DIR) / package).rglob("*.py")):
            yield str(path.relative_to(settings.BASE_DIR)), ast.parse(path.read_text("utf-8"))


def name_of(node: ast.AST) -> str:
    """The name that a node refers to, whether it is called or not."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.alias):
        return node.name
    return ""


def strays(name: str, tree: ast.AST) -> list[str]:
    """Where a module names a primitive that it may not use, or decrypts without a written reason."""
    found = []
    for node in ast.walk(tree):
        primitive = name_of(node)
        if primitive in PRIMITIVES and name not in PRIMITIVES[primitive]:
            found.append(f"{name}:{node.lineno} {primitive}")  # type: ignore[attr-defined]
        if isinstance(node, ast.Call) and name_of(node.func) in UNRECORDED | {"open_values", "open_rows"}:
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            reasons = [given[key] for key in REASONS & given.keys() if key]
            if not reasons and name_of(node.func) in UNRECORDED:
                found.append(f"{name}:{node.lineno} without a reason")
            for reason in reasons:
                is_text = isinstance(reason, ast.Constant) and isinstance(reason.value, str)
                if not is_text and name not in HANDS_ON:
                    found.append(f"{name}:{node.lineno} without a reason that is written out")
    return found


def test_only_the_platform_decrypts_and_every_other_read_names_its_event_or_reason() -> None:
    assert [stray for name, tree in sources() for stray in strays(name, tree)] == []


@pytest.mark.parametrize(
    "code",
    [
        "vault.keys.unseal(label, row, token)",
        "unseal = vault.keys.unseal",
        "from pazpaz.encryption.cipher import open_token",
        "AESGCM(key).decrypt(nonce, data, None)",
        "field.decrypt_column(vault, ids, values)",
        "field.decrypt_unrecorded(vault, row, token)",
        "field.decrypt_unrecorded(vault, row, token, reason=reason)",
        "rows.open_values('first_name', unrecorded=WHY)",
    ],
)
def test_a_stray_decryption_is_noticed(code: str) -> None:
    assert strays("sessions/timeline.py", ast.parse(code))


def test_the_list_of_modules_that_decrypt_holds_no_other() -> None:
    used = {(name_of(node), name) for name, tree in sources() for node in ast.walk(tree)}
    assert {(primitive, name) for primitive, names in PRIMITIVES.items() for name in names} <= used


@pytest.mark.parametrize(
    "audit",
    [
        {},
        {"event": "client.searched", "unrecorded": "sorting only"},
        {"event": ""},
        {"event": None},
        {"unrecorded": ""},
        {"unrecorded": " "},
        {"unrecorded": None},
        {"unrecorded": "sorting only", "purpose": "duplicates"},
        {"purpose": "duplicates"},
    ],
)
def test_a_read_without_either_event_or_reason_is_refused(dana: User, audit: dict[str, Any]) -> None:
    ClientFactory(workspace=dana.workspace)
    with inside(dana):
        rows = list(Client.objects.all().sealed_values("first_name"))
        for read in (
            lambda: Client.objects.open_values("first_name", **audit),
            lambda: open_rows(Client, ["first_name"], rows, **audit),
            lambda: search_directory(current_vault().workspace_id, "levi", **audit),
        ):
            with pytest.raises(TypeError):
                read()
    assert events(dana, "client.searched") == []


@pytest.mark.parametrize("reason", ["", " ", None])
def test_a_value_is_not_decrypted_without_a_reason(dana: User, reason: Any) -> None:
    client = ClientFactory(workspace=dana.workspace)
    field = Client._meta.get_field("first_name")
    assert isinstance(field, EncryptedField)
    with inside(dana):
        [(_pk, value)] = Client.objects.all().sealed_values("first_name")
        with pytest.raises(TypeError, match="Say why"):
            field.decrypt_unrecorded(current_vault(), client.pk, value.token, reason=reason)


def test_type_checking_refuses_a_read_without_either(dana: User) -> None:
    # mypy reports an ignore that is not needed, so this line fails the build once leaving both out is typed.
    with inside(dana), pytest.raises(TypeError):
        Client.objects.open_values("first_name")  # type: ignore[call-overload]


def test_a_read_of_many_rows_is_one_event_with_ids_columns_and_details(dana: User) -> None:
    clients = [ClientFactory(workspace=dana.workspace) for _ in range(3)]
    with inside(dana):
        rows = Client.objects.open_values(
            "first_name", "is_active", event="client.searched", purpose="duplicates"
        )
        assert len(list(rows)) == 3
    recorded = events(dana, "client.searched")
    assert {event.object_id for event in recorded} | {id for e in recorded for id in e.object_ids} >= {
        client.pk for client in clients
    }
    assert [(event.fields, event.metadata) for event in recorded] == [
        (["first_name"], {"purpose": "duplicates"})
    ]


def test_a_read_that_finds_nothing_is_an_event_too(dana: User) -> None:
    with inside(dana):
        assert list(Client.objects.open_values("first_name", event="client.searched", count=0)) == []
    [event] = events(dana, "client.searched")
    assert event.metadata == {"count": 0}


def test_one_value_that_does_not_decrypt_leaves_the_event_and_the_others(dana: User) -> None:
    ruth, noa = (ClientFactory(workspace=dana.workspace, first_name=name) for name in ("Ruth", "Noa"))
    with inside(dana):
        stored = dict(Client.objects.all().sealed_values("first_name"))
        rows = [(ruth.pk, stored[ruth.pk]), (noa.pk, stored[ruth.pk])]
        opened = open_rows(Client, ["first_name"], rows, event="client.searched", damaged="?")
        assert list(opened) == [(ruth.pk, "Ruth"), (noa.pk, "?")]
    assert len(events(dana, "client.searched")) > 0
