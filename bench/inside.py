"""What is measured without HTTP: opening a page's worth of clients, and the queries behind every page."""

from __future__ import annotations

import gc
import time
from typing import Any

from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from bench.data import ACTOR
from bench.load import Effort, Scenario, Timing
from clients.models import Client
from pazpaz.accounts.models import User
from pazpaz.encryption.models import encrypted_fields
from pazpaz.scope import workspace_scope

CLIENTS = 100


def load_clients(owner: User, effort: Effort) -> Timing:
    """Time loading a hundred clients with every encrypted field opened, scope and commit included."""
    timing = Timing(f"{CLIENTS} clients loaded and opened", 20)
    names = [field.name for field in encrypted_fields(Client)]
    assert owner.workspace is not None
    gc.collect()
    gc.freeze()  # as in a worker of the server: what the bench itself has loaded is not its business
    for number in range(effort.warm_up + effort.requests):
        started = time.perf_counter()
        with workspace_scope(owner.workspace, ACTOR):
            for client in owner.workspace.clients.all()[:CLIENTS]:
                for name in names:
                    getattr(client, name)
        if number >= effort.warm_up:
            timing.milliseconds.append((time.perf_counter() - started) * 1000)
    return timing


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
