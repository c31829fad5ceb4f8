"""Where master keys come from, and the sentence that says what is wrong with the place."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pazpaz.encryption.errors import BadKey
from pazpaz.encryption.keys import KeyEncryptionKey, generate_key
from pazpaz.encryption.providers import AwsSecretsManagerKeys, EnvironmentKeys, FileKeys

CURRENT, OLD = generate_key(), generate_key()
BOTH = [KeyEncryptionKey.from_base64(CURRENT).id, KeyEncryptionKey.from_base64(OLD).id]


def ids(provider: EnvironmentKeys | FileKeys | AwsSecretsManagerKeys) -> list[str]:
    return [key.id for key in provider.load().keys]


def test_the_environment_gives_the_current_key_first() -> None:
    assert ids(EnvironmentKeys(CURRENT, (OLD, " "))) == BOTH


def test_the_provider_does_not_show_its_keys() -> None:
    assert CURRENT not in repr(EnvironmentKeys(CURRENT, (OLD,)))
    assert OLD not in repr(EnvironmentKeys(CURRENT, (OLD,)))


def test_a_malformed_key_in_the_environment_stops_the_start() -> None:
    with pytest.raises(BadKey, match="must be 32 random bytes"):
        EnvironmentKeys("changeme").load()


def key_file(folder: Path, text: str, mode: int = 0o600) -> FileKeys:
    path = folder / "keys"
    path.write_text(text)
    path.chmod(mode)
    return FileKeys(path)


def test_a_file_gives_one_key_a_line(tmp_path: Path) -> None:
    assert ids(key_file(tmp_path, f"{CURRENT}\n\n{OLD}\n")) == BOTH


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(BadKey, match="is open to others. Run: chmod 600"):
        key_file(tmp_path, CURRENT, mode).load()


def test_a_missing_or_empty_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadKey, match="cannot be read: FileNotFoundError"):
        FileKeys(tmp_path / "nowhere").load()
    with pytest.raises(BadKey, match="No master key is configured"):
        key_file(tmp_path, "\n").load()
    with pytest.raises(BadKey, match="cannot be read: UnicodeDecodeError"):
        key_file(tmp_path, "ключ").load()


@pytest.fixture
def secrets_manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    boto3 = pytest.importorskip("boto3")
    from moto import mock_aws

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        yield boto3.client("secretsmanager")


def test_aws_gives_a_single_key(secrets_manager: Any) -> None:
    secrets_manager.create_secret(Name="pazpaz/master", SecretString=CURRENT)
    assert ids(AwsSecretsManagerKeys("pazpaz/master")) == BOTH[:1]


def test_aws_gives_a_ring(secrets_manager: Any) -> None:
    secrets_manager.create_secret(
        Name="pazpaz/master", SecretString=json.dumps({"current": CURRENT, "old": [OLD]})
    )
    assert ids(AwsSecretsManagerKeys("pazpaz/master")) == BOTH


def test_a_secret_that_is_not_there_is_named(secrets_manager: Any) -> None:
    with pytest.raises(BadKey, match="The secret pazpaz/master cannot be read .*GetSecretValue"):
        AwsSecretsManagerKeys("pazpaz/master").load()


@pytest.mark.parametrize("text", ["{", "{}", '{"current": 7}', '{"current": null}', '{"current": ["x"]}'])
def test_a_secret_of_another_shape_is_refused_and_not_repeated(secrets_manager: Any, text: str) -> None:
    secrets_manager.create_secret(Name="pazpaz/master", SecretString=text)
    with pytest.raises(BadKey, match=r"The secret pazpaz/master is not"):
        AwsSecretsManagerKeys("pazpaz/master").load()


def test_a_binary_secret_is_refused(secrets_manager: Any) -> None:
    secrets_manager.create_secret(Name="pazpaz/master", SecretBinary=b"\x00" * 32)
    with pytest.raises(BadKey, match="No master key is configured"):
        AwsSecretsManagerKeys("pazpaz/master").load()
