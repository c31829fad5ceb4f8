from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections import defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from audit.verification import Checkpoint, Finding, as_dict, trails, verify


class Command(BaseCommand):
    help = (
        "Verify the audit trail of every workspace, those that were deleted included: that each event is "
        "as it was written, in its place, and that the end was not cut off. Name the first bad event of a "
        "trail and the kind of damage (changed, missing, reordered, truncated, inserted), and end with "
        "status 1 if there is any."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--workspace", type=UUID, metavar="ID", help="Verify only this workspace's trail."
        )
        output = parser.add_mutually_exclusive_group()
        output.add_argument(
            "--head",
            action="store_true",
            help="Print a checkpoint of every undamaged trail, one JSON object a line. Keep it outside the "
            "database, and --anchor will find what a trail cannot tell of itself: that it was cut off "
            "together with its head.",
        )
        parser.add_argument(
            "--anchor",
            type=Path,
            action="append",
            default=[],
            metavar="FILE",
            help="Compare with the checkpoints in this file, as --head printed them. Several are fine.",
        )
        output.add_argument("--json", action="store_true", help="Print the result as one JSON object.")

    def handle(
        self, *, workspace: UUID | None, head: bool, anchor: list[Path], json: bool, **options: Any
    ) -> None:
        anchors = self._anchors(anchor, workspace)
        ids = sorted({*trails(), *anchors})
        if workspace is not None:
            if workspace not in ids:
                raise CommandError(f"There is no workspace {workspace}, and there was none.")
            ids = [workspace]
        findings = [
            verify(workspace_id, anchors.get(workspace_id, ()), self._progress(number, len(ids)))
            for number, workspace_id in enumerate(ids, 1)
        ]
        damaged = [finding for finding in findings if finding.damage]
        if json:
            self._print_json(findings)
        elif head:
            self._print_heads(findings)
        else:
            events = sum(finding.events for finding in findings)
            self.stdout.write(f"{len(findings)} trails, {events} events verified, {len(damaged)} damaged.")
        for finding in damaged:
            self.stderr.write(self.style.ERROR(f"Workspace {finding.workspace}: {finding.damage}"))
        if damaged:
            raise SystemExit(1)

    def _anchors(self, paths: list[Path], workspace: UUID | None) -> dict[UUID, list[Checkpoint]]:
        points: dict[UUID, list[Checkpoint]] = defaultdict(list)
        for path in paths:
            try:
                lines = path.read_text("utf-8").splitlines()
            except (OSError, UnicodeDecodeError) as error:
                raise CommandError(f"{path} cannot be read: {type(error).__name__}.") from None
            if not lines:
                raise CommandError(f"{path} is empty: it holds no checkpoint to compare with.")
            for number, line in enumerate(lines, 1):
                try:
                    point = Checkpoint.parse(line)
                except ValueError:
                    raise CommandError(
                        f"Line {number} of {path} is not a checkpoint of this installation."
                    ) from None
                if workspace in (None, point.workspace):
                    points[point.workspace].append(point)
        return points

    def _print_json(self, findings: list[Finding]) -> None:
        self.stdout.write(
            json.dumps(
                {
                    "trails": len(findings),
                    "events": sum(finding.events for finding in findings),
                    "damaged": [as_dict(finding) for finding in findings if finding.damage],
                },
                indent=2,
            )
        )

    def _print_heads(self, findings: list[Finding]) -> None:
        for finding in findings:
            if finding.head is not None and finding.damage is None:
                self.stdout.write(finding.head.as_json())

    def _progress(self, number: int, trails: int) -> Any:
        """Say how far it is, at most once a second."""
        said = time.monotonic()

        def say(events: int) -> None:
            nonlocal said
            if time.monotonic() - said >= 1:
                said = time.monotonic()
                self.stderr.write(f"Trail {number} of {trails}: {events} events …")

        return say
