"""Who is in a practice and as what."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertRedirects

from pazpaz.accounts.models import User
from pazpaz.accounts.team import LastOwner, change_role, deactivate
from pazpaz.scope import workspace_scope
from tests.cast import events, signed_in
from tests.factories import TESTS, ClientFactory, UserFactory
from tests.scheduling.browsing import booking

pytestmark = pytest.mark.django_db

TEAM = "/settings/team/"


def test_everybody_sees_the_team_and_nobody_elses(as_avi: Browser, dana: User, noa: User, omer: User) -> None:
    page = as_avi.get(TEAM).text
    assert dana.name in page
    assert noa.email in page
    assert omer.name not in page
    assert reverse("accounts:invite") not in page


def test_the_page_needs_as_many_queries_for_twenty_people_as_for_one(
    as_dana: Browser, dana: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _n in range(20):
        UserFactory(workspace=dana.workspace)
    with django_assert_max_num_queries(12):
        as_dana.get(TEAM)


def test_a_role_is_changed_and_recorded(as_dana: Browser, dana: User, noa: User) -> None:
    response = as_dana.post(reverse("accounts:member", args=[noa.pk]), {"role": "assistant"})
    assertRedirects(response, TEAM)
    noa.refresh_from_db()
    assert noa.role == User.Role.ASSISTANT
    (event,) = events(dana, "user.role_changed")
    assert (event.object_id, event.metadata) == (noa.pk, {"role": "assistant"})


def test_the_last_owner_stays_an_owner(as_dana: Browser, dana: User, noa: User) -> None:
    response = as_dana.post(reverse("accounts:member", args=[dana.pk]), {"role": "therapist"})
    assert response.status_code == 422
    assert "A practice needs an owner." in response.text
    as_dana.post(reverse("accounts:deactivate", args=[dana.pk]))
    dana.refresh_from_db()
    assert dana.is_owner
    assert dana.is_active


def test_of_two_owners_one_may_go(as_dana: Browser, dana: User, noa: User) -> None:
    User.objects.filter(pk=noa.pk).update(role=User.Role.OWNER)
    as_dana.post(reverse("accounts:member", args=[dana.pk]), {"role": "therapist"})
    dana.refresh_from_db()
    assert not dana.is_owner


def test_a_deactivated_owner_does_not_count(as_dana: Browser, dana: User, noa: User) -> None:
    User.objects.filter(pk=noa.pk).update(role=User.Role.OWNER, is_active=False)
    response = as_dana.post(reverse("accounts:member", args=[dana.pk]), {"role": "therapist"})
    assert response.status_code == 422


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_step_down_at_the_same_moment_do_not_both_succeed(dana: User, noa: User) -> None:
    User.objects.filter(pk=noa.pk).update(role=User.Role.OWNER)
    together = threading.Barrier(2)
    refused: list[User] = []

    def step_down(user: User) -> None:
        owner = User.objects.select_related("workspace").get(pk=user.pk)
        assert owner.workspace is not None
        together.wait()
        try:
            with workspace_scope(owner.workspace, TESTS):
                change_role(owner, "therapist")
        except LastOwner:
            refused.append(owner)
        finally:
            connection.close()

    threads = [threading.Thread(target=step_down, args=[user]) for user in (dana, noa)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert User.objects.filter(role=User.Role.OWNER).count() == 1


def test_deactivating_ends_sessions_at_once_and_can_be_undone(
    as_dana: Browser, dana: User, noa: User
) -> None:
    theirs = signed_in(noa)
    response = as_dana.post(reverse("accounts:deactivate", args=[noa.pk]), follow=True)
    assert f'action="{reverse("accounts:reactivate", args=[noa.pk])}"' in response.text
    assert theirs.get(TEAM).status_code == 302
    as_dana.post(reverse("accounts:reactivate", args=[noa.pk]))
    noa.refresh_from_db()
    assert noa.is_active
    assert [e.action for e in events(dana) if e.object_id == noa.pk] == [
        "user.deactivated",
        "user.reactivated",
    ]


PAGES = [("member", "get"), ("member", "post"), ("deactivate", "post"), ("reactivate", "post")]


@pytest.mark.parametrize(("page", "method"), PAGES)
def test_people_of_another_practice_are_404(page: str, method: str, as_dana: Browser, omer: User) -> None:
    response = getattr(as_dana, method)(reverse(f"accounts:{page}", args=[omer.pk]), {"role": "owner"})
    assert response.status_code == 404
    omer.refresh_from_db()
    assert omer.is_active


@pytest.mark.parametrize("who", ["as_noa", "as_avi"])
@pytest.mark.parametrize(("page", "method"), PAGES)
def test_only_owners_change_the_team(
    page: str, method: str, who: str, request: pytest.FixtureRequest, dana: User
) -> None:
    browser: Browser = request.getfixturevalue(who)
    response = getattr(browser, method)(reverse(f"accounts:{page}", args=[dana.pk]), {"role": "assistant"})
    assert response.status_code == 403


@pytest.mark.parametrize("page", ["deactivate", "reactivate"])
def test_a_link_changes_nobody(page: str, as_dana: Browser, noa: User) -> None:
    assert as_dana.get(reverse(f"accounts:{page}", args=[noa.pk])).status_code == 405


@pytest.mark.django_db(transaction=True)
def test_an_owner_can_be_booked_while_the_team_changes(as_dana: Browser, dana: User, noa: User) -> None:
    """Otherwise each would wait for the other: one for the owner, the other for the end of the trail."""
    form = booking(ClientFactory(workspace=dana.workspace), dana)

    def book() -> int:
        try:
            return as_dana.post(reverse("scheduling:book"), form).status_code
        finally:
            connections.close_all()

    assert dana.workspace is not None
    with ThreadPoolExecutor(1) as elsewhere, workspace_scope(dana.workspace, TESTS):
        deactivate(noa)
        assert elsewhere.submit(book).result(timeout=10) == 302
