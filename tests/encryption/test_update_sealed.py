"""update_sealed(): encrypted columns and ordinary ones of one row, written under a condition."""

import pytest
from django.core.exceptions import FieldError
from django.db.models import F

from clients.models import Client
from pazpaz.accounts.models import User
from pazpaz.encryption.vault import ClinicalDataDenied
from pazpaz.scope import workspace_scope
from tests.cast import inside
from tests.factories import ClientFactory


@pytest.fixture
def client(dana: User) -> Client:
    created: Client = ClientFactory(workspace=dana.workspace, first_name="Ruth", email="ruth@example.org")
    return created


def test_it_writes_encrypted_and_other_columns_of_one_row(dana: User, client: Client) -> None:
    other = ClientFactory(workspace=dana.workspace, first_name="Noa")
    with inside(dana):
        changed = Client.objects.all().update_sealed(client, {"first_name": "Rut"}, email_shared=True)
        found = Client.objects.get(pk=client.pk)
        assert (changed, found.first_name, found.email_shared) == (1, "Rut", True)
        assert Client.objects.get(pk=other.pk).first_name == "Noa"


def test_it_writes_nothing_where_the_condition_no_longer_holds(dana: User, client: Client) -> None:
    with inside(dana):
        assert Client.objects.filter(is_active=False).update_sealed(client, {"first_name": "Rut"}) == 0
        assert Client.objects.get(pk=client.pk).first_name == "Ruth"


def test_a_blind_index_follows(dana: User, client: Client) -> None:
    with inside(dana):
        Client.objects.all().update_sealed(client, {"email": "new@example.org"})
        index = Client.email_field().digest("new@example.org")
        assert [found.pk for found in Client.objects.filter(email_index=index)] == [client.pk]


def test_it_refuses_what_cannot_be_encrypted(dana: User, client: Client) -> None:
    with inside(dana):
        rows = Client.objects.all()
        with pytest.raises(FieldError, match="is not encrypted"):
            rows.update_sealed(client, {"is_active": False})
        with pytest.raises(FieldError, match="pass it in `values`"):
            rows.update_sealed(client, {"first_name": "Rut"}, last_name="Levi")
        with pytest.raises(FieldError):
            rows.update_sealed(client, {"first_name": F("last_name")})
        assert Client.objects.get(pk=client.pk).first_name == "Ruth"


def test_an_assistant_writes_no_clinical_column_with_it(avi: User, client: Client) -> None:
    assert avi.workspace is not None
    with workspace_scope(avi.workspace, avi), pytest.raises(ClinicalDataDenied):
        Client.objects.all().update_sealed(client, {"notes": "forged"})
