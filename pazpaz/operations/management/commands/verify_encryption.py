from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections import Counter
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from pazpaz.accounts.factor_secrets import verify_factor_secrets
from pazpaz.accounts.models import Workspace
from pazpaz.encryption.errors import BadKey
from pazpaz.encryption.vault import current_vault
from pazpaz.encryption.verification import Report, count_rows, verify_workspace
from pazpaz.events import Actor
from pazpaz.scope import record, workspace_scope

WIDTH = 30


class Command(BaseCommand):
    help = (
        "Open every encrypted value of every workspace, archived and deleted rows included, recompute "
        "every blind index, and open the sealed secrets of second factors. Print how many values opened by "
        "model and key generation, name the row and column of each one that did not, and then end with "
        "status 1. Nobody gets to see a value; each workspace's trail records that it was verified."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", type=UUID, metavar="ID", help="Verify only this workspace.")
        parser.add_argument("--json", action="store_true", help="Print the result as one JSON object.")

    def handle(self, *, workspace: UUID | None, json: bool, **options: Any) -> None:
        workspaces = Workspace.objects.order_by("created_at", "pk")
        if workspace is not None:
            workspaces = workspaces.filter(pk=workspace)
            if not workspaces.exists():
                raise CommandError(f"There is no workspace {workspace}.")
        total = Report()
        problems: list[dict[str, str]] = []
        for found in list(workspaces):
            report, failure = self._verify(found)
            total.values.update(report.values)
            total.indexes.update(report.indexes)
            problems += [{"workspace": str(found.pk), "problem": d.problem} for d in report.damage]
            if failure:
                problems.append({"workspace": str(found.pk), "problem": failure})
        secrets = 0
        if workspace is None:
            secrets, damaged = verify_factor_secrets()
            problems += [{"workspace": "", "problem": problem} for problem in damaged]
        if json:
            self._print_json(total, secrets, problems)
        else:
            self._print(total, secrets, problems)
        if problems:
            raise SystemExit(1)

    def _verify(self, workspace: Workspace) -> tuple[Report, str]:
        """Verify one workspace in a scope of its own, which records it."""
        try:
            with workspace_scope(workspace, Actor.running("verify_encryption")):
                report = verify_workspace(current_vault(), self._bar(workspace, count_rows()))
                record(
                    "encryption.verified",
                    workspace,
                    outcome="failed" if report.damage else "ok",
                    values=report.opened,
                    damaged=len(report.damage),
                )
                return report, ""
        except BadKey as error:
            return Report(), str(error)
        finally:
            self._clear_bar()

    def _print(self, total: Report, secrets: int, problems: list[dict[str, str]]) -> None:
        for (model, generation), count in sorted(total.values.items()):
            self.stdout.write(f"{model:<30} generation {generation:<3} {count:>10,} values")
        for model, count in sorted(total.indexes.items()):
            self.stdout.write(f"{model:<30} blind indexes  {count:>10,}")
        self.stdout.write(f"{'Second factors':<30} secrets        {secrets:>10,}")
        for problem in problems:
            place = f"Workspace {problem['workspace']}: " if problem["workspace"] else ""
            self.stderr.write(self.style.ERROR(f"{place}{problem['problem']}"))
        self.stdout.write(f"{total.opened:,} values opened, {len(problems):,} damaged.")

    def _print_json(self, total: Report, secrets: int, problems: list[dict[str, str]]) -> None:
        by_model: dict[str, Counter[str]] = {}
        for (model, generation), count in sorted(total.values.items()):
            by_model.setdefault(model, Counter())[str(generation)] = count
        result = {"values": by_model, "indexes": total.indexes, "secrets": secrets, "damaged": problems}
        self.stdout.write(json.dumps(result, indent=2))

    def _bar(self, workspace: Workspace, rows: int) -> Any:
        """Draw how far it is, at most ten times a second, where somebody is looking."""
        drawn = 0.0

        def draw(done: int) -> None:
            nonlocal drawn
            if self.stderr.isatty() and time.monotonic() - drawn >= 0.1:
                drawn = time.monotonic()
                filled = WIDTH * done // max(rows, 1)
                bar = "#" * filled + "." * (WIDTH - filled)
                self.stderr.write(f"\r{workspace.pk} [{bar}] {done:,} of {rows:,} rows", ending="")

        return draw

    def _clear_bar(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("\r\033[K", ending="")
