"""What somebody with the database plants there becomes neither code nor a session."""

from __future__ import annotations

import base64
import os
import pickle
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client as Browser

from pazpaz.accounts.models import User
from tests.accounts.helpers import is_signed_in

pytestmark = pytest.mark.django_db


class Code:
    """Unpickled, it makes a directory: what an attacker's code would do."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return os.mkdir, (str(self.marker),)


def in_base64(value: object) -> str:
    """A value as Django's own cache in the database would keep it."""
    return base64.b64encode(pickle.dumps(value)).decode()


def plant_in_cache(key: str, value: str) -> None:
    """What SQL injected as the application role can write."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pazpaz_cache (cache_key, value, expires) VALUES (%s, %s, now() + interval '1 hour')",
            [key, value],
        )


def keys_of_link(token: str) -> list[str]:
    digest = sha256(token.encode()).hexdigest()
    return [f":{version}:signin-link:{digest}" for version in (1, 2)]


def test_a_planted_pickle_does_not_run(client: Browser, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    for key in keys_of_link("guessed"):
        plant_in_cache(key, in_base64(Code(marker)))
    path = "/accounts/link/guessed/"
    for answer in (client.get(path), client.post(path)):
        assert answer.status_code == 410
    assert not marker.exists()


def test_a_planted_value_is_no_sign_in_link(client: Browser, dana: User) -> None:
    for key in keys_of_link("guessed"):
        plant_in_cache(key, in_base64(dana.pk.int))
    for key in keys_of_link("another"):
        plant_in_cache(key, in_base64(str(dana.pk)))
    for token in ("guessed", "another"):
        path = f"/accounts/link/{token}/"
        assert [client.get(path).status_code, client.post(path).status_code] == [410, 410]
        assert not is_signed_in(client)
