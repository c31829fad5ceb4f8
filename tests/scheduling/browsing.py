"""What a browser sends when somebody books, and what it shows."""

from html import unescape
from typing import Any

from clients.models import Client
from pazpaz.accounts.models import User
from tests.squeeze import squeeze


def booking(client: Client, therapist: User, /, **changes: Any) -> dict[str, Any]:
    """An hour on Wednesday, 18 November 2026, at ten on the clocks of Berlin."""
    form = {
        "client": str(client.pk),
        "therapist": str(therapist.pk),
        "day": "2026-11-18",
        "start": "10:00",
        "duration": "60",
        "service": "",
        "location": "",
        "location_type": "",
        "location_details": "",
        "notes": "",
    }
    return form | changes


def text(response: Any) -> str:
    return unescape(squeeze(response.content.decode()))
