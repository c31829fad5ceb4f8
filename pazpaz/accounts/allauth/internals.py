"""All that we use of allauth's internal modules, which it may change in any release.

Every other file imports these names from here. `tests/accounts/test_internals.py` fails when one is gone, and
pyproject.toml accepts only releases of the series it was tried with.
"""

from allauth.account.internal.decorators import login_not_required
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.stagekit import clear_login, unstash_login
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, generate_totp_secret
from allauth.mfa.webauthn.internal import auth as webauthn

__all__ = [
    "SECRET_SESSION_KEY",
    "AbstractCodeVerificationProcess",
    "clear_login",
    "generate_totp_secret",
    "login_not_required",
    "normalize_user_code",
    "perform_login",
    "record_authentication",
    "unstash_login",
    "webauthn",
]
