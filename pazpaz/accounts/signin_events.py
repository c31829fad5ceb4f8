"""What happens around signing in, in the audit trail of the person's workspace.

Signals of Django and allauth bring the news; these are the only ones we listen to. Platform staff have no
workspace: their events go to the log, with the user's id, not the address; so do those of unknown addresses.
"""

from __future__ import annotations

import logging
from typing import Any

from allauth.account import signals as account_signals
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as factor_signals
from allauth.mfa.models import Authenticator
from django.contrib.auth import signals as auth_signals
from django.dispatch import receiver
from django.http import HttpRequest

from pazpaz.accounts.models import User
from pazpaz.accounts.session_clock import begin_session
from pazpaz.accounts.session_store import SessionStore
from pazpaz.events import Outcome
from pazpaz.scope import record, workspace_scope
from pazpaz.web.request import client_ip, origin_of

logger = logging.getLogger("pazpaz.signin")


def record_event(
    request: HttpRequest, user: User, action: str, *, outcome: Outcome = "ok", **metadata: Any
) -> None:
    """Record what somebody did about their own account; in a scope of its own unless one is open."""
    if user.workspace is None:
        logger.info("%s %s user=%s %s", action, outcome, user.pk, metadata or "")
        return
    with workspace_scope(user.workspace, user, origin_of(request)):
        record(action, user, outcome=outcome, **metadata)


def proofs(request: HttpRequest, user: User) -> str:
    """Return how somebody proved who they are in this session: "code", "code+totp", "webauthn", "link"…"""
    records = get_authentication_records(request, user)
    return "+".join(str(proof.get("type") or proof["method"]) for proof in records)


@receiver(auth_signals.user_logged_in)
def _begin_session(request: HttpRequest, **kwargs: Any) -> None:
    user_agent = request.headers.get("User-Agent", "")
    begin_session(request.session, ip=client_ip(request), user_agent=user_agent)
    SessionStore.clear_expired()  # nobody else would


@receiver(account_signals.user_logged_in)
def _signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    record_event(request, user, "signin.succeeded", factor=proofs(request, user))


@receiver(account_signals.login_code_rejected)
def _code_rejected(request: HttpRequest, user: User, last_attempt: bool, **kwargs: Any) -> None:
    record_event(request, user, "signin.failed", outcome="failed", factor="code", last_attempt=last_attempt)


@receiver(factor_signals.authentication_failed)
def _factor_rejected(
    request: HttpRequest,
    user: User,
    authenticator: Authenticator,
    reauthentication: bool = False,
    **kwargs: Any,
) -> None:
    action = "reauthentication.failed" if reauthentication else "signin.failed"
    record_event(request, user, action, outcome="failed", factor=authenticator.type)


@receiver(auth_signals.user_logged_out)
def _signed_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        record_event(request, user, "signout")


@receiver(factor_signals.authenticator_added)
def _factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    made = authenticator.type == Authenticator.Type.RECOVERY_CODES
    record_event(request, user, "recovery_codes.made" if made else "factor.added", factor=authenticator.type)


@receiver(factor_signals.authenticator_removed)
def _factor_removed(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record_event(request, user, "factor.removed", factor=authenticator.type)


@receiver(factor_signals.authenticator_reset)
def _recovery_codes_made(request: HttpRequest, user: User, **kwargs: Any) -> None:
    record_event(request, user, "recovery_codes.made", factor=Authenticator.Type.RECOVERY_CODES.value)
