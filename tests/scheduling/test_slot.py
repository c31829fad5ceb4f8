"""A slot: what it overlaps, what it blocks, and the moment that a typed time means."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pazpaz.accounts.models import User
from scheduling.calendar import NonexistentTime
from scheduling.models import Appointment
from scheduling.slot import Claim, Slot, SlotTaken, moment_of
from tests.cast import events, inside
from tests.factories import AppointmentFactory, ClientFactory

NINE = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
HALF_HOURS = [NINE + timedelta(minutes=30 * number) for number in range(6)]
BERLIN = ZoneInfo("Europe/Berlin")


def slot(user: User, start: datetime, end: datetime, **changes: object) -> Slot:
    assert user.workspace is not None
    values = {"therapist_id": user.pk, "client_id": None} | changes
    return Slot(user.workspace, start=start, end=end, **values)  # type: ignore[arg-type]


@pytest.fixture
def row(dana: User) -> Appointment:
    """Dana is busy from ten to eleven."""
    return AppointmentFactory(
        workspace=dana.workspace, scheduled_start=HALF_HOURS[2], scheduled_end=HALF_HOURS[4]
    )


@pytest.mark.django_db
def test_check_and_claim_agree_about_every_time_around_an_appointment(dana: User, row: Appointment) -> None:
    with inside(dana):
        for first, start in enumerate(HALF_HOURS):
            for end in HALF_HOURS[first + 1 :]:
                asked = slot(dana, start, end)
                expected = [row.pk] if start < row.scheduled_end and end > row.scheduled_start else []
                assert [conflict.id for conflict in asked.conflicts()] == expected
                if expected:
                    with pytest.raises(SlotTaken) as taken:
                        asked.claim()
                    assert taken.value.slot == asked
                else:
                    assert asked.claim() == Claim(overlap_allowed=False)


@pytest.mark.django_db
def test_an_appointment_does_not_stand_in_its_own_way(dana: User, row: Appointment) -> None:
    with inside(dana):
        assert row.slot.exclude == row.pk
        assert row.slot.overlaps() == []
        assert slot(dana, row.scheduled_start, row.scheduled_end, exclude=uuid4()).overlaps()


@pytest.mark.django_db
def test_a_claim_says_who_is_double_booked(dana: User, noa: User, row: Appointment) -> None:
    with inside(dana):
        times = (row.scheduled_start, row.scheduled_end)
        other = ClientFactory(workspace=dana.workspace)
        on_purpose = slot(dana, *times, client_id=other.pk).claim(allow_overlap=[row.pk])
        assert on_purpose == Claim(overlap_allowed=True)
        elsewhere = slot(noa, *times, client_id=row.client_id).claim()
        assert elsewhere == Claim(overlap_allowed=False, client_is_double_booked=True)


@pytest.mark.django_db
def test_a_claim_opens_no_name(dana: User, row: Appointment) -> None:
    before = len(events(dana, "client.viewed"))
    with inside(dana), pytest.raises(SlotTaken):
        slot(dana, row.scheduled_start, row.scheduled_end).claim()
    assert len(events(dana, "client.viewed")) == before


@given(
    st.builds(datetime.combine, st.dates(date(2020, 1, 1), date(2036, 1, 1)), st.times()),
    st.sampled_from([0, 1]),
)
def test_a_stored_moment_is_kept_while_its_clock_time_is(local: datetime, fold: int) -> None:
    local = local.replace(second=0, microsecond=0)
    stored = local.replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)
    shown = stored.astimezone(BERLIN).replace(tzinfo=None, fold=0)
    assert moment_of(shown, BERLIN, stored=stored) == stored


def test_a_time_in_a_gap_is_no_moment() -> None:
    with pytest.raises(NonexistentTime):
        moment_of(datetime.fromisoformat("2026-03-29T02:30"), BERLIN)
