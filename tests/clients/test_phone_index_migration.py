"""The blind index of telephone numbers is computed again, in every practice and in its country."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command

from clients.models import Client
from pazpaz.accounts.models import User, Workspace
from pazpaz.encryption.vault import current_vault
from pazpaz.encryption.verification import verify_workspace
from tests.cast import inside
from tests.encryption.columns import new_generation, store, stored
from tests.factories import ClientFactory, make_owner

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

BEFORE = ("clients", "0006_client_directory")


def migrate(*target: str) -> None:
    call_command("migrate", *target, verbosity=0, stdout=io.StringIO())


def test_every_number_is_indexed_again(dana: User, omer: User) -> None:
    sam = make_owner("sam@example.org", "Sam", "Practice", time_zone="America/New_York")
    german = ClientFactory(workspace=dana.workspace, phone="030 7654321 / 0179 1112223")
    archived = ClientFactory(workspace=omer.workspace, phone="050-1234567")
    american = ClientFactory(workspace=sam.workspace, phone="(212) 555-0187 ext. 42")
    words = ClientFactory(workspace=dana.workspace, phone="ask her mother")
    without = ClientFactory(workspace=dana.workspace)
    damaged = ClientFactory(workspace=dana.workspace, phone="030 1234567")
    with inside(omer):
        archived.archive()
    new_generation(dana)
    Workspace.objects.filter(users=omer).update(status="suspended")

    migrate(*BEFORE)
    with inside(dana):
        before = stored(german, "phone_index", "updated_at")
        # "030 7654321 / 0179 1112223" is not one number, so the earlier index held its digits.
        keys = current_vault().keys
        assert before[0] == keys.digest("client.phone#n1", b"030765432101791112223")[:16]
        store(damaged, phone=stored(german, "phone")[0])
    migrate()

    with inside(dana):
        assert stored(german, "phone_index") != before[:1]
        assert stored(german, "updated_at") == before[1:]
        assert Client.objects.with_phone("+49 30 7654321").get() == german
        assert stored(words, "phone_index") == stored(without, "phone_index") == (None,)
        (damage,) = verify_workspace(current_vault()).damage
        assert (damage.row, damage.label) == (damaged.pk, "client.phone")
    with inside(omer):
        assert Client.objects.with_phone("+972501234567").get() == archived
        assert not verify_workspace(current_vault()).damage
    with inside(sam):
        assert Client.objects.with_phone("1 212 555 0187").get() == american
        assert not verify_workspace(current_vault()).damage


def test_without_practices_there_is_nothing_to_do(transactional_db: None) -> None:
    migrate(*BEFORE)
    migrate()
