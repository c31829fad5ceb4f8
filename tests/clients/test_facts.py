"""What stands beside a client's history."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse

from clients.models import Client
from pazpaz.accounts.models import User
from pazpaz.scope import workspace_scope
from tests.cast import inside
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db

EVERYTHING: dict[str, Any] = {
    "phone": "+49 30 5550 1234",
    "email": "y.levi@example.org",
    "date_of_birth": "1984-05-12",
    "address": "Kantstraße 1\nBerlin",
    "emergency_contact_name": "Maya",
    "emergency_contact_phone": "030 9",
    "medical_history": "Lumbar disc.",
    "notes": "Prefers mornings.",
    "tags": ["back"],
}


def facts(user: User, client: Client) -> str:
    assert user.workspace is not None
    request = RequestFactory().get("/")
    request.user = user
    with workspace_scope(user.workspace, user):
        found = Client.objects.all().with_appointments().get(pk=client.pk)
        return render_to_string("clients/_facts.html", {"client": found}, request)


def test_a_clinician_sees_everything(dana: User) -> None:
    html = facts(dana, ClientFactory(workspace=dana.workspace, **EVERYTHING))
    for text in ("y.levi@example.org", "12 May 1984", "Kantstraße 1<br>Berlin", "Maya", "Lumbar disc."):
        assert text in html
    assert '<li class="pill"><bdi>back</bdi></li>' in html
    assert 'href="tel:+49-30-55501234"' in html
    assert "Nothing booked" in html


def test_an_assistant_sees_no_clinical_field(dana: User, avi: User) -> None:
    html = facts(avi, ClientFactory(workspace=dana.workspace, **EVERYTHING))
    assert "y.levi@example.org" in html
    for text in ("Lumbar", "mornings", "back"):
        assert text not in html


def test_an_archived_client_can_be_restored_from_there(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    with inside(dana):
        Client.objects.get(pk=client.pk).archive()
    html = facts(dana, client)
    assert "Archived on" in html
    assert reverse("clients:restore", args=[client.pk]) in html


def test_a_client_of_whom_little_is_known_leaves_no_empty_lines(dana: User) -> None:
    html = facts(dana, ClientFactory(workspace=dana.workspace))
    assert html.count("<dt>") == 2
    assert "None" not in html
