"""Archived clients leave the lists and nothing else; archiving can be undone."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.models import Client
from pazpaz.accounts.models import User
from tests.cast import events, inside
from tests.factories import AppointmentFactory, ClientFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(dana: User) -> Client:
    created: Client = ClientFactory(workspace=dana.workspace)
    return created


def archive(client: Client) -> str:
    return reverse("clients:archive", args=[client.pk])


def restore(client: Client) -> str:
    return reverse("clients:restore", args=[client.pk])


def is_active(dana: User, client: Client) -> bool:
    with inside(dana):
        return Client.objects.get(pk=client.pk).is_active


def test_archiving_can_be_undone_from_the_message(as_dana: Browser, dana: User, client: Client) -> None:
    response = as_dana.post(archive(client), follow=True)
    assert not is_active(dana, client)
    html = response.content.decode()
    assert "Archived: <bdi>Y. L.</bdi>" in html
    assert f'<form method="post" action="{restore(client)}">' in html
    assert "Levi" not in html.partition('id="messages"')[2].partition("</flash-message>")[0]

    response = as_dana.post(restore(client))
    assert response["Location"] == client.get_absolute_url()
    assert is_active(dana, client)
    assert [e.object_id for e in events(dana, "client.archived") + events(dana, "client.restored")] == [
        client.pk,
        client.pk,
    ]


def test_what_is_still_booked_is_said(as_dana: Browser, dana: User, client: Client) -> None:
    AppointmentFactory(
        workspace=dana.workspace, client=client, scheduled_start=timezone.now() + timedelta(days=2)
    )
    assert "An appointment is still booked." in as_dana.post(archive(client), follow=True).content.decode()


def test_doing_it_twice_is_recorded_once(as_dana: Browser, dana: User, client: Client) -> None:
    for _n in range(2):
        assert as_dana.post(archive(client)).status_code == 302
    for _n in range(2):
        assert as_dana.post(restore(client)).status_code == 302
    assert len(events(dana, "client.archived")) == len(events(dana, "client.restored")) == 1


def test_an_assistant_may(as_avi: Browser, dana: User, client: Client) -> None:
    as_avi.post(archive(client))
    assert not is_active(dana, client)


def test_another_workspaces_client_is_not_there(as_omer: Browser, dana: User, client: Client) -> None:
    assert as_omer.post(archive(client)).status_code == 404
    assert as_omer.post(restore(client)).status_code == 404
    assert is_active(dana, client)


def test_it_takes_a_post(as_dana: Browser, dana: User, client: Client) -> None:
    assert as_dana.get(archive(client)).status_code == 405
    assert as_dana.get(restore(client)).status_code == 405
    assert is_active(dana, client)


def test_the_form_of_an_archived_client_says_so(as_dana: Browser, client: Client) -> None:
    as_dana.post(archive(client))
    html = as_dana.get(reverse("clients:edit", args=[client.pk])).content.decode()
    assert '<span class="pill">Archived</span>' in html
    assert restore(client) in html
