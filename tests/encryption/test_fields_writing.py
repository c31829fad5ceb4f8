"""Every way the ORM writes rows: sealed for their row, or refused with a sentence that says what to do."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import FieldError, ValidationError
from django.db import DatabaseError, IntegrityError, models
from django.db.models import Case, F, Value, When
from django.db.models.functions import Concat, Upper

from clients.models import Client
from pazpaz.accounts.models import User
from pazpaz.encryption.errors import NoOpenVault
from pazpaz.encryption.vault import ClinicalDataDenied
from pazpaz.scope import workspace_scope
from tests.cast import inside
from tests.encryption.columns import forget, new_generation, refused, store, stored
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(dana: User) -> Client:
    return ClientFactory(
        workspace=dana.workspace, first_name="Yonatan", last_name="Levi", email="y@example.org"
    )


def reloaded(client: Client) -> Client:
    return Client.objects.get(pk=client.pk)


def test_an_unchanged_save_keeps_every_token(dana: User, client: Client) -> None:
    with inside(dana):
        before = stored(client, "first_name", "last_name", "email")
        found = reloaded(client)
        found.save()
        found.first_name = "Yonatan"
        found.last_name = found.last_name
        found.save()
        assert stored(client, "first_name", "last_name", "email") == before


def test_a_changed_value_is_sealed_anew_and_the_others_stay(dana: User, client: Client) -> None:
    with inside(dana):
        first, last = stored(client, "first_name", "last_name")
        found = reloaded(client)
        found.first_name = "Jonathan"
        found.save()
        assert stored(client, "first_name")[0].split(":")[1] != first.split(":")[1]
        assert stored(client, "last_name") == (last,)
        assert reloaded(client).first_name == "Jonathan"


def test_save_writes_only_the_named_fields(dana: User, client: Client) -> None:
    with inside(dana):
        found = reloaded(client)
        found.first_name, found.last_name = "Jonathan", "Levy"
        found.save(update_fields=["first_name"])
        assert reloaded(client).full_name == "Jonathan Levi"


def test_a_row_loaded_in_part_saves_what_was_loaded(dana: User, client: Client) -> None:
    with inside(dana):
        found = Client.objects.only("first_name").get(pk=client.pk)
        found.first_name = "Jonathan"
        found.save()
        assert reloaded(client).full_name == "Jonathan Levi"


def test_ids_may_be_given_as_text(dana: User) -> None:
    assert dana.workspace is not None
    with inside(dana):
        row = Client(pk=str(uuid4()), workspace_id=str(dana.workspace.pk), first_name="Ruth", last_name="K")
        row.save()
        assert reloaded(row).first_name == "Ruth"


def test_a_clone_is_sealed_for_its_own_row(dana: User, client: Client) -> None:
    with inside(dana):
        clone = reloaded(client)
        clone.pk, clone.email, clone._state.adding = uuid4(), None, True
        clone.save()
        assert stored(clone, "first_name") != stored(client, "first_name")
        assert (reloaded(clone).first_name, reloaded(client).first_name) == ("Yonatan", "Yonatan")


def test_a_row_never_moves_to_another_workspace(dana: User, omer: User, client: Client) -> None:
    assert omer.workspace is not None
    with inside(dana):
        found = reloaded(client)
        found.workspace = omer.workspace
        with refused(FieldError, "rows never move between workspaces"):
            found.save()
        with refused(DatabaseError):
            found.save(update_fields=["workspace"])
    with inside(omer), refused(FieldError):
        Client(workspace=dana.workspace, first_name="R", last_name="K").save()


def test_nothing_is_sealed_without_a_scope(dana: User) -> None:
    with pytest.raises(NoOpenVault):
        Client(workspace=dana.workspace, first_name="Ruth", last_name="K").save()


def test_update_or_create_seals(dana: User, client: Client) -> None:
    with inside(dana):
        Client.objects.update_or_create(pk=client.pk, defaults={"first_name": "Jonathan"})
        assert reloaded(client).first_name == "Jonathan"


@pytest.mark.parametrize(
    "value",
    [
        "Dana",
        F("last_name"),
        Upper("last_name"),
        Value("Dana"),
        Concat("first_name", "last_name"),
        Case(When(is_active=True, then=Value("Dana")), default=F("last_name")),
    ],
    ids=["text", "F", "Func", "Value", "Concat", "Case"],
)
def test_update_refuses_everything_it_cannot_seal(dana: User, client: Client, value: Any) -> None:
    with inside(dana):
        before = stored(client, "first_name")
        with refused(FieldError, "client.first_name is encrypted|client.last_name is encrypted"):
            Client.objects.update(first_name=value)
        with refused(FieldError, "encrypted"):
            models.QuerySet(Client).update(first_name=value)
        assert stored(client, "first_name") == before


def test_update_clears_a_value_together_with_its_index(dana: User, client: Client) -> None:
    with inside(dana):
        Client.objects.filter(pk=client.pk).update(email=None)
        assert stored(client, "email", "email_index") == (None, None)


def test_an_index_cannot_be_written_by_itself(dana: User, client: Client) -> None:
    with inside(dana), refused(FieldError, "follows email by itself"):
        Client.objects.update(email_index=b"x" * 16)


@pytest.mark.parametrize("expression", [F("last_name"), Upper("last_name")])
def test_an_expression_cannot_be_saved(dana: User, client: Client, expression: Any) -> None:
    with inside(dana):
        found = reloaded(client)
        found.first_name = expression
        with refused(FieldError, "the database cannot compute it"):
            found.save()


def test_bulk_create_seals_each_row_for_itself(dana: User) -> None:
    with inside(dana) as scope:
        made = Client.objects.bulk_create(
            [Client(workspace=scope.workspace, first_name="Twin", last_name=str(n)) for n in range(3)]
        )
        assert [(reloaded(row).first_name, reloaded(row).last_name) for row in made] == [
            ("Twin", "0"),
            ("Twin", "1"),
            ("Twin", "2"),
        ]
        assert len({stored(row, "first_name") for row in made}) == 3


def test_bulk_update_seals_changes_and_moves_the_index_along(dana: User, client: Client) -> None:
    other = ClientFactory(workspace=dana.workspace, email="other@example.org")
    with inside(dana):
        untouched = stored(client, "last_name")
        rows = list(Client.objects.in_bulk([client.pk, other.pk]).values())
        for row in rows:
            row.first_name, row.email = "Bulk", f"bulk-{row.pk}@example.org"
        other_row = next(row for row in rows if row.pk == other.pk)
        other_row.email = None
        assert Client.objects.bulk_update(rows, ["first_name", "email"]) == 2
        assert Client.objects.with_email(f"bulk-{client.pk}@example.org").get() == client
        assert stored(other, "email", "email_index") == (None, None)
        assert {row.first_name for row in Client.objects.all()} == {"Bulk"}
        assert stored(client, "last_name") == untouched


def test_a_plain_queryset_cannot_bulk_update(dana: User, client: Client) -> None:
    with inside(dana):
        row = reloaded(client)
        row.first_name = "Bulk"
        with refused(FieldError, "SealedQuerySet"):
            models.QuerySet[Any](Client).bulk_update([row], ["first_name"])


def test_an_upsert_works_on_the_primary_key_only(dana: User, client: Client) -> None:
    with inside(dana) as scope:
        row = Client(
            pk=client.pk, workspace=scope.workspace, first_name="Upsert", last_name="L", email="u@example.org"
        )
        for unique in (["pk"], ["id"]):
            row.first_name += "ed"
            Client.objects.bulk_create(
                [row], update_conflicts=True, unique_fields=unique, update_fields=["first_name", "email"]
            )
        assert reloaded(client).full_name == "Upserteded Levi"
        assert Client.objects.with_email("u@example.org").get() == client
        for elsewhere in (["workspace", "email_index"], [], ["id", "workspace"]):
            with refused(FieldError, "bound to the rejected row's id"):
                Client.objects.bulk_create(
                    [row], update_conflicts=True, unique_fields=elsewhere, update_fields=["first_name"]
                )


def test_a_stale_instance_is_sealed_with_the_new_generation(dana: User, client: Client) -> None:
    with inside(dana):
        unread, read = reloaded(client), reloaded(client)
        assert read.first_name == "Yonatan"
    new_generation(dana)
    with inside(dana):
        for stale in (unread, read):
            stale.save()
            assert all(
                token.startswith("v2:") for token in stored(client, "first_name", "last_name", "email")
            )
            assert reloaded(client).full_name == "Yonatan Levi"


def test_an_assistant_saves_a_client_whose_clinical_columns_are_of_an_old_generation(
    dana: User, avi: User
) -> None:
    client = ClientFactory(workspace=dana.workspace, notes="knee", tags=["runner"])
    new_generation(dana)
    assert avi.workspace is not None
    with workspace_scope(avi.workspace, avi):
        found = reloaded(client)
        found.phone = "030 123456"
        found.save()
        with refused(ClinicalDataDenied):
            _ = found.notes
    with inside(dana):
        assert (reloaded(client).notes, reloaded(client).tags) == ("knee", ["runner"])
        assert stored(client, "notes")[0].startswith("v2:")


def test_an_assistant_can_neither_write_nor_copy_nor_guess_a_clinical_column(dana: User, avi: User) -> None:
    client = ClientFactory(workspace=dana.workspace, notes="knee")
    assert avi.workspace is not None
    with workspace_scope(avi.workspace, avi):
        for guess in ("knee", "hip"):
            found = reloaded(client)
            found.notes = guess
            with refused(ClinicalDataDenied):
                found.save()
        clone = reloaded(client)
        clone.pk, clone._state.adding = uuid4(), True
        with refused(ClinicalDataDenied):
            clone.save()


def test_a_value_of_a_destroyed_generation_cannot_be_saved_over_silently(dana: User, client: Client) -> None:
    new_generation(dana)
    with inside(dana) as scope:
        scope.workspace.keys.filter(generation=1, purpose="data").update(state="destroyed", wrapped_key="")
        forget(scope.workspace.pk)
    with inside(dana), refused(Exception, r"unknown key generation 1 \(have 2\)"):
        reloaded(client).save()


@pytest.mark.parametrize(
    "token",
    [
        "Dana",
        "",
        "v1:AAAA:BBBB",
        "v0:AAECAwQFBgcICQoL:AAAA",
        " v1:AAECAwQFBgcICQoL:AAAA",
        "v1:AAECAwQFBgcICQoL:AAAA\n",
    ],
)
def test_plaintext_cannot_be_stored_not_even_by_sql(dana: User, client: Client, token: str) -> None:
    with inside(dana), refused(IntegrityError):
        store(client, first_name=token)


def test_an_index_without_a_value_cannot_be_stored(dana: User, client: Client) -> None:
    with inside(dana):
        with refused(IntegrityError):
            store(client, email=None)
        with refused(IntegrityError):
            store(client, email_index=b"short")


def test_a_required_column_refuses_null(dana: User, client: Client) -> None:
    with inside(dana), refused(IntegrityError):
        store(client, last_name=None)


@pytest.mark.parametrize("name", ["א" * 255, "漢" * 255, "🌊" * 255, "e\u0301" * 127, "x" * 255])
def test_the_limit_counts_characters_of_the_plaintext(dana: User, name: str) -> None:
    client = ClientFactory(workspace=dana.workspace, first_name=name)
    with inside(dana):
        assert len(reloaded(client).first_name) in (255, 127)


@pytest.mark.parametrize(
    "wrong",
    [
        {"first_name": "x" * 256},
        {"email": "nobody"},
        {"date_of_birth": "tomorrow"},
        {"tags": 7},
        {"tags": True},
    ],
)
def test_an_invalid_value_is_not_sealed(dana: User, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ClientFactory(workspace=dana.workspace, **wrong)


def test_text_is_stored_in_its_composed_form(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, first_name="Rene\u0301")
    with inside(dana):
        assert reloaded(client).first_name == "Ren\u00e9"


@pytest.mark.parametrize("tags", [[], ["a"], {"k": [1, None, 2.5, True]}, "text", ["שלום", "\x00"]])
def test_json_comes_back(dana: User, tags: Any) -> None:
    client = ClientFactory(workspace=dana.workspace, tags=tags)
    with inside(dana):
        assert reloaded(client).tags == tags


def test_a_list_changed_in_place_is_saved_and_an_unchanged_one_keeps_its_token(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, tags=["runner"])
    with inside(dana):
        found = reloaded(client)
        before = stored(client, "tags")
        assert found.tags == ["runner"]
        found.save()
        assert stored(client, "tags") == before
        found.tags.append("knee")
        found.save()
        assert reloaded(client).tags == ["runner", "knee"]
