"""The longest names of the cast: whatever people and practices are called must fit the page."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from clients.models import Client
from pazpaz.accounts.models import User
from scheduling.models import Location, Service
from tests.cast import inside
from tests.factories import AppointmentFactory, ClientFactory, SessionNoteFactory
from tests.full_practice import Ids

LONG_FIRST_NAME = "Wolfeschlegelsteinhausenbergerdorff"
LONG_EMAIL = "wolfeschlegelsteinhausenbergerdorff.the.elder@physiotherapie-hohenschoenhausen.example.org"
HEBREW_ADDRESS = "רחוב הרב עובדיה יוסף 118, כניסה ב׳, קומה 3, דירה 14\nקריית ביאליק 2751114 ישראל"
LONG_ALERT = "Pneumonoultramicroscopicsilicovolcanoconiosis, anaphylaxis after diclofenac"


def lengthen(owner: User, ids: Ids) -> None:
    """Give everybody and everything in a filled practice long names."""
    workspace = owner.workspace
    assert workspace is not None
    with inside(owner):
        workspace.name = "Gemeinschaftspraxis für Physiotherapie und Osteopathie am Landwehrkanal"
        workspace.save()
        for person in User.objects.filter(workspace=workspace):
            person.name = f"{LONG_FIRST_NAME} O’Brien-כהן"
            person.save()
        client = Client.objects.get(pk=ids["client"]["client_id"])
        client.first_name = LONG_FIRST_NAME
        client.last_name = "O’Brien-כהן 🌊"
        client.email = LONG_EMAIL
        client.phone = "+49 (0)30 901820-55 ext. 12345"
        client.address = HEBREW_ADDRESS
        client.alerts = [LONG_ALERT, "Latex allergy"]
        client.tags = ["marathon-runner-with-a-very-long-tag-name"]
        client.emergency_contact_name = LONG_FIRST_NAME
        client.medical_history = "https://radiology.example.org/" + "0123456789abcdef" * 8
        client.save()
        Service.objects.update(name="Manuelle Lymphdrainage mit Kompressionsbandagierung")
        for place in Location.objects.all():
            place.name, place.address = "Gemeinschaftspraxis Hohenschönhausen", HEBREW_ADDRESS
            place.save()
        service, location = Service.objects.first(), Location.objects.first()
    hebrew = ClientFactory(workspace=workspace, first_name="אברהם־יהושע", last_name="הכהן־קופרשטיין־גולדנברג")
    start = timezone.now().replace(minute=0, second=0, microsecond=0)
    room = {"workspace": workspace, "service": service, "location": location}
    for minutes, length, who in ((0, 60, hebrew), (15, 15, client), (75, 15, client), (120, 30, hebrew)):
        AppointmentFactory(
            **room,
            client=who,
            overlap_allowed=True,
            scheduled_start=start + timedelta(minutes=minutes),
            scheduled_end=start + timedelta(minutes=minutes + length),
        )
    long_words = {"subjective": "x" * 400, "plan": "https://example.org/" + "y" * 300}
    SessionNoteFactory(workspace=workspace, client=hebrew, author=owner, **long_words)
