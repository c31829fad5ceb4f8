"""What is measured without HTTP: opening a page's worth of clients, and the queries behind every page."""

from __future__ import annotations

import time
from typing import Any

from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from bench.data import ACTOR
from bench.load import Effort, Scenario
from clients.models import Client
from pazpaz.accounts.models import User
from pazpaz.encryption.models import encrypted_fields
from pazpaz.scope import workspace_scope

CLIENTS = 100


def time_opening_clients(owner: User, effort: Effort) -> list[float]:
    """Return how long it takes to load a hundred clients with every encrypted field opened, in ms.

    Scope and commit are included.
    """
    names = [field.name for field in encrypted_fields(Client)]
    milliseconds = []
    assert owner.workspace is not None
    for number in range(effort.warm_up + effort.requests):
        started = time.perf_counter()
        with workspace_scope(owner.workspace, ACTOR):
            for client in owner.workspace.clients.all()[:CLIENTS]:
                for name in names:
                    getattr(client, name)
        if number >= effort.warm_up:
            milliseconds.append((time.perf_counter() - started) * 1000)
    return milliseconds


def _is_of_transaction(sql: str) -> bool:
    return sql.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT"))


def count_queries(owner: User, scenario: Scenario) -> int:
    """Return the most queries that one request of a scenario makes, those of the middleware included.

    BEGIN, COMMIT and savepoints are none.
    """
    browser = Browser(SERVER_NAME="127.0.0.1")
    browser.force_login(owner)
    most = 0
    for number in range(10**6, 10**6 + 3):
        for ask in scenario.asks(0, number):
            with CaptureQueriesContext(connection) as queries:
                if ask.form is None:
                    response: Any = browser.get(ask.path, headers=dict(ask.headers))
                else:
                    response = browser.post(ask.path, dict(ask.form), headers=dict(ask.headers))
            if response.status_code != ask.status:
                raise RuntimeError(f"{ask.path} answered {response.status_code} instead of {ask.status}.")
            if number > 10**6:  # the first one opens the workspace's keys
                most = max(most, sum(not _is_of_transaction(query["sql"]) for query in queries))
    return most
