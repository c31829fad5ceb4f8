"""`python -m bench`: builds the data once, runs the production server, measures, prints one table."""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("PAZPAZ_VAR", ROOT / "var")).resolve() / "bench"
WORKERS = 2
# Whatever the shell says: the bench has its own database, keys and data, and never touches others.
OF_A_SERVER = (
    "ALLOWED_HOSTS",
    "CACHE_URL",
    "DATABASE_URL",
    "DEBUG",
    "EMAIL_URL",
    "ENCRYPTION_AWS_SECRET",
    "ENCRYPTION_MASTER_KEY",
    "ENCRYPTION_MASTER_KEY_FILE",
    "ENCRYPTION_OLD_MASTER_KEYS",
    "HTTPS",
    "OWNER_DATABASE_URL",
    "SECRET_KEY",
    "TRUSTED_PROXIES",
)


def main() -> None:
    options = _options()
    for name in OF_A_SERVER:
        os.environ.pop(name, None)
    os.environ["PAZPAZ_VAR"] = str(VAR)
    os.environ["DJANGO_SETTINGS_MODULE"] = "pazpaz.settings"
    _prepare(fresh=options.fresh)

    from bench.run import run

    report = run(quick=options.quick, only=options.only, workers=WORKERS)
    print(f"\n{report.as_text()}")
    if not options.only:
        report.write(VAR / "results.json")
        print(f"The same as JSON: {VAR / 'results.json'}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a third of the requests: about three minutes")
    parser.add_argument("--only", metavar="NAME", help="only what has this in its name, and no results.json")
    parser.add_argument(
        "--fresh", action="store_true", help="throw the data of the bench away and build it anew"
    )
    return parser.parse_args()


def _prepare(*, fresh: bool) -> None:
    """Bring up the database server of the bench, its tables up to date."""
    import django
    from django.core.management import call_command

    import manage
    from pazpaz.development import embedded_postgres

    if fresh:  # before anybody looks at the settings: reading them makes the keys
        embedded_postgres.stop(VAR / "postgres")
        shutil.rmtree(VAR, ignore_errors=True)
    VAR.mkdir(parents=True, exist_ok=True)
    manage.start_embedded_postgres()
    django.setup()
    call_command("migrate", verbosity=0)


if __name__ == "__main__":
    main()
