"""The plans that docs/indexes.md shows, taken anew: as the application role, from 20,000 appointments."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection

from pazpaz.accounts.models import User
from tests.cast import inside
from tests.conftest import Connection
from tests.factories import ClientFactory, LocationFactory, ServiceFactory

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "indexes.md"
ROWS = 20_000
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

FILL = """
INSERT INTO scheduling_appointment (id, workspace_id, client_id, therapist_id, service_id, location_id,
    scheduled_start, scheduled_end, location_type, status, overlap_allowed, created_at, updated_at)
SELECT gen_random_uuid(), %(workspace)s, (%(clients)s::uuid[])[1 + n %% 200], %(therapist)s,
    (%(services)s::uuid[])[1 + n %% 5], (%(locations)s::uuid[])[1 + n %% 5],
    %(first)s + n * interval '1 hour', %(first)s + (n + 1) * interval '1 hour', 'clinic',
    CASE WHEN n > %(rows)s * 0.97 THEN 'scheduled' WHEN n %% 20 = 0 THEN 'no_show' ELSE 'completed' END,
    false, now(), now()
FROM generate_series(0, %(rows)s - 1) AS n
"""


def plans(user: User, superuser: Connection) -> list[tuple[str, str]]:
    """Each kind of question: the index that should answer it, and the plan."""
    assert user.workspace is not None
    clients = [ClientFactory(workspace=user.workspace).pk for _n in range(200)]
    services = [ServiceFactory(workspace=user.workspace).pk for _n in range(5)]
    locations = [LocationFactory(workspace=user.workspace).pk for _n in range(5)]
    with inside(user), connection.cursor() as cursor:
        cursor.execute(
            FILL,
            {
                "workspace": user.workspace.pk,
                "clients": clients,
                "therapist": user.pk,
                "services": services,
                "locations": locations,
                "first": FIRST,
                "rows": ROWS,
            },
        )
    superuser.execute("ANALYZE scheduling_appointment")
    with inside(user):
        appointments = user.workspace.appointments
        some_day = FIRST + timedelta(days=300)
        week = some_day + timedelta(days=7)
        questions = [
            ("appointment_time", appointments.between(some_day, week).in_order()),
            (
                "appointment_time",
                appointments.overlapping(
                    some_day, some_day + HOUR, therapist=user.pk, client=clients[0], exclude=uuid4()
                ),
            ),
            ("appointment_client", appointments.filter(client=clients[0]).order_by("-scheduled_start")[:20]),
            ("appointment_status", appointments.filter(status="scheduled")),
            ("appointment_status", appointments.filter(status="no_show")),
            ("appointment_service", appointments.filter(service=services[0])),
            ("appointment_location", appointments.filter(location=locations[0])),
            ("appointment_to_write", appointments.to_write().order_by("scheduled_start", "id")[:9]),
            # Both cost the same, and the planner takes either.
            ("scheduling_appointment_(workspace_row|pkey)", appointments.filter(pk=uuid4())),
        ]
        return [(index, question.values_list("pk").explain()) for index, question in questions]


@pytest.mark.django_db(transaction=True)
def test_each_question_is_answered_by_its_index(dana: User, superuser: Connection) -> None:
    for index, plan in plans(dana, superuser):
        assert re.search(rf"(using|on) {index}\b", plan), plan
        assert "Seq Scan on scheduling_appointment" not in plan


def test_the_document_names_every_index_and_no_other(catalogue: Connection) -> None:
    there = {
        name
        for (name,) in catalogue.execute(
            "SELECT indexname FROM pg_indexes"
            " WHERE tablename IN ('scheduling_appointment', 'audit_auditevent')"
        ).fetchall()
    }
    table = re.findall(r"^\| `(\w+)` \|", DOCUMENT.read_text(), re.MULTILINE)
    assert set(table) == there
    assert len(table) == len(there)


def test_no_index_is_the_beginning_of_another(catalogue: Connection) -> None:
    """Such a one would be redundant: the longer one answers the same questions."""
    rows = catalogue.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'scheduling_appointment' "
        "AND indexdef LIKE '%USING btree%'"
    ).fetchall()
    columns = {name: definition.split("USING btree ")[1].strip("()") for name, definition in rows}
    for name, definition in columns.items():
        others = [other for other in columns if other != name and columns[other].startswith(f"{definition},")]
        assert not others, f"{name} is the beginning of {others}"
