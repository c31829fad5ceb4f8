"""Search as one types: by POST, so that no name stands in a URL; the same form works without a script."""

import re

import pytest
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from clients.models import Client
from pazpaz.accounts.models import User
from tests.cast import events, inside, signed_in
from tests.factories import ClientFactory, make_owner
from tests.squeeze import squeeze

pytestmark = pytest.mark.django_db

LIST = reverse("clients:list")
CREATE = reverse("clients:create")
PARTIAL = {"HX-Request": "true", "HX-Target": "client-results"}


def found(browser: Browser, query: str) -> list[str]:
    return [client.full_name for client in browser.post(LIST, {"q": query}).context["clients"]]


@pytest.fixture
def directory(dana: User) -> None:
    people = [
        ("Yonatan", "Levi", "y.levi@example.org", "+49 30 5550 1234"),
        ("Siobhán", "O'Brien", "siobhan@example.org", None),
        ("Anne-Marie", "Løvdal", None, "0171 2345678"),
        ("מרים", "כהן 🌊", None, None),
    ]
    for first, last, email, phone in people:
        ClientFactory(workspace=dana.workspace, first_name=first, last_name=last, email=email, phone=phone)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("Jonatan Lvi", "Yonatan Levi"),
        ("levi yon", "Yonatan Levi"),
        ("siobhan obrien", "Siobhán O'Brien"),
        ("O’Brien", "Siobhán O'Brien"),
        ("annemarie", "Anne-Marie Løvdal"),
        ("lovdal", "Anne-Marie Løvdal"),
        ("כהן", "מרים כהן 🌊"),
        ("Y.LEVI@example.org", "Yonatan Levi"),
        ("030 5550", "Yonatan Levi"),
        ("+49 171 2345678", "Anne-Marie Løvdal"),
    ],
)
@pytest.mark.usefixtures("directory")
def test_somebody_is_found_by_what_is_remembered(as_dana: Browser, query: str, name: str) -> None:
    assert found(as_dana, query) == [name]


@pytest.mark.usefixtures("directory")
def test_the_partial_carries_results_and_their_number_only(as_dana: Browser) -> None:
    html = as_dana.post(LIST, {"q": "Jonatan Lvi"}, headers=PARTIAL).content.decode()
    assert "Yonatan Levi" in html
    assert '<p id="client-count" hx-swap-oob="innerHTML">1 client found</p>' in squeeze(html)
    assert "<html" not in html


@pytest.mark.usefixtures("directory")
def test_enter_opens_the_first(as_dana: Browser, dana: User) -> None:
    with inside(dana):
        (yonatan,) = Client.objects.with_email("y.levi@example.org")
    response = as_dana.post(LIST, {"q": "Jonatan Lvi", "open": "first"})
    assert response.status_code == 302
    assert response["Location"] == reverse("sessions:client", args=[yonatan.pk])


def test_enter_without_a_match_shows_that_there_is_none(as_dana: Browser) -> None:
    response = as_dana.post(LIST, {"q": "Nobody", "open": "first"})
    assert response.status_code == 200
    assert "No client matches “Nobody”" in response.content.decode()


def test_nobody_found_becomes_a_new_client_without_a_name_in_the_url(as_dana: Browser) -> None:
    html = as_dana.post(LIST, {"q": "Maya <b> Levi"}).content.decode()
    assert 'name="guess" value="Maya &lt;b&gt; Levi"' in html
    response = as_dana.post(CREATE, {"guess": "Maya Ruth Levi"})
    assert response.status_code == 200
    form = response.context["form"]
    assert (form["first_name"].value(), form["last_name"].value()) == ("Maya Ruth", "Levi")
    assert not form.errors


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("maya@example.org", {"email": "maya@example.org"}),
        ("030 123", {"phone": "030 123"}),
        (" Maya ", {"first_name": "Maya"}),
    ],
)
def test_a_new_client_begins_with_what_was_searched(
    as_dana: Browser, query: str, expected: dict[str, str]
) -> None:
    form = as_dana.post(CREATE, {"guess": query}).context["form"]
    assert {name: form[name].value() for name in expected} == expected


def test_an_emptied_search_shows_the_list_again(as_dana: Browser, dana: User) -> None:
    ClientFactory(workspace=dana.workspace)
    assert found(as_dana, "  ") == ["Yonatan Levi"]
    assert not events(dana, "client.searched")


def test_archived_clients_are_found_after_active_ones_and_say_so(as_dana: Browser, dana: User) -> None:
    gone = ClientFactory(workspace=dana.workspace, first_name="Aaron")
    ClientFactory(workspace=dana.workspace, first_name="Zoe")
    with inside(dana):
        Client.objects.get(pk=gone.pk).archive()
    assert found(as_dana, "levi") == ["Zoe Levi", "Aaron Levi"]
    assert as_dana.post(LIST, {"q": "levi"}).content.decode().count("pill") == 1


def test_a_search_by_get_is_none(as_dana: Browser, dana: User) -> None:
    ClientFactory(workspace=dana.workspace)
    response = as_dana.get(LIST, {"q": "Nobody"})
    assert [client.full_name for client in response.context["clients"]] == ["Yonatan Levi"]
    assert "Nobody" not in response.content.decode()


@pytest.mark.usefixtures("directory")
def test_one_event_says_how_many_were_found_and_another_who_was_shown(as_dana: Browser, dana: User) -> None:
    as_dana.post(LIST, {"q": "Jonatan Lvi"})
    (searched,) = events(dana, "client.searched")
    assert (searched.metadata, searched.object_ids) == ({"count": 1}, [])
    (viewed,) = events(dana, "client.viewed")
    assert viewed.object_id is not None


def test_another_workspace_finds_nobody_of_it(as_omer: Browser, dana: User) -> None:
    ClientFactory(workspace=dana.workspace)
    assert found(as_omer, "Levi") == []


def test_an_assistant_searches_too(as_avi: Browser, dana: User) -> None:
    ClientFactory(workspace=dana.workspace)
    assert found(as_avi, "Levi") == ["Yonatan Levi"]


@pytest.mark.parametrize("script", [True, False], ids=["htmx", "no script"])
def test_all_matches_are_seen_page_by_page(
    as_dana: Browser, dana: User, script: bool, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(120):
        ClientFactory(workspace=dana.workspace, first_name=f"Yonatan {number}")
    ClientFactory(workspace=dana.workspace, last_name="Other", first_name="Ruth")
    as_dana.post(LIST, {"q": "Levi"})  # seals the directory
    sent, seen, pages = {"q": "Levi"}, [], 0
    while sent:
        with django_assert_max_num_queries(12):
            html = as_dana.post(LIST, sent, headers=PARTIAL if script else {}).text
        assert ("<html" in html) is not script
        seen += re.findall(r'href="/clients/([0-9a-f-]{36})/"', html)
        pages += 1
        sent = next_page(html)
    with inside(dana):
        levis = {str(client.pk) for client in Client.objects.all() if client.last_name == "Levi"}
    assert pages == 3
    assert len(seen) == len(set(seen)) == 120
    assert set(seen) == levis


def next_page(html: str) -> dict[str, str]:
    """What the button to the next page of matches sends; nothing on the last page."""
    form = re.search(r'<form class="pagination".*?</form>', squeeze(html))
    assert form is not None
    assert f'hx-post="{LIST}"' in form[0]
    hidden = dict(re.findall(r'<input type="hidden" name="(q)" value="([^"]*)">', form[0]))
    button = re.search(r'<button [^>]*name="page" value="(\d+)">Next</button>', form[0])
    return {**hidden, "page": button[1]} if button else {}


@pytest.mark.parametrize(
    ("zone", "stored", "query"),
    [
        ("America/New_York", "(212) 555-0187", "+12125550187"),
        ("America/New_York", "(212) 555-0187", "1 212 555 0187"),
        ("America/New_York", "+12125550187", "(212) 555-0187 ext. 42"),
        ("Europe/Copenhagen", "12 34 56 78", "+4512345678"),
        ("Europe/Copenhagen", "+4512345678", "12 34 56 78"),
        ("Europe/Berlin", "030 7654321 / 0179 1112223", "+49 179 1112223"),
    ],
)
def test_a_number_is_read_in_the_country_of_the_practice(
    db: None, zone: str, stored: str, query: str
) -> None:
    owner = make_owner("sam@example.org", "Sam", "Practice", time_zone=zone)
    ClientFactory(workspace=owner.workspace, phone=stored)
    ClientFactory(workspace=owner.workspace, first_name="Other", phone="+1 646 555 0133")
    browser = signed_in(owner)
    assert found(browser, query) == ["Yonatan Levi"]
    html = browser.post(reverse("scheduling:client-choices"), {"client_query": query}).text
    assert "Yonatan Levi" in html
    assert "Other" not in html


@pytest.mark.parametrize(
    ("first", "last", "query"),
    [("伟", "王", "王伟"), ("太郎", "山田", "山田太郎"), ("민준", "김", "김민준"), ("דנה", "כהן", "דנהכהן")],
)
def test_a_name_typed_without_a_space_is_the_first_hit(
    as_dana: Browser, dana: User, first: str, last: str, query: str
) -> None:
    ClientFactory(workspace=dana.workspace, first_name=first, last_name=last)
    ClientFactory(workspace=dana.workspace, first_name=last, last_name="Levi")
    assert found(as_dana, query) == [f"{first} {last}"]
