"""A catalogue of mutants: faults put into the lines that protect health data. Some test must fail for each.

    make mutants                    all of them
    make mutants ONLY=policy        those whose description has the word

Each is put into a copy of the project, one at a time; then the tests named with it run. When a module moves,
its path below changes and nothing else. A text that is no longer in its file is an error: adapt the mutant.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).parent.parent

CIPHER = "pazpaz/encryption/cipher.py"
KEYS = "pazpaz/encryption/keys.py"
BLIND_INDEX = "pazpaz/encryption/blind_index.py"
ROLES = "pazpaz/database/roles.py"
OPERATIONS = "pazpaz/database/operations.py"
CONNECTION = "pazpaz/database/connection.py"
SCOPE = "pazpaz/scope.py"
CHAIN = "audit/chain.py"
EVENTS = "audit/models.py"
CACHE = "pazpaz/cache.py"
LINKS = "pazpaz/accounts/signin_links.py"

OF_CIPHER = "tests/encryption/test_cipher.py"
OF_KEYS = "tests/encryption/test_keys.py"
OF_BLIND_INDEX = "tests/encryption/test_blind_index.py"
OF_READING = "tests/encryption/test_fields_reading.py"
OF_TABLES = "tests/database/test_catalogue.py"
OF_ISOLATION = "tests/database/test_isolation.py"
OF_ROLES = "tests/database/test_roles.py"
OF_SETUP = "tests/database/test_setup_database.py"
OF_SCOPE = "tests/database/test_scope.py"
OF_CHAIN = "tests/audit/test_chain.py"
OF_HEADS = "tests/audit/test_overtaken.py"
OF_VERIFICATION = "tests/audit/test_verification.py"
OF_CACHE = "tests/test_cache.py"
OF_LINKS = "tests/accounts/test_signin_links.py"
OF_INVITATIONS = "tests/accounts/test_invitations.py"


class Mutant(NamedTuple):
    what: str
    file: str
    old: str
    new: str
    tests: str  # at least one of them fails


MUTANTS = [
    # -- Encryption
    Mutant(
        "a value is not bound to its row",
        CIPHER,
        "label, workspace_id) + row_id.bytes",
        "label, workspace_id)",
        OF_CIPHER,
    ),
    Mutant(
        "a value is not bound to its workspace",
        CIPHER,
        "name,\n            workspace_id.bytes,",
        "name,",
        OF_CIPHER,
    ),
    Mutant(
        "labels run into what follows them",
        CIPHER,
        '            len(name).to_bytes(2, "big"),\n',
        "",
        OF_CIPHER,
    ),
    Mutant(
        "a nonce is used twice", CIPHER, "nonce = os.urandom(NONCE_BYTES)", "nonce = bytes(12)", OF_CIPHER
    ),
    Mutant("padding shows the length", CIPHER, "bytes(-(len(data) + 1) % PAD_STEP)", "b''", OF_CIPHER),
    Mutant(
        "two texts of base64 are one token",
        CIPHER,
        'if sealed_text.endswith("=") and not _is_canonical(sealed_text):',
        "if False:",
        OF_CIPHER,
    ),
    Mutant(
        "a value opens in the place of another row",
        KEYS,
        "prefix + row_id.bytes)\n        except (InvalidTag, ValueError):\n"
        "            raise CannotOpen(label",
        "prefix)\n        except (InvalidTag, ValueError):\n            raise CannotOpen(label",
        OF_KEYS,
    ),
    Mutant(
        "all columns share one key",
        KEYS,
        'derive(key, f"pazpaz|data|{label}")',
        'derive(key, "data")',
        OF_KEYS,
    ),
    Mutant(
        "a wrapped key may change its purpose",
        KEYS,
        'f"wrap.{purpose}.{key_id}"',
        'f"wrap.{key_id}"',
        OF_KEYS,
    ),
    Mutant(
        "a wrapped key may change its generation",
        KEYS,
        'cipher.associated_data(generation, f"wrap.',
        'cipher.associated_data(1, f"wrap.',
        OF_KEYS,
    ),
    Mutant("a key shows in a traceback", KEYS, "secret: bytes = field(repr=False)", "secret: bytes", OF_KEYS),
    Mutant(
        "all blind indexes share one key",
        KEYS,
        'derive(self._index, f"pazpaz|index|{label}")',
        'derive(self._index, "index")',
        f"{OF_KEYS} {OF_BLIND_INDEX}",
    ),
    Mutant(
        "an index outlives its value",
        BLIND_INDEX,
        " AND {source} IS NOT NULL)",
        ")",
        OF_BLIND_INDEX,
    ),
    # -- Policies and grants of tables
    Mutant(
        "the policy of a table lets everybody read",
        OPERATIONS,
        "USING ({condition}) WITH CHECK",
        "USING (true) WITH CHECK",
        OF_ISOLATION,
    ),
    Mutant(
        "the policy of a table lets everybody write",
        OPERATIONS,
        "WITH CHECK ({condition})",
        "WITH CHECK (true)",
        OF_ISOLATION,
    ),
    Mutant(
        "the owner of a table is above its policy",
        OPERATIONS,
        '        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",\n',
        "",
        OF_TABLES,
    ),
    Mutant(
        "the policy of the owner is for all",
        OPERATIONS,
        "CREATE POLICY owner ON {table} TO CURRENT_USER",
        "CREATE POLICY owner ON {table} TO PUBLIC",
        OF_TABLES,
    ),
    Mutant(
        "a reference may leave the workspace",
        OPERATIONS,
        '{remote._meta.db_table} (workspace_id, id) {action}"',
        '{remote._meta.db_table} (workspace_id, id) {action} NOT ENFORCED"',
        f"{OF_TABLES} {OF_ISOLATION}",
    ),
    Mutant(
        "the application deletes from append-only tables",
        OPERATIONS,
        "deletable and not append_only",
        "deletable",
        f"{OF_TABLES} {OF_ROLES}",
    ),
    Mutant(
        "a superuser who replays rows changes the trail",
        OPERATIONS,
        '            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only",\n',
        "",
        f"{OF_TABLES} {OF_CHAIN} tests/database/test_cascades.py",
    ),
    # -- Roles
    Mutant(
        "a temporary table stands in for a real one",
        ROLES,
        '        "ALTER DATABASE {database} SET search_path = public, pg_temp",\n',
        "",
        f"{OF_ROLES} {OF_SETUP}",
    ),
    Mutant(
        "the application may act as the owner",
        ROLES,
        "        _ensure_no_member(admin, app, say)\n",
        "",
        f"{OF_ROLES} {OF_SETUP}",
    ),
    Mutant(
        "a role keeps powers it was given",
        ROLES,
        "if excess or not can_login:",
        "if not can_login:",
        f"{OF_ROLES} {OF_SETUP}",
    ),
    Mutant(
        "everybody may use the schema",
        ROLES,
        '        "REVOKE ALL ON SCHEMA public FROM PUBLIC",\n',
        "",
        f"{OF_ROLES} {OF_SETUP}",
    ),
    # -- Scope
    Mutant(
        "a scope changes its workspace",
        SCOPE,
        "if outer.workspace.pk != workspace.pk:",
        "if False:",
        OF_SCOPE,
    ),
    Mutant(
        "a scope leaves its workspace open",
        SCOPE,
        "    finally:\n        close_workspace()",
        "    finally:\n        pass",
        OF_SCOPE,
    ),
    Mutant(
        "what was rolled back is in the trail",
        SCOPE,
        'if event.outcome != "ok"]',
        "]",
        OF_SCOPE,
    ),
    Mutant(
        "a look is not recorded", SCOPE, "events + views", "events", f"{OF_READING} {OF_SCOPE} {OF_CHAIN}"
    ),
    Mutant(
        "a workspace stays open on the connection",
        CONNECTION,
        "set_config(%s, %s, true)",
        "set_config(%s, %s, false)",
        f"{OF_SCOPE} tests/database/test_middleware.py",
    ),
    # -- Audit chain
    Mutant(
        "an event is not chained to the one before",
        CHAIN,
        'b"event" + previous + text',
        'b"event" + text',
        f"{OF_CHAIN} {OF_VERIFICATION}",
    ),
    Mutant(
        "any head is ours",
        CHAIN,
        "return hmac.compare_digest(seal, bytes(head.seal))",
        "return True",
        OF_HEADS,
    ),
    Mutant(
        "a head does not say how long the trail is",
        CHAIN,
        'sequence.to_bytes(8, "big") + last_hash',
        "last_hash",
        f"{OF_CHAIN} {OF_VERIFICATION}",
    ),
    Mutant(
        "a trail begins again",
        CHAIN,
        "if not is_new:",
        "if False:",
        f"{OF_CHAIN} tests/audit/test_overtaken.py",
    ),
    Mutant(
        "all workspaces chain with one key",
        CHAIN,
        'f"pazpaz|audit|{workspace_id}"',
        '"pazpaz|audit"',
        f"{OF_CHAIN} {OF_VERIFICATION}",
    ),
    Mutant(
        "the chain does not vouch for the outcome",
        EVENTS,
        "outcome=self.outcome,\n            fields",
        'outcome="ok",\n            fields',
        f"{OF_CHAIN} {OF_VERIFICATION}",
    ),
    # -- What the database cannot make: entries of the cache, links, used codes
    Mutant(
        "an entry of the cache that was not signed is believed",
        CACHE,
        "        raise Forged\n",
        "        pass\n",
        OF_CACHE,
    ),
    Mutant(
        "an entry of the cache is not bound to its key",
        CACHE,
        "digests = master_keys().digests(LABEL, key.encode(), _bytes(content))",
        'digests = master_keys().digests(LABEL, b"", _bytes(content))',
        OF_CACHE,
    ),
    Mutant(
        "an entry of the cache lasts as long as its store says",
        CACHE,
        "        if _is_over(expires):\n            self.replace_text(made, text, None, NEVER)\n"
        "            return MISSING, NEVER\n",
        "",
        OF_CACHE,
    ),
    Mutant(
        "a counter of the cache is not compared before it is replaced",
        CACHE,
        '"UPDATE {} SET value = %s, expires = %s WHERE cache_key = %s AND value = %s RETURNING 1",\n'
        "                [new, _moment(expires), key, old],",
        '"UPDATE {} SET value = %s, expires = %s WHERE cache_key = %s RETURNING 1",\n'
        "                [new, _moment(expires), key],",
        OF_CACHE,
    ),
    Mutant(
        "the cache of the database unpickles",
        "pazpaz/settings.py",
        "pazpaz.cache.SignedDatabaseCache",
        "django.core.cache.backends.db.DatabaseCache",
        "tests/test_conventions.py tests/accounts/test_checks.py",
    ),
    Mutant(
        "parts of a digest run into each other",
        KEYS,
        'len(part).to_bytes(8, "big") + part for part',
        "part for part",
        OF_KEYS,
    ),
    Mutant(
        "digests of all labels have one key",
        KEYS,
        'derive(key.secret, f"pazpaz|digest|{label}")',
        'derive(key.secret, "pazpaz|digest|")',
        OF_KEYS,
    ),
    Mutant(
        "a link is believed without its seal",
        LINKS,
        "link if link is not None and link.has_true_seal() else None",
        "link",
        OF_LINKS,
    ),
    Mutant(
        "the seal of a link leaves out the person",
        "pazpaz/accounts/models/signin_link.py",
        "            self.user_id.bytes,\n",
        "",
        OF_LINKS,
    ),
    Mutant(
        "the seal of a link leaves out its use",
        "pazpaz/accounts/models/signin_link.py",
        "            used_at,\n",
        "",
        OF_LINKS,
    ),
    Mutant(
        "the token of a link is found by a digest without key",
        LINKS,
        "        token_digest=master_keys().digest(TOKEN, token.encode()),",
        '        token_digest=__import__("hashlib").sha256(token.encode()).digest(),',
        OF_LINKS,
    ),
    Mutant(
        "the seal of an invitation leaves out the role",
        "pazpaz/accounts/models/invitation.py",
        "            self.role.encode(),\n",
        "",
        OF_INVITATIONS,
    ),
    Mutant(
        "an invitation is believed without its seal",
        "pazpaz/accounts/invitations.py",
        "if invitation is None or not invitation.has_true_seal():",
        "if invitation is None:",
        OF_INVITATIONS,
    ),
    Mutant(
        "a used code is good again",
        "pazpaz/accounts/used_codes.py",
        "return bool(cursor.rowcount == len(digests))",
        "return True",
        "tests/accounts/test_used_codes.py",
    ),
    Mutant(
        "the application deletes links that have not expired",
        "pazpaz/accounts/migrations/0012_one_time_links.py",
        '"use_once": "FOR UPDATE USING (used_at IS NULL) WITH CHECK (used_at IS NOT NULL)",\n'
        '                "purge": "FOR DELETE USING (expires_at < now())",',
        '"use_once": "FOR UPDATE USING (used_at IS NULL) WITH CHECK (used_at IS NOT NULL)",\n'
        '                "purge": "FOR DELETE USING (true)",',
        "tests/database/test_one_time_tables.py",
    ),
]


def main(word: str = "") -> int:
    chosen = [mutant for mutant in MUTANTS if word in f"{mutant.what} {mutant.file}"]
    processes = max(1, min(os.cpu_count() or 1, len(chosen)))
    with TemporaryDirectory(prefix="pazpaz-mutants-") as folder, ThreadPoolExecutor(processes) as pool:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(processes):
            copies.put(copy_project(Path(folder) / str(number)))
        survivors = [line for line in pool.map(lambda mutant: survives(mutant, copies), chosen) if line]
    print("\n".join([f"{len(chosen) - len(survivors)} of {len(chosen)} mutants were caught.", *survivors]))
    return bool(survivors)


def copy_project(folder: Path) -> Path:
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    for name in filter(None, tracked.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder


# Python compiles a file again when its time has changed; a mutant may be as long as what it replaces.
times: Iterator[int] = count(1)


def write(path: Path, text: str) -> None:
    path.write_text(text)
    time = 1_000_000_000 + next(times)
    os.utime(path, (time, time))


def survives(mutant: Mutant, copies: SimpleQueue[Path]) -> str:
    """Return a line about a mutant that no test noticed, or that could not be tried; else nothing."""
    project = copies.get()
    path = project / mutant.file
    text = path.read_text()
    try:
        if text.count(mutant.old) != 1:
            return f"The text of '{mutant.what}' is {text.count(mutant.old)} times in {mutant.file}."
        write(path, text.replace(mutant.old, mutant.new))
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:cacheprovider",
            *mutant.tests.split(),
        ]
        # The server of the tests is shared; every process has a database of its own.
        environment = os.environ | {"PAZPAZ_VAR": os.environ.get("PAZPAZ_VAR", str(ROOT / "var"))}
        done = subprocess.run(
            command, cwd=project, env=environment, check=False, capture_output=True, text=True
        )
        failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
        print(
            f"{'caught' if done.returncode == 1 else 'ALIVE '}  {mutant.what}",
            *failed[:1],
            sep="\n    ",
            flush=True,
        )
        if done.returncode == 1:
            return ""
        return f"'{mutant.what}' ({mutant.file}) was not caught:\n{done.stdout[-1000:]}{done.stderr[-1000:]}"
    finally:
        write(path, text)
        copies.put(project)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
