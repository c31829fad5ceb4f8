"""Settings of the practice."""

import pytest
from django.db.models.signals import pre_save
from django.test import Client as Browser
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from clients.models import Client
from pazpaz.accounts.models import User, Workspace
from tests.cast import events, inside
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db

URL = "/settings/practice/"
ANSWERS = {
    "name": "Hands",
    "time_zone": "Asia/Jerusalem",
    "country": "IL",
    "language": "he",
    "idle_minutes": "30",
    "assistants_see_alerts": "on",
}


def test_it_is_saved_and_the_trail_names_the_fields(as_dana: Browser, dana: User) -> None:
    assertRedirects(as_dana.post(URL, ANSWERS), URL)
    practice = Workspace.objects.get(users=dana)
    assert (practice.name, practice.time_zone, practice.country) == ("Hands", "Asia/Jerusalem", "IL")
    assert (practice.language, practice.idle_minutes) == ("he", 30)
    (event,) = events(dana, "workspace.changed")
    assert event.fields == ["country", "idle_minutes", "language", "name", "time_zone"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("time_zone", "Mars/Base"),
        ("country", "XX"),
        ("language", "xx"),
        ("idle_minutes", "4"),
        ("idle_minutes", "61"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(
    field: str, value: str, as_dana: Browser, dana: User
) -> None:
    response = as_dana.post(URL, {**ANSWERS, field: value})
    assert response.status_code == 422
    assert Workspace.objects.get(users=dana).name == "Practice of Dana Levi"
    assert "Practice of Dana Levi" in response.text, "the frame of the page shows what is saved"


def test_time_zones_are_offered_as_a_list(as_dana: Browser) -> None:
    page = as_dana.get(URL).text
    assert 'list="time-zones"' in page
    assert '<option value="America/Argentina/Buenos_Aires">' in page


@pytest.mark.parametrize("who", ["as_noa", "as_avi"])
def test_only_owners_change_it(who: str, request: pytest.FixtureRequest, dana: User) -> None:
    browser: Browser = request.getfixturevalue(who)
    page = browser.get(URL)
    assert page.status_code == 200
    assert "<input" not in page.text.split('class="facts"')[1].split("</section>")[0]
    assert browser.post(URL, ANSWERS).status_code == 403
    assert not events(dana, "workspace.changed")


def test_settings_open_on_what_one_may_change(as_dana: Browser, as_noa: Browser) -> None:
    assertRedirects(as_dana.get(reverse("accounts:settings")), URL)
    assertRedirects(as_noa.get(reverse("accounts:settings")), reverse("accounts:security"))


def test_in_another_country_phone_numbers_are_found_as_they_are_dialled_there(
    as_dana: Browser, dana: User
) -> None:
    """03 123 4567 is a number in Tel Aviv or in Germany, and the blind index knows it by country."""
    client = ClientFactory(workspace=dana.workspace, phone="03 123 4567", email="ruth@example.org")
    as_dana.post(URL, {**ANSWERS, "language": "en"})
    dana = User.objects.select_related("workspace").get(pk=dana.pk)
    with inside(dana):
        assert Client.objects.with_phone("+972 3 123 4567").get() == client
        assert Client.objects.with_email("ruth@example.org").get() == client
        assert Client.objects.get().phone == "03 123 4567"


@pytest.mark.parametrize(
    ("zone", "chosen", "country"),
    [
        ("Asia/Jerusalem", "DE", "DE"),
        ("Asia/Jerusalem", "", "IL"),
        ("Europe/Berlin", "IL", "IL"),
        ("UTC", "", "ZZ"),
    ],
)
def test_the_country_is_the_chosen_one_or_that_of_the_time_zone(
    as_dana: Browser, dana: User, zone: str, chosen: str, country: str
) -> None:
    as_dana.post(URL, {**ANSWERS, "language": "en", "time_zone": zone, "country": chosen})
    assert Workspace.objects.get(users=dana).country == country
    (event,) = events(dana, "workspace.changed")
    assert ("country" in event.fields) == (country != "DE")


@pytest.mark.parametrize(("language", "name"), [("en", "Germany"), ("he", "גרמניה")])
def test_countries_are_named_in_the_language_of_the_page(
    as_dana: Browser, as_noa: Browser, dana: User, noa: User, language: str, name: str
) -> None:
    User.objects.update(language=language)
    assert f'<option value="DE" selected>{name}</option>' in as_dana.get(URL).text
    assert f"<dd>{name}</dd>" in as_noa.get(URL).text


def test_within_a_country_nothing_is_rebuilt(as_dana: Browser, dana: User) -> None:
    with inside(dana):
        ClientFactory(workspace=dana.workspace, phone="030 123456")
        before = Client.objects.get().updated_at
    as_dana.post(URL, {**ANSWERS, "time_zone": "Europe/Busingen", "country": "DE"})
    with inside(dana):
        assert Client.objects.get().updated_at == before


def test_saving_does_not_reactivate_a_practice_that_is_suspended_meanwhile(
    as_dana: Browser, dana: User
) -> None:
    workspace = dana.workspace
    assert workspace is not None

    def suspend(sender: object, **kwargs: object) -> None:
        Workspace.objects.filter(pk=workspace.pk).update(status="suspended")

    pre_save.connect(suspend, sender=Workspace)
    try:
        as_dana.post(URL, ANSWERS)
    finally:
        pre_save.disconnect(suspend, sender=Workspace)
    practice = Workspace.objects.get(pk=workspace.pk)
    assert (practice.name, practice.status) == ("Hands", "suspended")
