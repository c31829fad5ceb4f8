"""Keys: the ring of master keys, what it wraps, and what each generation seals."""

import hashlib
import hmac
from uuid import UUID, uuid4

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pazpaz.encryption import cipher, keys
from pazpaz.encryption.errors import BadKey, CannotOpen, NotEncrypted, UnknownGeneration
from pazpaz.encryption.keys import KeyEncryptionKey, KeyEncryptionKeys, Purpose, WorkspaceKeys, derive

WORKSPACE = uuid4()
ROW = uuid4()
LABEL = "client.first_name"
DATA = bytes(range(32))
INDEX = bytes(range(32, 64))


def a_ring(*secrets: bytes) -> KeyEncryptionKeys:
    return KeyEncryptionKeys(tuple(KeyEncryptionKey(secret) for secret in secrets))


def wrapped_by(ring: KeyEncryptionKeys, generation: int = 1, purpose: Purpose = "data") -> str:
    return ring.wrap(DATA, workspace_id=WORKSPACE, generation=generation, purpose=purpose)


def unwrapped_by(
    ring: KeyEncryptionKeys,
    wrapped: str,
    *,
    key_id: str | None = None,
    workspace_id: UUID = WORKSPACE,
    generation: int = 1,
    purpose: Purpose = "data",
) -> bytes:
    return ring.unwrap(
        wrapped,
        key_id=key_id or ring.current.id,
        workspace_id=workspace_id,
        generation=generation,
        purpose=purpose,
    )


def workspace_keys(*generations: int, active: int = 1, workspace: UUID = WORKSPACE) -> WorkspaceKeys:
    data = {generation: bytes([generation]) * 32 for generation in generations}
    return WorkspaceKeys(workspace, data, INDEX, active)


def test_derivation_is_hkdf_expand_with_sha256() -> None:
    info = b"pazpaz|data|client.first_name"
    assert derive(DATA, info.decode()) == hmac.digest(DATA, info + b"\x01", hashlib.sha256)


def test_a_generated_key_is_one_a_ring_takes() -> None:
    one, other = keys.generate_key(), keys.generate_key()
    assert one != other
    assert len(KeyEncryptionKey.from_base64(one).secret) == 32


@pytest.mark.parametrize("text", ["", "secret", "c2hvcnQ=", "x" * 44, "A" * 86 + "==", "not base64 at all!"])
def test_a_malformed_key_is_refused_with_advice_and_not_repeated(text: str) -> None:
    with pytest.raises(BadKey, match="manage.py generate_key") as caught:
        KeyEncryptionKey.from_base64(text)
    assert not text or text not in str(caught.value)


def test_an_empty_ring_is_refused() -> None:
    with pytest.raises(BadKey, match="No master key is configured"):
        KeyEncryptionKeys(())


def test_keys_do_not_show_in_texts() -> None:
    ring = a_ring(DATA)
    held = workspace_keys(1)
    for text in (repr(ring), repr(ring.current), str(held), repr(held)):
        assert "x00" not in text
        assert DATA.hex() not in text


def test_a_wrapped_key_comes_back() -> None:
    ring = a_ring(DATA)
    assert unwrapped_by(ring, wrapped_by(ring)) == DATA
    assert wrapped_by(ring) != wrapped_by(ring)


def test_after_a_change_of_the_master_key_the_old_one_still_unwraps() -> None:
    old = a_ring(b"a" * 32)
    ring = a_ring(b"b" * 32, b"a" * 32)
    assert unwrapped_by(ring, wrapped_by(old), key_id=old.current.id) == DATA
    assert unwrapped_by(ring, wrapped_by(ring)) == DATA


def test_a_key_that_is_not_in_the_ring_is_asked_for_by_its_id() -> None:
    old, ring = a_ring(b"a" * 32), a_ring(b"b" * 32)
    with pytest.raises(BadKey, match=f"Master key {old.current.id} is not configured.*OLD_MASTER_KEYS"):
        unwrapped_by(ring, wrapped_by(old), key_id=old.current.id)


def test_a_key_wrapped_by_another_master_key_does_not_unwrap() -> None:
    old, ring = a_ring(b"a" * 32), a_ring(b"b" * 32)
    with pytest.raises(BadKey, match="cannot be unwrapped"):
        unwrapped_by(ring, wrapped_by(old))


@pytest.mark.parametrize(
    "moved",
    [{"workspace_id": uuid4()}, {"generation": 2}, {"purpose": "index"}],
    ids=["workspace", "generation", "purpose"],
)
def test_a_wrapped_key_cannot_be_moved(moved: dict[str, object]) -> None:
    ring = a_ring(DATA)
    with pytest.raises(BadKey, match="cannot be unwrapped"):
        unwrapped_by(ring, wrapped_by(ring), **moved)  # type: ignore[arg-type]


@pytest.mark.parametrize("damage", ["", "AAAA", "not base64", "ключ"])
def test_a_damaged_wrapped_key_is_a_bad_key(damage: str) -> None:
    with pytest.raises(BadKey, match="cannot be unwrapped"):
        unwrapped_by(a_ring(DATA), damage)


def test_the_check_value_tells_keys_apart() -> None:
    assert keys.check_value(DATA) == keys.check_value(bytes(range(32)))
    assert keys.check_value(DATA) != keys.check_value(INDEX)
    assert len(keys.check_value(DATA)) == 16


def test_a_system_secret_comes_back_and_only_to_its_place() -> None:
    ring = a_ring(DATA)
    sealed = ring.seal_secret("totp", ROW, "JBSWY3DPEHPK3PXP")
    assert sealed.startswith(f"s{ring.current.id}:v1:")
    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert ring.open_secret("totp", ROW, sealed) == "JBSWY3DPEHPK3PXP"
    assert a_ring(INDEX, DATA).open_secret("totp", ROW, sealed) == "JBSWY3DPEHPK3PXP"
    with pytest.raises(CannotOpen):
        ring.open_secret("totp", uuid4(), sealed)
    with pytest.raises(CannotOpen):
        ring.open_secret("feed", ROW, sealed)
    with pytest.raises(BadKey):
        a_ring(INDEX).open_secret("totp", ROW, sealed)


@pytest.mark.parametrize("text", ["", "JBSWY3DPEHPK3PXP", "sabc", "s", ":", "v1:AAAA:BBBB"])
def test_a_secret_in_clear_is_never_passed_on(text: str) -> None:
    with pytest.raises(NotEncrypted, match=r"system\.totp of .*: not an encrypted value"):
        a_ring(DATA).open_secret("totp", ROW, text)


def test_a_workspace_seals_with_the_active_generation_and_opens_with_all() -> None:
    before = workspace_keys(1, active=1).seal(LABEL, ROW, b"Yael")
    now = workspace_keys(1, 2, active=2)
    assert now.unseal(LABEL, ROW, before) == b"Yael"
    assert now.seal(LABEL, ROW, b"Yael").startswith("v2:")


def test_an_unknown_generation_is_named_with_the_known_ones() -> None:
    token = workspace_keys(7, active=7).seal(LABEL, ROW, b"Yael")
    with pytest.raises(UnknownGeneration) as caught:
        workspace_keys(1, 2, 3, active=3).unseal(LABEL, ROW, token)
    assert str(caught.value) == f"{LABEL} of {ROW}: unknown key generation 7 (have 1–3)"
    with pytest.raises(UnknownGeneration, match=r"have 1\)"):
        workspace_keys(1).unseal(LABEL, ROW, token)


def test_another_generation_on_the_label_does_not_open() -> None:
    ring = workspace_keys(2, 3, active=2)
    with pytest.raises(CannotOpen):
        ring.unseal(LABEL, ROW, ring.seal(LABEL, ROW, b"Yael").replace("v2:", "v3:"))


@pytest.mark.parametrize("head", ["v0", "v01", "v１", "w1", "v", "", "v1000000", " v1", "v1 "])
def test_a_generation_nobody_writes_is_not_an_encrypted_value(head: str) -> None:
    held = workspace_keys(1)
    with pytest.raises(NotEncrypted, match=f"{LABEL} of {ROW}: not an encrypted value"):
        held.unseal(LABEL, ROW, held.seal(LABEL, ROW, b"Yael").replace("v1", head, 1))


def test_a_token_opens_in_its_row_column_and_workspace_only() -> None:
    held = workspace_keys(1)
    token = held.seal(LABEL, ROW, b"Yael")
    message = f"cannot open {LABEL} of {ROW}: wrong key, or the value was moved or altered"
    with pytest.raises(CannotOpen) as caught:
        workspace_keys(1, workspace=uuid4()).unseal(LABEL, ROW, token)
    assert str(caught.value) == message
    with pytest.raises(CannotOpen):
        held.unseal(LABEL, uuid4(), token)
    with pytest.raises(CannotOpen):
        held.unseal("client.last_name", ROW, token)


def test_plaintext_in_the_column_is_never_passed_on() -> None:
    with pytest.raises(NotEncrypted) as caught:
        workspace_keys(1).unseal(LABEL, ROW, "Dana")
    assert str(caught.value) == f"{LABEL} of {ROW}: not an encrypted value"


def test_every_column_has_a_key_of_its_own() -> None:
    held = workspace_keys(1)
    assert len({derive(DATA, f"pazpaz|data|{label}") for label in ("a", "b", "client.first_name")}) == 3
    assert held.digest("client.email#n1", b"x") != held.digest("client.phone#n1", b"x")
    assert held.digest("client.email#n1", b"x") != hmac.digest(DATA, b"x", hashlib.sha256)


def test_a_workspace_without_its_active_or_index_key_has_no_usable_keys() -> None:
    with pytest.raises(BadKey, match="no usable keys"):
        workspace_keys(1, 2, active=3)
    with pytest.raises(BadKey, match="no usable keys"):
        WorkspaceKeys(WORKSPACE, {1: DATA}, b"", 1)


def test_each_column_seals_under_a_key_of_its_own() -> None:
    """A key that leaks from one column's use opens no other column."""
    keys = workspace_keys(1)
    token = cipher.parse(keys.seal(LABEL, ROW, b"Yonatan"))
    context = cipher.associated_data(1, LABEL, WORKSPACE, ROW)
    own = AESGCM(derive(bytes([1]) * 32, f"pazpaz|data|{LABEL}"))
    assert cipher.open_token(own, token, context) == b"Yonatan"
    other = AESGCM(derive(bytes([1]) * 32, "pazpaz|data|client.last_name"))
    with pytest.raises(InvalidTag):
        cipher.open_token(other, token, context)


def test_digests_differ_by_label_by_parts_and_by_key() -> None:
    one, two = (KeyEncryptionKey.from_base64(keys.generate_key()) for _ in range(2))
    ring = KeyEncryptionKeys((one,))
    made = {
        ring.digest("a", b"b", b"c"),
        ring.digest("a", b"bc"),
        ring.digest("a", b"bc", b""),
        ring.digest("a", b"c", b"b"),
        ring.digest("ab", b"c"),
        ring.digest("a"),
        KeyEncryptionKeys((two,)).digest("a", b"b", b"c"),
    }
    assert len(made) == 7
    same = [ring.digest(label, b"part") for label in ("one", "two")]
    assert same[0] != same[1]


def test_a_digest_under_an_older_key_is_confirmed_and_found() -> None:
    old, new = (KeyEncryptionKey.from_base64(keys.generate_key()) for _ in range(2))
    digest = KeyEncryptionKeys((old,)).digest("link", b"token")
    ring = KeyEncryptionKeys((new, old))
    assert ring.confirms(digest, "link", b"token")
    assert digest in ring.digests("link", b"token")
    assert ring.digest("link", b"token") != digest
    assert not ring.confirms(digest, "link", b"other")
    assert not KeyEncryptionKeys((new,)).confirms(digest, "link", b"token")
