"""The open vault: it holds the open workspace's keys and reports each decryption to the scope.

`pazpaz.scope` opens it and fields use it. A context variable holds it, so threads and tasks never share one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from pazpaz.encryption.errors import NoOpenVault
from pazpaz.encryption.keys import WorkspaceKeys

# Whether a field is clinical. "shareable" ones are, unless the practice shows them to its assistants.
type Clinical = bool | Literal["shareable"]


class ClinicalDataDenied(PermissionDenied):
    """The actor may not see clinical data and tried to read or write a clinical field."""

    def __init__(self) -> None:
        super().__init__(_("Notes and medical history are open to therapists only."))


type Detail = str | int | bool | None


class Recorder(Protocol):
    """The part of the audit trail that a vault needs; `pazpaz.scope.Scope` implements it."""

    def report_read(self, label: str, row_id: UUID) -> None:
        """Take note of one decrypted value."""

    def record_reads(
        self, event: str, fields: Sequence[str], row_ids: Sequence[UUID], details: dict[str, Detail]
    ) -> None:
        """Record one event for all values that one call decrypted."""


@dataclass(frozen=True, slots=True)
class Vault:
    """The keys, the region of phone numbers, the actor's rights, and the recorder of what is decrypted."""

    keys: WorkspaceKeys
    region: str
    clinical: bool
    recorder: Recorder
    shares: bool = False

    @property
    def workspace_id(self) -> UUID:
        return self.keys.workspace_id

    def open(self, label: str, row_id: UUID, token: str, *, clinical: Clinical) -> bytes:
        """Decrypt a value for the actor: check the actor's rights, then report the read to the audit trail.

        Raises ClinicalDataDenied, and the errors of WorkspaceKeys.unseal().
        """
        self.check(clinical=clinical)
        plaintext = self.keys.unseal(label, row_id, token)
        self.recorder.report_read(label, row_id)
        return plaintext

    def check(self, *, clinical: Clinical) -> None:
        """Raise ClinicalDataDenied when the field is clinical and the actor may not see clinical data."""
        if not self.opens(clinical=clinical):
            raise ClinicalDataDenied

    def opens(self, *, clinical: Clinical) -> bool:
        """Return whether the actor may see a field, so that a page can leave it out."""
        return not clinical or self.clinical or (clinical == "shareable" and self.shares)


_current: ContextVar[Vault | None] = ContextVar("pazpaz_vault", default=None)


def current_vault() -> Vault:
    """Return the open vault. Raises NoOpenVault outside a workspace."""
    vault = _current.get()
    if vault is None:
        raise NoOpenVault
    return vault


@contextmanager
def open_vault(vault: Vault) -> Iterator[Vault]:
    """Make a vault the current one for the block."""
    before = _current.set(vault)
    try:
        yield vault
    finally:
        _current.reset(before)
