"""The admin site of platform staff: metadata only, no client data, closed without a second factor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.core.checks import Tags, run_checks
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from clients.models import Client
from pazpaz.accounts.admin.site import StaffSite, site
from pazpaz.accounts.models import User, Workspace
from pazpaz.encryption.models import encrypted_fields
from tests.accounts.helpers import Mailbox, is_signed_in
from tests.cast import events, inside, signed_in
from tests.factories import AppointmentFactory, ClientFactory, SessionNoteFactory

pytestmark = pytest.mark.django_db

CANARY = "Canary-7f3a"


@pytest.fixture
def staff(petra: User) -> Browser:
    """Petra, with an authenticator app."""
    Authenticator.objects.create(
        user=petra, type=Authenticator.Type.TOTP, data={"secret": "sealed elsewhere"}
    )
    return signed_in(petra)


@pytest.fixture
def treated(dana: User) -> User:
    """Dana, in whose practice every encrypted text is the canary."""
    texts = dict.fromkeys(("first_name", "last_name", "phone", "address", "notes", "medical_history"), CANARY)
    client = ClientFactory(workspace=dana.workspace, **texts)
    AppointmentFactory(workspace=dana.workspace, client=client, notes=CANARY, location_details=CANARY)
    SessionNoteFactory(workspace=dana.workspace, client=client, subjective=CANARY, plan=CANARY)
    return dana


def pages() -> Iterator[str]:
    """Every page of the site, with the ids of what there is."""
    yield reverse("admin:index")
    for app in {model._meta.app_label for model in site._registry}:
        yield reverse("admin:app_list", args=[app])
    for model in site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        yield reverse(f"{name}_changelist") + "?q=a"
        yield reverse(f"{name}_add")
        for row in model._default_manager.all():
            for page in ("change", "history", "delete"):
                yield reverse(f"{name}_{page}", args=[row.pk])
    for workspace in Workspace.objects.all():
        for page in ("keys", "events"):
            yield reverse(f"admin:accounts_workspace_{page}", args=[workspace.pk])


def secrets_of(user: User) -> set[str]:
    with inside(user), connection.cursor() as cursor:
        cursor.execute(
            "SELECT first_name FROM clients_client UNION SELECT wrapped_key FROM accounts_workspacekey"
        )
        return {text for (text,) in cursor.fetchall()}


def test_no_page_shows_client_data_tokens_or_keys(staff: Browser, treated: User) -> None:
    forbidden = {CANARY, *secrets_of(treated)}
    answers: dict[int, int] = {}
    for url in pages():
        response = staff.get(url)
        answers[response.status_code] = answers.get(response.status_code, 0) + 1
        assert not [text for text in forbidden if text in response.text], url
    assert set(answers) == {200, 403}
    assert answers[200] > 10


def test_no_model_with_encrypted_fields_is_registered_anywhere() -> None:
    assert set(site._registry) == {Workspace, User}
    assert not [model for model in apps.get_models() if encrypted_fields(model) and site.is_registered(model)]
    assert not [error for error in run_checks(tags=[Tags.admin]) if error.id == "accounts.E001"]


def test_the_check_refuses_a_model_with_encrypted_fields() -> None:
    class ClientInline(admin.TabularInline[Any, Any]):
        model = Client

    class WorkspaceWithClients(admin.ModelAdmin[Workspace]):
        inlines = [ClientInline]

    cases: list[tuple[Any, Any]] = [(Client, None), (Workspace, WorkspaceWithClients)]
    for model, shown_by in cases:
        careless = admin.AdminSite(name="careless")
        careless.register(model, shown_by)
        (error,) = [error for error in run_checks(tags=[Tags.admin]) if error.id == "accounts.E001"]
        assert "clients.Client has encrypted fields" in error.msg
        careless.unregister(model)


@pytest.mark.parametrize("url", ["/admin/", "/admin/accounts/user/", "/admin/accounts/workspace/add/"])
def test_it_is_open_to_staff_with_a_second_factor_only(
    url: str, client: Browser, as_dana: Browser, as_petra: Browser
) -> None:
    assert client.get(url).headers["Location"].startswith("/accounts/login/?next=%2Fadmin%2F")
    assert as_dana.get(url, follow=True).status_code == 403
    assert as_petra.get(url, follow=True).redirect_chain[-1][0] == reverse("accounts:security")
    Authenticator.objects.create(
        user=User.objects.get(is_staff=True), type=Authenticator.Type.RECOVERY_CODES, data={"seed": ""}
    )
    assert as_petra.get(url).status_code == 302, "recovery codes alone are no factor"


def test_every_page_asks_for_the_permission(treated: User, as_dana: Browser) -> None:
    for url in pages():
        assert as_dana.get(url, follow=True).status_code == 403, url


def test_staff_without_a_factor_see_where_to_set_one_up(as_petra: Browser) -> None:
    page = as_petra.get("/admin/", follow=True).text
    assert "Set up a passkey or an authenticator app" in page
    assert reverse("mfa_activate_totp") in page


def test_signing_out_of_it_signs_out(staff: Browser) -> None:
    response = staff.post(reverse("admin:logout"))
    assertRedirects(response, reverse("account_login"))
    assert "Clear-Site-Data" in response.headers
    assert not is_signed_in(staff)


def test_there_are_no_password_pages(staff: Browser) -> None:
    assert staff.get("/admin/password_change/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_staff_found_a_practice_with_its_owner(staff: Browser, mailoutbox: Mailbox) -> None:
    answers = {
        "name": "Practice of Mia Chen",
        "time_zone": "Europe/Paris",
        "language": "en",
        "owner_email": "Mia@Example.org",
        "owner_name": "Mia Chen",
    }
    staff.post(reverse("admin:accounts_workspace_add"), answers)
    mia = User.objects.select_related("workspace").get(email="mia@example.org")
    assert mia.is_owner
    assert mia.workspace is not None
    assert (mia.workspace.time_zone, mia.workspace.country) == ("Europe/Paris", "FR")
    (created,) = events(mia, "workspace.created")
    assert created.actor_id == User.objects.get(is_staff=True).pk
    assert mailoutbox[0].to == [mia.email]
    assert "Practice of Mia Chen is ready" in mailoutbox[0].subject


def test_an_address_in_use_founds_nothing(staff: Browser, dana: User) -> None:
    answers = {"name": "Second", "time_zone": "UTC", "language": "en", "owner_email": dana.email}
    response = staff.post(reverse("admin:accounts_workspace_add"), answers)
    assert "has an account already" in response.text
    assert Workspace.objects.count() == 1


def test_suspending_shuts_everybody_out_and_is_recorded(
    staff: Browser, petra: User, dana: User, as_dana: Browser
) -> None:
    url = reverse("admin:accounts_workspace_suspend", args=[dana.workspace_id])
    assert staff.get(url).status_code == 405
    assertRedirects(staff.post(url), reverse("admin:accounts_workspace_change", args=[dana.workspace_id]))
    assert as_dana.get("/settings/team/").status_code == 302
    assert events(dana, "workspace.suspended")[0].actor_id == petra.pk
    staff.post(reverse("admin:accounts_workspace_reactivate", args=[dana.workspace_id]))
    assert as_dana.get("/settings/team/").status_code == 302, "old sessions stay ended"
    assert signed_in(User.objects.get(pk=dana.pk)).get("/settings/team/").status_code == 200
    assert len(events(dana, "workspace.reactivated")) == 1


def test_many_practices_are_suspended_by_the_action(staff: Browser, dana: User, omer: User) -> None:
    chosen = {"action": "suspend_chosen", "_selected_action": [dana.workspace_id, omer.workspace_id]}
    staff.post(reverse("admin:accounts_workspace_changelist"), chosen)
    assert not Workspace.objects.filter(is_active=True).exists()
    assert len(events(omer, "workspace.suspended")) == 1


def test_people_are_deactivated_by_the_action_but_not_the_last_owner(
    staff: Browser, petra: User, dana: User, noa: User
) -> None:
    chosen = {"action": "deactivate_chosen", "_selected_action": [dana.pk, noa.pk, petra.pk]}
    page = staff.post(reverse("admin:accounts_user_changelist"), chosen, follow=True).text
    assert list(User.objects.filter(is_active=False)) == [noa]
    assert "is the only owner of a practice." in page
    assert "You cannot deactivate yourself." in page
    assert events(dana, "user.deactivated")[0].actor_id == petra.pk


def test_nothing_can_be_changed_or_deleted(staff: Browser, dana: User) -> None:
    for kind, pk in (("workspace", dana.workspace_id), ("user", dana.pk)):
        assert (
            staff.post(reverse(f"admin:accounts_{kind}_change", args=[pk]), {"name": "x"}).status_code == 403
        )
        assert (
            staff.post(reverse(f"admin:accounts_{kind}_delete", args=[pk]), {"post": "yes"}).status_code
            == 403
        )


def test_looking_at_keys_and_events_is_in_the_trail(staff: Browser, petra: User, dana: User) -> None:
    keys = staff.get(reverse("admin:accounts_workspace_keys", args=[dana.workspace_id])).text
    assert len(re.findall(r"<td>(?:data|index)</td>", keys)) == 2
    shown = staff.get(reverse("admin:accounts_workspace_events", args=[dana.workspace_id])).text
    assert "workspace.created" in shown
    looks = events(dana, "workspace.inspected")
    assert [e.metadata for e in looks] == [{"what": "keys"}, {"what": "events"}]
    assert {e.actor_id for e in looks} == {petra.pk}


def test_the_site_is_ours(staff: Browser) -> None:
    assert isinstance(site, StaffSite)
    assert "PazPaz platform" in staff.get("/admin/").text


@pytest.mark.parametrize("query", ["?q=%00", "?status__exact=a%00b", "?o=%00"])
def test_what_postgresql_cannot_store_is_a_bad_request(as_petra: Browser, query: str) -> None:
    for name in ("workspace", "user"):
        response = as_petra.get(reverse(f"admin:accounts_{name}_changelist") + query)
        assert response.status_code == 400
        assert "X-Request-ID" in response.headers
