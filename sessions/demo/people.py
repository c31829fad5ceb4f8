"""Invented people in any number, for the bench: names of several places, always the same ones."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from faker import Faker

from clients.models import Client
from pazpaz.accounts.models import Workspace

LOCALES = ("en_GB", "de_DE", "he_IL", "fr_FR", "es_ES", "pl_PL", "sv_SE", "en_IE")


class Person(NamedTuple):
    """A client, and whether notes speak of her or of him."""

    client: Client
    is_woman: bool


class Name(NamedTuple):
    first: str
    last: str
    is_woman: bool


KNOWN = (
    Name("Yonatan", "Levi", False),
    Name("Siobhán", "O'Brien", True),
    Name("נועה", "כהן", True),
    Name("Amélie", "Dubois", True),
    Name("Łukasz", "Wójcik", False),
)
HISTORIES = (
    "Latex allergy. Use nitrile gloves.",
    "Hypertension, treated with ramipril 5 mg. Deep pressure on the neck only after asking.",
    "L5/S1 disc prolapse in 2019, conservative treatment, no deficits since.",
    "Type 2 diabetes, metformin. Checks sugar before sessions.",
    "Right rotator cuff repair in 2021. Avoid end-range abduction under load.",
    "Migraine with aura, about twice a month. Strong smells trigger it.",
    "Generalised anxiety, in treatment. Prefers to be told before being touched.",
    "Takes apixaban: no deep friction, watch for bruises.",
)
TAGS = ("back", "neck", "runner", "desk work", "shoulder", "sleep", "post-op", "stress", "knee")
ALERTS = ("Latex allergy", "Blood thinner", "Pacemaker", "Fainted once after standing up")
NOTES = (
    "Comes by bike, needs ten minutes to settle.",
    "Prefers early appointments; call rather than write.",
    "Parking is difficult, often five minutes late.",
)


def invent_people(
    workspace: Workspace,
    count: int,
    today: date,
    seed: int,
    *,
    locales: Sequence[str] = LOCALES,
    phone: str = "+49 30 555",
) -> list[Person]:
    """Return that many people, their clients unsaved. `phone` is what every number begins with."""
    chance = random.Random(seed)
    fakers = [Faker(locale) for locale in locales]
    for number, faker in enumerate(fakers):
        faker.seed_instance(seed + number)
    return [
        _person(workspace, number, fakers[number % len(fakers)], chance, today, phone)
        for number in range(count)
    ]


def _person(
    workspace: Workspace, number: int, faker: Faker, chance: random.Random, today: date, phone: str
) -> Person:
    name = KNOWN[number] if number < len(KNOWN) else _name(faker, chance.random() < 0.6)
    client = Client(
        workspace=workspace,
        first_name=name.first,
        last_name=name.last,
        phone=f"{phone}0 {1000 + number}",
        date_of_birth=today - timedelta(days=chance.randrange(19 * 365, 82 * 365)),
        consent_status=chance.random() < 0.9,
    )
    if chance.random() < 0.8:
        client.email = (
            f"{ascii_of(name.first) or 'client'}.{ascii_of(name.last) or 'mail'}.{number}@example.org"
        )
    if chance.random() < 0.7:
        client.address = faker.address()
    if chance.random() < 0.45:
        client.medical_history = chance.choice(HISTORIES)
    if chance.random() < 0.5:
        client.emergency_contact_name = faker.name()
        client.emergency_contact_phone = f"{phone}1 {1000 + number}"
    if chance.random() < 0.3:
        client.notes = chance.choice(NOTES)
    tags = chance.sample(TAGS, chance.randrange(0, 3))
    if chance.random() < 0.1:
        client.alerts = [chance.choice(ALERTS)]
    client.tags = sorted(tags) or None
    return Person(client, name.is_woman)


def _name(faker: Faker, is_woman: bool) -> Name:
    if is_woman:
        return Name(faker.first_name_female(), faker.last_name_female(), True)
    return Name(faker.first_name_male(), faker.last_name_male(), False)


def ascii_of(name: str) -> str:
    """Return the letters of a name that an address may have; none are left of a Hebrew one."""
    plain = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("Ł", "L"))
    return "".join(filter(str.isalnum, plain.encode("ascii", "ignore").decode().lower()))
