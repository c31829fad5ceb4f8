"""The open vault: the keys of the workspace that is open right now, and who watches what is read.

`pazpaz.scope` opens it; fields use it. It lives in a context variable, so threads and tasks never share one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from pazpaz.encryption.errors import NoOpenVault
from pazpaz.encryption.keys import WorkspaceKeys

# Whether a field is clinical. "shareable" ones are, unless the practice shows them to its assistants.
type Clinical = bool | Literal["shareable"]


class ClinicalDataDenied(PermissionDenied):
    """Someone who may not see clinical data tried to open or write a clinical field."""

    def __init__(self) -> None:
        super().__init__(_("Notes and medical history are open to therapists only."))


@dataclass(frozen=True, slots=True)
class Vault:
    """Keys, the region phone numbers are read in, what the actor may open, and who is told of it."""

    keys: WorkspaceKeys
    region: str
    clinical: bool
    report: Callable[[str, UUID], None]
    shares: bool = False

    @property
    def workspace_id(self) -> UUID:
        return self.keys.workspace_id

    def open(self, label: str, row_id: UUID, token: str, *, clinical: Clinical) -> bytes:
        """Open a value for the actor of the scope: checked, then reported to the audit trail.

        Raises ClinicalDataDenied, or what WorkspaceKeys.open() raises.
        """
        self.check(clinical=clinical)
        plaintext = self.keys.open(label, row_id, token)
        self.report(label, row_id)
        return plaintext

    def check(self, *, clinical: Clinical) -> None:
        """Raise ClinicalDataDenied when the field is clinical and the actor may not see clinical data."""
        if not self.opens(clinical=clinical):
            raise ClinicalDataDenied

    def opens(self, *, clinical: Clinical) -> bool:
        """Return whether the actor may see a field, for pages that leave out what would be refused."""
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
