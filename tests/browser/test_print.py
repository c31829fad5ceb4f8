"""On paper: text from the first sheet on, whose and of when on every sheet, and nothing to press."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page
from pypdf import PdfReader

from pazpaz.accounts.models import User
from sessions.models import SessionNote
from tests.browser.conftest import Visit
from tests.cast import inside
from tests.factories import AppointmentFactory, ClientFactory, SessionNoteFactory

pytestmark = pytest.mark.django_db(transaction=True)

PRACTICE = "Practice of Dana Levi"
# Of the frame and of the pages below: what one presses, or what leads elsewhere.
CONTROLS = re.compile(
    r"\b(Skip to content|PazPaz|Calendar|Settings|Sign out|Dismiss|Undo|Amend|Book|Book next|Edit"
    r"|Write note|New appointment|Complete|No-show|Cancel|Change|Show older|Export|Show all"
    r"|Back to the note|Week|Month|Go)\b|[‹›+]"
)
# Of 20,000 characters, each line tells its place.
LINES = [
    f"Line {number:03}: rotation to the left {number % 80}°, slept well, stiff neck." for number in range(400)
]


def sheets_of(page: Page) -> list[str]:
    """The words on each sheet, as somebody reads them."""
    pdf = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, format="A4")))
    return [re.sub(r"\s+", " ", sheet.extract_text()) for sheet in pdf.pages]


def assert_fit_for_paper(sheets: list[str], *expected: str) -> None:
    for number, sheet in enumerate(sheets, start=1):
        for words in (PRACTICE, *expected, f"Page {number} of {len(sheets)}"):
            assert words in sheet, f"{words} on sheet {number}: {sheet[:300]}"
        assert CONTROLS.findall(sheet) == []


@pytest.fixture
def long_note(dana: User) -> SessionNote:
    """Signed, with 20,000 characters in its sections."""
    client = ClientFactory(workspace=dana.workspace)
    text = ["\n".join(LINES[start : start + 100]) for start in range(0, 400, 100)]
    sections = dict(zip(("subjective", "objective", "assessment", "plan"), text, strict=True))
    note = SessionNoteFactory(workspace=dana.workspace, client=client, **sections)
    assert sum(map(len, text)) > 20_000
    with inside(dana):
        note.sign(dana, version=note.version)
    return note


def test_a_long_note_begins_on_the_first_sheet(dana: User, long_note: SessionNote, visit: Visit) -> None:
    sheets = sheets_of(visit(reverse("sessions:note", args=[long_note.pk]), dana))
    assert "Line 000" in sheets[0]
    assert "Line 020" in sheets[0]
    assert len(sheets) < 12
    assert re.findall(r"Line (\d{3})", " ".join(sheets)) == [line[5:8] for line in LINES]
    assert "signed by dana levi" in sheets[-1].lower()
    assert_fit_for_paper(sheets, "Yonatan Levi", "Session note of Monday, 16 November 2026")


def test_every_version_of_a_note_can_be_printed(dana: User, long_note: SessionNote, visit: Visit) -> None:
    with inside(dana):
        note = SessionNote.objects.get(pk=long_note.pk)
        note.amend(dana, {**note.sections(), "plan": "Heat."}, "Counted wrong", seen=0)
    page = visit(reverse("sessions:note-version", args=[long_note.pk, 1]), dana)
    assert_fit_for_paper(sheets_of(page), "Yonatan Levi", "16 November 2026", "Version 1")
    page.goto(reverse("sessions:note-versions", args=[long_note.pk]))
    sheets = sheets_of(page)
    assert "Counted wrong" in sheets[0]
    assert_fit_for_paper(sheets, "Yonatan Levi", "16 November 2026")


def test_a_client_can_be_printed(dana: User, long_note: SessionNote, visit: Visit) -> None:
    for _note in range(30):
        SessionNoteFactory(workspace=dana.workspace, client=long_note.client, assessment="Tension again.")
    sheets = sheets_of(visit(long_note.client.get_absolute_url(), dana))
    assert "Tension again." in sheets[0]
    assert_fit_for_paper(sheets, "Yonatan Levi", f"{timezone.localdate():%Y}")


def test_alerts_are_printed_with_a_client_and_with_a_note(
    dana: User, long_note: SessionNote, visit: Visit
) -> None:
    with inside(dana):
        long_note.client.alerts = ["Latex allergy", "Takes apixaban"]
        long_note.client.save()
    note, versions = (reverse(f"sessions:{name}", args=[long_note.pk]) for name in ("note", "note-versions"))
    for path in (long_note.client.get_absolute_url(), note, versions):
        sheets = sheets_of(visit(path, dana))
        assert "Latex allergy" in sheets[0], path
        assert "Takes apixaban" in sheets[0], path
        assert sheets[0].count("Yonatan Levi") == 1, path
        assert_fit_for_paper(sheets, "Yonatan Levi")


def test_today_and_the_week_fit_a_sheet(dana: User, visit: Visit) -> None:
    start = timezone.now().replace(hour=11, minute=0, second=0, microsecond=0)
    client = ClientFactory(workspace=dana.workspace)
    AppointmentFactory(
        workspace=dana.workspace,
        client=client,
        scheduled_start=start,
        scheduled_end=start + timedelta(hours=1),
    )
    page = visit("/", dana)
    page.get_by_role("button", name="Change").first.click()
    page.get_by_role("button", name="Complete", exact=True).first.click()
    page.wait_for_selector("flash-message")
    year = f"{timezone.localdate():%Y}"
    [today] = sheets_of(page)
    assert "Yonatan Levi" in today
    assert_fit_for_paper([today], year)
    page.goto(reverse("scheduling:calendar"))
    [week] = sheets_of(page)
    assert "Yonatan Levi" in week
    assert_fit_for_paper([week], year)
    page.goto(f"{reverse('scheduling:calendar')}?view=month")
    assert_fit_for_paper(sheets_of(page), year)


def test_the_trail_can_be_printed(dana: User, visit: Visit) -> None:
    sheets = sheets_of(visit(reverse("audit:activity"), dana))
    assert "Dana Levi" in sheets[0]
    assert_fit_for_paper(sheets, f"{timezone.localdate():%Y}")


def test_a_full_month_fits_one_sheet(dana: User, visit: Visit) -> None:
    client = ClientFactory(workspace=dana.workspace)
    start = datetime(2026, 10, 27, 8, tzinfo=UTC)
    for week in range(6):
        for hour in range(6):
            at = start + timedelta(weeks=week, hours=hour)
            AppointmentFactory(
                workspace=dana.workspace,
                client=client,
                scheduled_start=at,
                scheduled_end=at + timedelta(minutes=45),
            )
    page = visit("/calendar/?view=month&week=2026-11-16", dana)
    [month] = sheets_of(page)
    assert month.count("Yonatan Levi") >= 18
    assert_fit_for_paper([month], "2026")


def test_sheets_are_numbered_in_hebrew(dana: User, long_note: SessionNote, visit: Visit) -> None:
    assert dana.workspace is not None
    dana.workspace.language = "he"
    dana.workspace.save()
    page = visit(reverse("sessions:note", args=[long_note.pk]), dana)
    root = page.locator("html")
    assert root.get_attribute("data-sheet") == "עמוד"
    assert root.get_attribute("data-sheets") == "מתוך"
    assert all("Levi" in sheet for sheet in sheets_of(page))
