from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections import defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from audit.verification import Checkpoint, Finding, Progress, as_dict, trails, verify


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
        parser.add_argument(
            "--since",
            type=Path,
            metavar="FILE",
            help="Verify each trail from its newest checkpoint in this file on, as --head printed it, and "
            "say how much before it was not verified. Trails without a checkpoint are verified whole. "
            "For the daily run; verify everything from time to time.",
        )
        output.add_argument("--json", action="store_true", help="Print the result as one JSON object.")

    _is_saying = False

    def handle(
        self,
        *,
        workspace: UUID | None,
        head: bool,
        anchor: list[Path],
        since: Path | None,
        json: bool,
        **options: Any,
    ) -> None:
        anchors = self._anchors([*anchor, *([since] if since else [])], workspace)
        begin = self._newest(since, workspace)
        self._said = time.monotonic()
        ids = sorted({*trails(), *anchors})
        if workspace is not None:
            if workspace not in ids:
                raise CommandError(f"There is no workspace {workspace}, and there was none.")
            ids = [workspace]
        findings = [
            verify(
                workspace_id,
                anchors.get(workspace_id, ()),
                self._progress(number, len(ids)),
                since=begin.get(workspace_id),
            )
            for number, workspace_id in enumerate(ids, 1)
        ]
        self._end_progress()
        damaged = [finding for finding in findings if finding.damage]
        if json:
            self._print_json(findings, since)
        elif head:
            self._print_heads(findings)
        else:
            events = sum(finding.events for finding in findings)
            self.stdout.write(f"{len(findings)} trails, {events} events verified, {len(damaged)} damaged.")
        if since and not json:
            self._say_what_was_not_verified(findings, begin, self.stderr if head else self.stdout)
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

    def _newest(self, since: Path | None, workspace: UUID | None) -> dict[UUID, Checkpoint]:
        """Return the checkpoint of each trail where its verification begins."""
        points = self._anchors([since], workspace) if since else {}
        return {id: max(of_trail, key=lambda point: point.sequence) for id, of_trail in points.items()}

    def _say_what_was_not_verified(
        self, findings: list[Finding], begin: dict[UUID, Checkpoint], out: OutputWrapper
    ) -> None:
        skipped = sum(finding.unverified for finding in findings)
        whole = sum(finding.workspace not in begin for finding in findings)
        out.write(
            f"NOT verified: {skipped} events before the checkpoints of {len(findings) - whole} trails. "
            f"Verified whole: {whole} trails."
        )

    def _print_json(self, findings: list[Finding], since: Path | None) -> None:
        self.stdout.write(
            json.dumps(
                {
                    "trails": len(findings),
                    "events": sum(finding.events for finding in findings),
                    **({"unverified": sum(f.unverified for f in findings)} if since else {}),
                    "damaged": [as_dict(finding) for finding in findings if finding.damage],
                },
                indent=2,
            )
        )

    def _print_heads(self, findings: list[Finding]) -> None:
        for finding in findings:
            if finding.head is not None and finding.damage is None:
                self.stdout.write(finding.head.as_json())

    def _progress(self, number: int, trails: int) -> Progress:
        """Say on a terminal how far it is: from the second second on, and at most once in one."""
        if not self.stderr.isatty():
            return lambda events: None

        def say(events: int) -> None:
            if time.monotonic() - self._said >= 1:
                self._said = time.monotonic()
                self.stderr.write(f"\r\033[KTrail {number} of {trails}: {events:,} events …", ending="")
                self._is_saying = True

        return say

    def _end_progress(self) -> None:
        if self._is_saying:
            self.stderr.write("\r\033[K", ending="")
