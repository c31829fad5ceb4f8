"""Invented people: names of several places, Hebrew included, the same ones in every demo."""

from __future__ import annotations

import random
import unicodedata
from datetime import date, timedelta

from faker import Faker

from clients.models import Client
from pazpaz.accounts.models import Workspace

LOCALES = ("en_GB", "de_DE", "he_IL", "fr_FR", "es_ES", "pl_PL", "sv_SE", "en_IE")
KNOWN = [("Yonatan", "Levi"), ("Siobhán", "O'Brien"), ("Amélie", "Dubois"), ("נועה", "כהן"), ("Łukasz", "Wójcik")]
HISTORIES = (
    "Latex allergy. Use nitrile gloves.",
    "Hypertension, treated with ramipril 5 mg. Deep pressure on the neck only after asking.",
    "L5/S1 disc prolapse in 2019, conservative treatment, no deficits since.",
    "Type 2 diabetes, metformin. Checks sugar before sessions.",
    "Right rotator cuff repair in 2021. Avoid end-range abduction under load.",
    "Pregnant, second trimester: side-lying position only.",
    "Migraine with aura, about twice a month. Strong smells trigger it.",
    "Generalised anxiety, in treatment. Prefers to be told before being touched.",
)
TAGS = ("back", "neck", "runner", "desk work", "shoulder", "sleep", "post-op", "stress", "pregnancy", "knee")
NOTES = (
    "Comes by bike, needs ten minutes to settle.",
    "Prefers early appointments; call rather than write.",
    "Parking is difficult, often five minutes late.",
)


def invent_clients(workspace: Workspace, count: int, today: date, seed: int) -> list[Client]:
    """Return unsaved clients of a workspace."""
    chance = random.Random(seed)
    fakers = [Faker(locale) for locale in LOCALES]
    for number, faker in enumerate(fakers):
        faker.seed_instance(seed + number)
    clients = []
    for number in range(count):
        faker = fakers[number % len(fakers)]
        first, last = KNOWN[number] if number < len(KNOWN) else (faker.first_name(), faker.last_name())
        client = Client(
            workspace=workspace,
            first_name=first,
            last_name=last,
            phone=f"+49 30 5550 {1000 + number}",
            date_of_birth=today - timedelta(days=chance.randrange(19 * 365, 82 * 365)),
            consent_status=chance.random() < 0.9,
        )
        if chance.random() < 0.8:
            client.email = f"{_ascii(first, 'client')}.{_ascii(last, str(number))}.{number}@example.org"
        if chance.random() < 0.7:
            client.address = faker.address()
        if chance.random() < 0.45:
            client.medical_history = chance.choice(HISTORIES)
        if chance.random() < 0.5:
            client.emergency_contact_name = faker.name()
            client.emergency_contact_phone = f"+49 30 5551 {1000 + number}"
        if chance.random() < 0.3:
            client.notes = chance.choice(NOTES)
        client.tags = sorted(chance.sample(TAGS, chance.randrange(0, 3))) or None
        clients.append(client)
    return clients


def _ascii(name: str, otherwise: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in plain if letter.isalnum()) or otherwise
