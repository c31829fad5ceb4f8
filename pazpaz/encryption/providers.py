"""Where master keys come from: one class each. All load the ring once, at start, and keep it in memory."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

from pazpaz.encryption.errors import BadKey
from pazpaz.encryption.keys import KeyEncryptionKey, KeyEncryptionKeys


class KeyProvider(Protocol):
    def load(self) -> KeyEncryptionKeys:
        """Return the ring of master keys. Raises BadKey with a sentence that says what to do."""
        ...


def ring(texts: Iterable[str]) -> KeyEncryptionKeys:
    """Return the ring of base64 keys, the current one first; empty texts are passed over."""
    return KeyEncryptionKeys(tuple(KeyEncryptionKey.from_base64(text) for text in texts if text.strip()))


@dataclass(frozen=True)
class EnvironmentKeys:
    """Keys handed over in the process environment (ENCRYPTION_MASTER_KEY, ENCRYPTION_OLD_MASTER_KEYS)."""

    current: str = field(repr=False)
    old: tuple[str, ...] = field(default=(), repr=False)

    def load(self) -> KeyEncryptionKeys:
        return ring((self.current, *self.old))


@dataclass(frozen=True)
class FileKeys:
    """Keys in a file that only its owner may read: one base64 key a line, the current one first."""

    path: Path

    def load(self) -> KeyEncryptionKeys:
        try:
            mode = self.path.stat().st_mode
            text = self.path.read_text("ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise BadKey(f"The key file {self.path} cannot be read: {type(error).__name__}.") from None
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise BadKey(f"The key file {self.path} is open to others. Run: chmod 600 {self.path}")
        return ring(text.splitlines())


@dataclass(frozen=True)
class AwsSecretsManagerKeys:
    """Keys in one AWS Secrets Manager secret: a base64 key, or JSON {"current": key, "old": [keys]}.

    Needs the extra `aws` (boto3); credentials and region come from the usual AWS chain.
    """

    secret_id: str

    def load(self) -> KeyEncryptionKeys:
        try:
            import boto3
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError:
            raise BadKey("AWS Secrets Manager needs boto3: run `pip install '.[aws]'` first.") from None
        try:
            answer = boto3.client("secretsmanager").get_secret_value(SecretId=self.secret_id)
        except (BotoCoreError, ClientError) as error:
            raise BadKey(
                f"The secret {self.secret_id} cannot be read from AWS Secrets Manager: "
                f"{type(error).__name__}. Check its name, the region and the permission "
                "secretsmanager:GetSecretValue."
            ) from None
        return self._read(answer.get("SecretString", ""))

    def _read(self, text: str) -> KeyEncryptionKeys:
        if not text.lstrip().startswith("{"):
            return ring((text,))
        try:
            keys = json.loads(text)
            return ring((keys["current"], *keys.get("old", ())))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadKey(f'The secret {self.secret_id} is not {{"current": key, "old": [keys]}}.') from None


@cache
def master_keys() -> KeyEncryptionKeys:
    """Return this process's ring, from the provider that settings.ENCRYPTION_KEY_PROVIDER holds."""
    from django.conf import settings

    provider: KeyProvider = settings.ENCRYPTION_KEY_PROVIDER
    return provider.load()
