"""How old somebody is: weeks to 3 months, months to 2 years, then years."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client as Browser

from clients.ages import age_in_words
from pazpaz.accounts.models import User
from tests.cast import signed_in
from tests.factories import ClientFactory

TODAY = date(2026, 11, 16)


@pytest.mark.parametrize(
    ("born", "words"),
    [
        (date(2026, 11, 17), ""),
        (date(2026, 11, 16), "born today"),
        (date(2026, 11, 15), "1 day"),
        (date(2026, 11, 3), "13 days"),
        (date(2026, 11, 2), "2 weeks"),
        (TODAY - timedelta(weeks=6), "6 weeks"),
        (date(2026, 8, 17), "13 weeks"),
        (date(2026, 8, 16), "3 months"),
        (date(2025, 11, 17), "11 months"),
        (date(2025, 11, 16), "12 months"),
        (date(2025, 9, 16), "14 months"),
        (date(2024, 11, 17), "23 months"),
        (date(2024, 11, 16), "2"),
        (date(1984, 11, 17), "41"),
        (date(1984, 11, 16), "42"),
    ],
    ids=str,
)
def test_an_age_has_the_unit_of_its_time(born: date, words: str) -> None:
    assert age_in_words(born, TODAY) == words


@pytest.mark.parametrize(
    ("born", "today", "words"),
    [
        (date(2024, 2, 29), date(2026, 2, 28), "23 months"),
        (date(2024, 2, 29), date(2026, 3, 1), "2"),
        (date(2025, 8, 31), date(2025, 11, 30), "13 weeks"),
        (date(2025, 8, 31), date(2025, 12, 1), "3 months"),
    ],
    ids=str,
)
def test_an_age_at_the_end_of_a_month(born: date, today: date, words: str) -> None:
    assert age_in_words(born, today) == words


@pytest.mark.django_db
def test_the_client_page_says_it_in_the_time_zone_of_the_practice(dana: User, omer: User) -> None:
    # Half past eleven in the evening in Berlin, half past midnight of the next day in Jerusalem.
    with time_machine.travel(datetime(2026, 11, 16, 22, 30, tzinfo=UTC), tick=False):
        for user, words in ((dana, "14 months"), (omer, "15 months")):
            client = ClientFactory(workspace=user.workspace, date_of_birth="2025-08-17")
            assert f"({words})" in signed_in(user).get(client.get_absolute_url()).text


@pytest.mark.django_db
@time_machine.travel(datetime(2026, 11, 16, 9, tzinfo=UTC), tick=False)
def test_nobody_is_born_tomorrow(as_dana: Browser, dana: User) -> None:
    with pytest.raises(ValidationError):
        ClientFactory(workspace=dana.workspace, date_of_birth="2026-11-18")
    answer = as_dana.post("/clients/new/", {"first_name": "Ada", "date_of_birth": "2026-11-17"})
    assert answer.status_code == 422
    assert "The date of birth is in the future." in answer.text
    assert (
        as_dana.post("/clients/new/", {"first_name": "Ada", "date_of_birth": "2026-11-16"}).status_code == 302
    )
