"""Every URL of the site, who may open it, and what it answers. One that is missing fails tests/test_urls.py.

The tests of the whole site walk through this table: access, foreign ids, headers, queries, and each page in a
browser.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from django.contrib.sessions.backends.base import SessionBase
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from pazpaz.accounts.models import User
from tests.cast import signed_in
from tests.factories import UserFactory
from tests.full_practice import Ids, give_factors

type Browsers = dict[str, Browser]

NOBODY_YET = "anonymous"
OWNER, THERAPIST, ASSISTANT, STAFF = "owner", "therapist", "assistant", "staff"

FORBIDDEN, TO_SIGN_IN, TO_STAFF_PAGES = 403, 302, 302

ANONYMOUS = frozenset({NOBODY_YET})
OWNERS = frozenset({OWNER})
CLINICIANS = frozenset({OWNER, THERAPIST})
MEMBERS = frozenset({OWNER, THERAPIST, ASSISTANT})
STAFF_ONLY = frozenset({STAFF})
SIGNED_IN = MEMBERS | STAFF_ONLY
WITH_FACTORS = OWNERS | STAFF_ONLY


@dataclass(frozen=True)
class Url:
    """`get` and `post` are the statuses for `roles`: of a look, and of a form with nothing in it.

    None means that it does not know the method. Others who are signed in get the status `others`. A page that
    more people may look at than change has `writers`. `of` is the kind of object it is about, one of fill().
    """

    name: str
    roles: frozenset[str]
    get: int | None = None
    post: int | None = None
    others: int = FORBIDDEN
    writers: frozenset[str] | None = None
    of: str = ""
    query: str = ""
    is_data: bool = False  # JSON or a file: nothing to look at
    is_of_members: bool = False  # staff are sent to their own pages, whatever others get

    def __str__(self) -> str:
        return self.name

    @property
    def is_page(self) -> bool:
        return self.get == 200 and not self.is_data

    @property
    def visitor(self) -> str:
        """One who may open it: the mightiest."""
        return next(role for role in (OWNER, THERAPIST, ASSISTANT, STAFF, NOBODY_YET) if role in self.roles)

    @property
    def methods(self) -> list[str]:
        statuses = {"GET": self.get, "POST": self.post}
        return [method for method, status in statuses.items() if status is not None]

    @property
    def is_of_admin(self) -> bool:
        return self.name.startswith("admin:")

    @property
    def only_redirects(self) -> bool:
        return {self.get, self.post} == {302}

    def status(self, method: str, role: str) -> int:
        roles, status = (self.roles, self.get) if method == "GET" else (self.writers or self.roles, self.post)
        assert status is not None
        if role in roles:
            return status
        if role == NOBODY_YET:
            return TO_SIGN_IN
        if role == STAFF and (self.is_of_members or self.others == FORBIDDEN):
            return TO_STAFF_PAGES if method == "GET" else FORBIDDEN
        return self.others

    def path(self, ids: Ids) -> str:
        return reverse(self.name, kwargs=ids[self.of] if self.of else None) + self.query


# What only makes sense before one is signed in leads everybody else to where they belong.
SIGN_IN = [
    Url("account_login", ANONYMOUS, get=200, post=422, others=302),
    Url("account_signup", ANONYMOUS, get=302, post=302, others=302),
    Url("account_request_login_code", ANONYMOUS, get=302, post=302, others=302),
    # Without a code on its way there is nothing to confirm.
    Url("account_confirm_login_code", ANONYMOUS, get=302, post=302, others=302),
    Url("mfa_authenticate", ANONYMOUS, get=302, post=302, others=302),
    Url("mfa_login_webauthn", ANONYMOUS, get=302, post=302, others=302),
    Url("account_signin_link", ANONYMOUS, get=200, post=302, others=409, of="signin_link"),
    Url("account_invitation", ANONYMOUS, get=200, post=422, others=409, of="invitation_link"),
    Url("account_logout", SIGNED_IN, get=200, post=302),
]

# Owner and staff have every factor, and are asked for one; the others have none, and get a code by e-mail.
FACTORS = [
    Url("account_reauthenticate", SIGNED_IN - WITH_FACTORS, get=200, post=302, others=302),
    Url("mfa_reauthenticate", WITH_FACTORS, get=200, post=422, others=302),
    Url("mfa_reauthenticate_webauthn", WITH_FACTORS, get=200, post=302, others=302),
    Url("mfa_index", SIGNED_IN, get=302, post=302),
    Url("mfa_list_webauthn", SIGNED_IN, get=302, post=302),
    Url("mfa_activate_totp", SIGNED_IN - WITH_FACTORS, get=200, post=422, others=302),
    Url("mfa_deactivate_totp", WITH_FACTORS, get=200, post=302, others=404),
    Url("mfa_view_recovery_codes", WITH_FACTORS, get=200, others=404),
    Url("mfa_generate_recovery_codes", SIGNED_IN, get=200, post=302, others=422, writers=WITH_FACTORS),
    Url("mfa_download_recovery_codes", WITH_FACTORS, get=200, others=404, is_data=True),
    Url("mfa_add_webauthn", SIGNED_IN, get=200, post=422),
    Url("mfa_edit_webauthn", OWNERS, get=200, post=422, others=404, of="passkey"),
    Url("mfa_remove_webauthn", OWNERS, get=200, post=302, others=404, of="passkey"),
]

ACCOUNTS = [
    Url("accounts:settings", MEMBERS, get=302),
    Url("accounts:practice", MEMBERS, get=200, post=422, writers=OWNERS),
    Url("accounts:team", MEMBERS, get=200),
    Url("accounts:invite", OWNERS, get=200, post=422),
    Url("accounts:send-invitation", OWNERS, post=302, of="invitation"),
    Url("accounts:withdraw", OWNERS, post=302, of="invitation"),
    Url("accounts:member", OWNERS, get=200, post=422, of="member"),
    Url("accounts:deactivate", OWNERS, post=302, of="member"),
    Url("accounts:reactivate", OWNERS, post=302, of="member"),
    Url("accounts:security", SIGNED_IN, get=200),
    Url("accounts:rename-me", SIGNED_IN, post=302),
    Url("accounts:end-other-sessions", SIGNED_IN, post=302),
    Url("accounts:end-session", OWNERS, post=302, others=404, of="session"),
    Url("accounts:keepalive", SIGNED_IN, post=204),
    Url("accounts:park", MEMBERS, post=422, is_data=True),
    Url("accounts:unsent", OWNERS, get=200, others=404, of="unsent_form", is_of_members=True),
    Url("accounts:discard-unsent", OWNERS, post=302, others=404, of="unsent_form", is_of_members=True),
]

CLIENTS = [
    Url("clients:list", MEMBERS, get=200, post=200),
    Url("clients:create", MEMBERS, get=200, post=422),
    Url("clients:duplicates", MEMBERS, post=200),
    Url("clients:edit", MEMBERS, get=200, post=422, of="client"),
    Url("clients:consents", MEMBERS, get=200, post=422, of="client"),
    Url("clients:withdraw-consent", MEMBERS, post=302, of="consent"),
    Url("clients:archive", MEMBERS, post=302, of="client"),
    Url("clients:restore", MEMBERS, post=302, of="archived_client"),
]

SCHEDULING = [
    Url("scheduling:calendar", MEMBERS, get=200),
    Url("scheduling:book", MEMBERS, get=200, post=422),
    Url("scheduling:conflicts", MEMBERS, post=200),
    Url("scheduling:client-choices", MEMBERS, post=200),
    Url("scheduling:appointment", MEMBERS, get=200, post=409, of="appointment"),
    Url("scheduling:complete", MEMBERS, post=302, of="appointment"),
    Url("scheduling:no-show", MEMBERS, post=302, of="appointment"),
    Url("scheduling:cancel", MEMBERS, post=302, of="appointment"),
    Url("scheduling:reopen", MEMBERS, post=302, of="cancelled_appointment"),
    Url("scheduling:undo", MEMBERS, post=409, of="appointment"),
    Url("scheduling:services", MEMBERS, get=200),
    Url("scheduling:service-create", CLINICIANS, get=200, post=422),
    Url("scheduling:service-edit", CLINICIANS, get=200, post=422, of="service"),
    Url("scheduling:service-deactivate", CLINICIANS, post=302, of="service"),
    Url("scheduling:service-reactivate", CLINICIANS, post=302, of="service"),
    Url("scheduling:locations", MEMBERS, get=200),
    Url("scheduling:location-create", CLINICIANS, get=200, post=422),
    Url("scheduling:location-edit", CLINICIANS, get=200, post=422, of="location"),
    Url("scheduling:location-deactivate", CLINICIANS, post=302, of="location"),
    Url("scheduling:location-reactivate", CLINICIANS, post=302, of="location"),
]

SESSIONS = [
    Url("sessions:today", MEMBERS, get=200),
    Url("sessions:to-write", CLINICIANS, get=200),
    Url("sessions:client", MEMBERS, get=200, of="client"),
    Url("sessions:note-start", CLINICIANS, post=302, of="client"),
    Url("sessions:note-for-appointment", CLINICIANS, post=302, of="appointment"),
    Url("sessions:note", CLINICIANS, get=200, of="draft"),
    Url("sessions:note-state", CLINICIANS, get=200, of="draft", is_data=True),
    Url("sessions:note-save", CLINICIANS, post=422, of="draft"),
    Url("sessions:note-delete", CLINICIANS, get=200, post=302, of="draft"),
    Url("sessions:recently-deleted", CLINICIANS, get=200),
    Url("sessions:note-restore", CLINICIANS, post=302, of="deleted_note"),
    Url("sessions:note-sign", CLINICIANS, get=200, post=422, of="draft"),
    Url("sessions:note-amend", CLINICIANS, get=200, post=422, of="signed_note"),
    Url("sessions:note-versions", CLINICIANS, get=200, of="signed_note"),
    Url("sessions:note-version", CLINICIANS, get=200, of="version"),
]

AUDIT = [
    Url("audit:activity", OWNERS, get=200),
    Url("audit:export", OWNERS, get=200, is_data=True),
]

ADMIN = [
    Url("admin:index", STAFF_ONLY, get=200, post=200, others=302),
    Url("admin:login", STAFF_ONLY, get=302, post=302),
    Url("admin:logout", STAFF_ONLY, get=200, post=302, others=302),
    Url("admin:jsi18n", STAFF_ONLY, get=200, others=302, is_data=True),
    Url("admin:autocomplete", STAFF_ONLY, get=403, others=302),
    Url("admin:app_list", STAFF_ONLY, get=200, post=200, others=302, of="admin_app"),
    Url("admin:accounts_workspace_changelist", STAFF_ONLY, get=200, post=200, others=302),
    Url("admin:accounts_workspace_add", STAFF_ONLY, get=200, post=200, others=302),
    Url("admin:accounts_workspace_change", STAFF_ONLY, get=200, post=403, others=302, of="workspace_row"),
    Url("admin:accounts_workspace_history", STAFF_ONLY, get=200, post=200, others=302, of="workspace_row"),
    Url("admin:accounts_workspace_delete", STAFF_ONLY, get=403, post=403, others=302, of="workspace_row"),
    Url("admin:accounts_workspace_keys", STAFF_ONLY, get=200, others=302, of="workspace"),
    Url("admin:accounts_workspace_events", STAFF_ONLY, get=200, others=302, of="workspace"),
    Url("admin:accounts_workspace_suspend", STAFF_ONLY, post=302, others=302, of="workspace"),
    Url("admin:accounts_workspace_reactivate", STAFF_ONLY, post=302, others=302, of="workspace"),
    Url("admin:accounts_user_changelist", STAFF_ONLY, get=200, post=200, others=302),
    Url("admin:accounts_user_add", STAFF_ONLY, get=403, post=403, others=302),
    Url("admin:accounts_user_change", STAFF_ONLY, get=200, post=403, others=302, of="user_row"),
    Url("admin:accounts_user_history", STAFF_ONLY, get=200, post=200, others=302, of="user_row"),
    Url("admin:accounts_user_delete", STAFF_ONLY, get=403, post=403, others=302, of="user_row"),
]
# Django's: old addresses of its pages, and everything else below admin/.
WITHOUT_A_NAME = {"admin:<path:object_id>/", "admin:(?P<url>.*)$"}

URLS = [*SIGN_IN, *FACTORS, *ACCOUNTS, *CLIENTS, *SCHEDULING, *SESSIONS, *AUDIT, *ADMIN]

# The same URL shows another page for another object.
MORE_PAGES = [
    Url("clients:list", MEMBERS, get=200, query="?state=archived"),
    Url("sessions:client", MEMBERS, get=200, of="archived_client"),
    Url("scheduling:appointment", MEMBERS, get=200, of="cancelled_appointment"),
    Url("sessions:note", CLINICIANS, get=200, of="signed_note"),
]
PAGES = [url for url in [*URLS, *MORE_PAGES] if url.is_page]


def names_in_use() -> Iterator[str]:
    """Walk the whole urlconf. A pattern without a name goes by its route."""

    def walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                yield from walk(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
            else:
                assert isinstance(entry, URLPattern)
                yield f"{prefix}{entry.name or entry.pattern}"

    return walk(get_resolver(), "")


def everybody(owner: User) -> Browsers:
    """A browser of each role, those of members in the owner's practice."""
    people = {
        OWNER: owner,
        THERAPIST: UserFactory(email="noa@example.org", workspace=owner.workspace),
        ASSISTANT: UserFactory(email="avi@example.org", workspace=owner.workspace, role="assistant"),
        STAFF: UserFactory(email="petra@pazpaz.example", is_staff=True, workspace=None),
    }
    give_factors(people[STAFF])
    browsers = {NOBODY_YET: Browser()}
    for role, person in people.items():
        browsers[role] = signed_in(person)
        prove_again(browsers[role].session, person)
    return browsers


def prove_again(session: SessionBase, user: User) -> None:
    """Let a session pass for one that has just proved who it is, for an hour: pages of factors ask that."""
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "code", "at": time.time() + 60 * 60}]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.save()
