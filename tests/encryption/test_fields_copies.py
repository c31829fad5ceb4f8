"""What leaves the ORM: pickles, copies, fixtures and texts carry tokens or nothing, never plaintext."""

import copy
import datetime
import json
import logging
import pickle
import traceback
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.views.debug import SafeExceptionReporterFilter

from clients.models import Client
from pazpaz.accounts.models import User
from pazpaz.encryption.errors import CannotOpen, EncryptionError, NotEncrypted, Unpicklable
from tests.cast import inside
from tests.encryption.columns import refused, stored
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db

SECRETS = ("Yonatan", "Sasson", "y@example.org", "1990-02-28", "runner", "knee")


@pytest.fixture
def client(dana: User) -> Client:
    return ClientFactory(
        workspace=dana.workspace,
        first_name="Yonatan",
        last_name="Sasson",
        email="y@example.org",
        date_of_birth=datetime.date(1990, 2, 28),
        tags=["runner"],
        notes="knee",
    )


def opened(client: Client) -> Client:
    """The client as a view leaves it: every value read."""
    found = Client.objects.get(pk=client.pk)
    for field in Client._meta.concrete_fields:
        getattr(found, field.attname)
    return found


def assert_discreet(text: object) -> None:
    assert not [secret for secret in SECRETS if secret in str(text)]


def test_a_pickle_carries_tokens_and_opens_again(dana: User, client: Client) -> None:
    with inside(dana):
        data = pickle.dumps(opened(client))
        assert_discreet(data)
        again = pickle.loads(data)
        assert (again.first_name, again.tags, again.date_of_birth.year) == ("Yonatan", ["runner"], 1990)
        before = stored(client, "first_name")
        again.save()
        assert stored(client, "first_name") == before


def test_a_pickle_of_unsaved_changes_is_refused(dana: User, client: Client) -> None:
    with inside(dana):
        found = opened(client)
        found.first_name = "Jonathan"
        for deed in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(Unpicklable, match="client.first_name has unsaved changes"):
                deed(found)


def test_a_copy_reads_and_saves_like_the_original(dana: User, client: Client) -> None:
    with inside(dana):
        twin = copy.deepcopy(opened(client))
        twin.first_name = "Jonathan"
        twin.save()
        assert Client.objects.get(pk=client.pk).full_name == "Jonathan Sasson"


def test_a_copy_that_becomes_a_clone_is_sealed_anew(dana: User, client: Client) -> None:
    with inside(dana):
        clone = copy.copy(Client.objects.get(pk=client.pk))
        clone.pk, clone.email, clone._state.adding = Client._meta.pk.get_default(), None, True
        clone.save()
        assert Client.objects.get(pk=clone.pk).first_name == "Yonatan"


def test_texts_of_an_instance_show_nothing(dana: User, client: Client) -> None:
    with inside(dana):
        found = opened(client)
        for text in (
            repr(found),
            str(found),
            f"{vars(found)}",
            f"{[found]}",
            repr(vars(found)["first_name"]),
        ):
            assert_discreet(text)
        with pytest.raises(TypeError, match="copy its model instance"):
            pickle.dumps(vars(found)["first_name"])


def test_an_error_while_opening_shows_nothing(
    dana: User, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with inside(dana):
        found = Client.objects.raw("SELECT id, last_name AS first_name, notes FROM clients_client")[0]
        assert found.notes == "knee"
        try:
            _ = found.first_name
        except CannotOpen as error:
            logging.getLogger("tests").exception("failed for %s", found)
            lines = "".join(traceback.format_exception(error))
            shown = traceback.TracebackException.from_exception(error, capture_locals=True)
        assert_discreet(caplog.text.replace("first_name", ""))
        assert_discreet(lines)
        assert_discreet("".join(shown.format()))
        assert_discreet(SafeExceptionReporterFilter().cleanse_setting("client", found))


def dumped(*rows: Client) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads(serializers.serialize("json", rows))
    return loaded


@pytest.mark.parametrize("form", ["json", "jsonl", "python", "xml"])
def test_a_fixture_carries_tokens_only(dana: User, client: Client, form: str) -> None:
    with inside(dana):
        fixture = serializers.serialize(form, [opened(client)])
        assert_discreet(fixture)
        assert stored(client, "tags")[0] in str(fixture)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_dumpdata_and_loaddata_work_within_a_scope(dana: User, client: Client, tmp_path: Path) -> None:
    fixture = tmp_path / "clients.json"
    with inside(dana):
        call_command("dumpdata", "clients", database="owner", output=str(fixture), verbosity=0)
        before = stored(client, "first_name", "email", "email_index")
    assert_discreet(fixture.read_text())
    with inside(dana):
        Client.objects.filter(pk=client.pk).delete()
    with inside(dana):
        call_command("loaddata", str(fixture), database="owner", verbosity=0)
    with inside(dana):
        assert stored(client, "first_name", "email", "email_index") == before
        assert opened(client).tags == ["runner"]


def loaded(fixture: list[dict[str, Any]]) -> None:
    for row in serializers.deserialize("json", json.dumps(fixture)):
        row.save()


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"first_name": "Dana"}, NotEncrypted),
        ({"date_of_birth": "1990-01-01"}, EncryptionError),
        ({"tags": ["x"]}, NotEncrypted),
        ({"tags": 7}, NotEncrypted),
    ],
)
def test_a_fixture_with_plaintext_is_refused(
    dana: User, client: Client, changes: dict[str, Any], kind: type[Exception]
) -> None:
    with inside(dana):
        fixture = dumped(client)
        fixture[0]["fields"].update(changes)
        with refused(kind):
            loaded(fixture)


def test_a_fixture_with_moved_values_is_refused(dana: User, client: Client) -> None:
    other = ClientFactory(workspace=dana.workspace, first_name="Ruth")
    with inside(dana):
        fixture = dumped(client, other)
        one, two = fixture[0]["fields"], fixture[1]["fields"]
        one["first_name"], two["first_name"] = two["first_name"], one["first_name"]
        with refused(CannotOpen):
            loaded(fixture)
        renamed = dumped(client)
        renamed[0]["pk"] = "11111111-2222-4333-8444-555555555555"
        with refused(CannotOpen):
            loaded(renamed)


def test_a_fixture_cannot_bring_a_false_index(dana: User, client: Client) -> None:
    with inside(dana):
        fixture = dumped(client)
        fixture[0]["fields"]["email_index"] = "AAAAAAAAAAAAAAAAAAAAAA=="
        loaded(fixture)
        assert Client.objects.with_email("y@example.org").get() == client


def test_a_fixture_does_not_load_into_another_workspace(dana: User, omer: User, client: Client) -> None:
    with inside(dana):
        fixture = dumped(client)
    assert omer.workspace is not None
    fixture[0]["fields"]["workspace"] = str(omer.workspace.pk)
    with inside(omer), refused(CannotOpen):
        loaded(fixture)


class ClientForm(forms.ModelForm[Client]):
    class Meta:
        model = Client
        fields = ("first_name", "email", "date_of_birth", "tags")


def test_a_form_shows_values_and_saves_what_was_typed(dana: User, client: Client) -> None:
    with inside(dana):
        form = ClientForm(instance=Client.objects.get(pk=client.pk))
        assert 'value="Yonatan"' in form.as_p()
        typed = {"first_name": "Jo", "email": "j@example.org", "date_of_birth": "1990-02-27", "tags": '["a"]'}
        form = ClientForm(typed, instance=Client.objects.get(pk=client.pk))
        assert set(form.changed_data) == {"first_name", "email", "date_of_birth", "tags"}
        form.save()
        saved = opened(client)
        assert (saved.first_name, saved.date_of_birth, saved.tags) == (
            "Jo",
            datetime.date(1990, 2, 27),
            ["a"],
        )


def test_a_token_typed_into_a_form_is_text_like_any_other(dana: User, client: Client) -> None:
    with inside(dana):
        stolen = stored(client, "last_name")[0]
        form = ClientForm({"first_name": stolen}, instance=Client.objects.get(pk=client.pk))
        form.save()
        assert opened(client).first_name == stolen
        for typed in ({"first_name": "x", "date_of_birth": stolen}, {"first_name": "x", "email": stolen}):
            assert not ClientForm(typed, instance=Client.objects.get(pk=client.pk)).is_valid()


def test_a_token_assigned_to_a_date_is_not_stored(dana: User, client: Client) -> None:
    with inside(dana):
        found = Client.objects.get(pk=client.pk)
        found.date_of_birth = stored(client, "date_of_birth")[0]
        with refused(ValidationError):
            found.save()


def test_validation_speaks_of_the_plaintext(dana: User, client: Client) -> None:
    with inside(dana):
        found = Client.objects.get(pk=client.pk)
        found.full_clean()
        found.first_name, found.email, found.last_name = "x" * 256, "nobody", "\u3164"
        with pytest.raises(ValidationError) as caught:
            found.full_clean()
        assert set(caught.value.message_dict) == {"first_name", "email", "last_name"}
