"""A request and its scope: refusals and failures undo everything, and are recorded with what was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import connection, transaction
from django.http import Http404, HttpResponse
from django.test import Client as Browser
from django.urls import path

from audit.chain import TrailBroken
from clients.models import Client
from pazpaz.accounts.models import User
from pazpaz.scope import record
from pazpaz.urls import urlpatterns as site
from pazpaz.web.request import Request
from scheduling.models import Appointment
from tests.cast import events, inside, signed_in
from tests.factories import AppointmentFactory, ClientFactory

pytestmark = pytest.mark.django_db

_act: list[Callable[[Request], HttpResponse]] = []


def anything(request: Request, client_id: object = None) -> HttpResponse:
    """A view that does what a test wants."""
    return _act[0](request)


urlpatterns = [
    path("anything/", anything),
    path("anything/<uuid:client_id>/", anything, name="anything"),
    *site,
]


@pytest.fixture(autouse=True)
def _with_anything(settings: object) -> Iterator[None]:
    settings.ROOT_URLCONF = __name__  # type: ignore[attr-defined]
    yield
    _act.clear()


@pytest.fixture
def client(dana: User) -> Client:
    return ClientFactory(workspace=dana.workspace, first_name="Yonatan")


def browse(user: User, act: Callable[[Request], HttpResponse], url: str = "/anything/") -> int:
    _act[:] = [act]
    browser: Browser = signed_in(user)
    browser.raise_request_exception = False
    return browser.get(url, headers={"user-agent": "tests"}, REMOTE_ADDR="2001:DB8:0:0::1").status_code


def change_and(client: Client, then: Callable[[], HttpResponse]) -> Callable[[Request], HttpResponse]:
    def act(request: Request) -> HttpResponse:
        found = request.workspace.clients.get(pk=client.pk)
        assert found.first_name
        found.first_name = "Changed"
        found.save()
        record("client.updated", found, fields=["first_name"])
        return then()

    return act


def name_of(client: Client, owner: User) -> str:
    with inside(owner):
        return str(Client.objects.get(pk=client.pk).first_name)


def raising(error: BaseException) -> Callable[[], HttpResponse]:
    def then() -> HttpResponse:
        raise error

    return then


def test_a_request_that_succeeds_commits_and_is_recorded(dana: User, client: Client) -> None:
    assert browse(dana, change_and(client, HttpResponse)) == 200
    assert name_of(client, dana) == "Changed"
    [updated] = events(dana, "client.updated")
    assert (updated.actor_id, updated.ip) == (dana.pk, "2001:db8::1")
    assert updated.request_id is not None
    assert len(updated.session_ref) == 16


@pytest.mark.parametrize("status", [200, 204, 302, 409, 422])
def test_answers_that_are_no_refusals_commit(dana: User, client: Client, status: int) -> None:
    assert browse(dana, change_and(client, lambda: HttpResponse(status=status))) == status
    assert name_of(client, dana) == "Changed"


@pytest.mark.parametrize(
    ("then", "status"),
    [
        (raising(ValueError("Yonatan")), 500),
        (raising(PermissionDenied()), 403),
        (raising(Http404()), 404),
        (raising(SuspiciousOperation()), 400),
        (lambda: HttpResponse(status=500), 500),
        (lambda: HttpResponse(status=503), 503),
        (lambda: HttpResponse(status=404), 404),
    ],
)
def test_a_failure_or_refusal_undoes_everything_and_is_recorded(
    dana: User, client: Client, then: Callable[[], HttpResponse], status: int
) -> None:
    url = f"/anything/{client.pk}/"
    assert browse(dana, change_and(client, then), url) == status
    assert name_of(client, dana) == "Yonatan"
    assert events(dana, "client.updated") == []
    action, outcome = ("access.refused", "refused") if status in (403, 404) else ("request.failed", "failed")
    [event] = events(dana, action)
    assert (event.outcome, event.object_id, event.actor_id) == (outcome, client.pk, dana.pk)
    assert event.metadata == {"status": status, "view": "anything", "method": "GET"}


def test_what_was_read_before_a_failure_stays_recorded(dana: User, client: Client) -> None:
    browse(dana, change_and(client, raising(ValueError())))
    [viewed] = events(dana, "client.viewed")
    assert (viewed.object_id, viewed.fields, viewed.actor_id) == (client.pk, ["first_name"], dana.pk)


def test_a_guess_at_a_foreign_id_is_recorded_where_it_was_made(
    dana: User, omer: User, client: Client
) -> None:
    before = len(events(dana))
    assert signed_in(omer).get(f"/clients/{client.pk}/").status_code == 404
    [refused] = events(omer, "access.refused")
    assert (refused.object_id, refused.actor_id) == (client.pk, omer.pk)
    assert len(events(dana)) == before


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_fails_is_a_failure(dana: User) -> None:
    """Deferred keys are checked by COMMIT, when the view has answered already."""
    appointment = AppointmentFactory(workspace=dana.workspace)

    def act(request: Request) -> HttpResponse:
        assert request.workspace.clients.get().first_name
        request.workspace.appointments.filter(pk=appointment.pk).update(therapist=uuid4())
        return HttpResponse()

    assert browse(dana, act) == 500
    with inside(dana):
        assert Appointment.objects.get(pk=appointment.pk).therapist_id == dana.pk
    assert events(dana, "request.failed")[0].metadata["status"] == 500
    assert len(events(dana, "client.viewed")) == 1


@pytest.mark.django_db(transaction=True)
def test_without_its_trail_nothing_happens(
    dana: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise TrailBroken(client.workspace_id, "its head is missing")

    monkeypatch.setattr("pazpaz.scope._writer", broken)
    assert browse(dana, change_and(client, HttpResponse)) == 500
    monkeypatch.setattr("pazpaz.scope._writer", None)
    assert browse(dana, change_and(client, HttpResponse)) == 500
    monkeypatch.undo()
    assert name_of(client, dana) == "Yonatan"


def test_an_event_that_cannot_be_stored_fails_the_request(dana: User, client: Client) -> None:
    def act(request: Request) -> HttpResponse:
        request.workspace.clients.filter(pk=client.pk).update(email_shared=True)
        record("client.updated" * 10, client)
        return HttpResponse()

    assert browse(dana, act) == 500
    with inside(dana):
        assert not Client.objects.get(pk=client.pk).email_shared


def test_a_request_that_breaks_the_transaction_is_still_recorded(dana: User) -> None:
    def act(request: Request) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        return HttpResponse()

    assert browse(dana, act) == 500
    assert len(events(dana, "request.failed")) == 1


def test_an_inner_transaction_that_fails_leaves_the_request_alive(dana: User, client: Client) -> None:
    def act(request: Request) -> HttpResponse:
        try:
            with transaction.atomic():
                request.workspace.clients.filter(pk=client.pk).update(email_shared=True)
                raise ValueError
        except ValueError:
            record("client.searched")
        return HttpResponse()

    assert browse(dana, act) == 200
    assert len(events(dana, "client.searched")) == 1


def test_people_without_a_workspace_open_none(petra: User) -> None:
    def act(request: Request) -> HttpResponse:
        assert not hasattr(request, "workspace")
        return HttpResponse()

    assert browse(petra, act) in (200, 302, 403)
