"""Tags that began with ! have become alerts, on real rows of several practices, archived clients included."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command

from clients.models import Client
from pazpaz.accounts.models import User, Workspace
from pazpaz.encryption.errors import CannotOpen
from tests.cast import events, inside
from tests.encryption.columns import new_generation, store
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

BEFORE = ("clients", "0003_client_alerts")


def migrate(*target: str) -> None:
    call_command("migrate", *target, verbosity=0, stdout=io.StringIO())


def lists(user: User) -> dict[str, tuple[list[str] | None, list[str] | None]]:
    with inside(user):
        # The columns of then: the model may have more by now.
        rows = Client.objects.only("workspace_id", "first_name", "tags", "alerts")
        return {client.first_name: (client.tags, client.alerts) for client in rows}


def test_marked_tags_become_alerts_and_go_back(dana: User, omer: User) -> None:
    many = [f"!number {n} {'x' * 40}" for n in range(21)]  # more and longer than a form takes today
    rows = {
        "Both": ["runner", "! Latex allergy", "!Pacemaker"],
        "Only": ["!מיגרנה"],
        "Plain": ["a!b"],
        "None": None,
        "Marks": ["!", "x"],
        "Many": many,
    }
    for name, tags in rows.items():
        ClientFactory(workspace=dana.workspace, first_name=name, tags=tags)
    damaged = ClientFactory(workspace=dana.workspace, first_name="Damaged", tags=["!lost"])
    gone = ClientFactory(workspace=omer.workspace, first_name="Gone", tags=["!Faints"])
    with inside(dana):
        other = Client.objects.filter(tags__isnull=False).exclude(pk=damaged.pk).first()
        assert other is not None
        store(damaged, tags=other.__dict__["tags"].token)
    with inside(omer):
        gone.archive()
    new_generation(dana)
    Workspace.objects.filter(users=omer).update(status="suspended")

    migrate(*BEFORE)
    migrate()

    with inside(dana):
        damaged.refresh_from_db(fields=["tags"])
        with pytest.raises(CannotOpen):
            print(damaged.tags)
        Client.objects.filter(pk=damaged.pk).update(tags=None)
    assert lists(dana) == {
        "Both": (["runner"], ["Latex allergy", "Pacemaker"]),
        "Only": (None, ["מיגרנה"]),
        "Plain": (["a!b"], None),
        "None": (None, None),
        "Marks": (["x"], None),
        "Many": (None, [tag.removeprefix("!") for tag in many]),
        "Damaged": (None, None),
    }
    assert lists(omer) == {"Gone": (None, ["Faints"])}
    (event,) = events(omer, "client.alerts_moved")
    assert (event.object_id, event.fields, event.command) == (gone.pk, ["alerts", "tags"], "migrate")
    (event,) = events(dana, "client.alerts_moved")
    assert len(event.object_ids) == 4

    migrate(*BEFORE)
    assert lists(omer) == {"Gone": (["!Faints"], None)}
    assert lists(dana)["Both"] == (["runner", "!Latex allergy", "!Pacemaker"], None)
    migrate()
    assert lists(omer) == {"Gone": (None, ["Faints"])}


def test_without_practices_there_is_nothing_to_move(transactional_db: None) -> None:
    migrate(*BEFORE)
    migrate()


def test_a_second_run_moves_nothing(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, tags=["!Pacemaker"])
    migrate(*BEFORE)
    migrate()
    with inside(dana):
        before = Client.objects.get(pk=client.pk).updated_at
    migrate()
    with inside(dana):
        assert Client.objects.get(pk=client.pk).updated_at == before
    assert len(events(dana, "client.alerts_moved")) == 1
