"""A practice with one object of every kind that a URL can be about."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.urls import resolve, reverse
from django.utils import timezone
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from clients.consents import Consent
from pazpaz.accounts import invitations
from pazpaz.accounts.allauth.adapters import FACTOR_LABEL
from pazpaz.accounts.models import Invitation, UnsentForm, User
from pazpaz.accounts.session_clock import begin_session
from pazpaz.accounts.session_store import SessionStore, row_id
from pazpaz.accounts.signin_links import make_link
from pazpaz.encryption.providers import master_keys
from sessions.models import SessionNote
from sessions.models.note import RESTORABLE
from tests.cast import inside
from tests.factories import (
    AppointmentFactory,
    ClientFactory,
    LocationFactory,
    ServiceFactory,
    SessionNoteFactory,
    UserFactory,
)

type Ids = dict[str, dict[str, Any]]
"""By kind of object, what a URL about it is reversed with."""


def fill(owner: User) -> Ids:
    workspace = owner.workspace
    assert workspace is not None
    client = ClientFactory(
        workspace=workspace,
        email="yonatan@example.org",
        phone="+49 30 1234567",
        address="Kantstraße 1\n10623 Berlin",
        medical_history="Slipped disc L4/L5 in 2019.",
        alerts=["Latex allergy"],
        tags=["runner"],
    )
    gone = ClientFactory(workspace=workspace, first_name="Mirjam", last_name="O’Neill")
    service = ServiceFactory(workspace=workspace, price="80.00", colour="violet")
    location = LocationFactory(workspace=workspace, address="Kantstraße 1", details="Ring twice")
    member = UserFactory(email=f"lior.{owner.email}", name="Lior Cohen", workspace=workspace)
    room = {"workspace": workspace, "client": client, "service": service, "location": location}
    start = timezone.now().replace(minute=0, second=0, microsecond=0)
    soon = {"scheduled_start": start, "scheduled_end": start + timedelta(hours=1)}
    booked = AppointmentFactory(**room, **soon, notes="Bring the X-rays")
    cancelled = AppointmentFactory(**room, status="cancelled")
    note = {"workspace": workspace, "client": client, "author": owner}
    draft = SessionNoteFactory(**note)
    deleted = SessionNoteFactory(
        **note, deleted_at=timezone.now(), deleted_by=owner, purge_after=timezone.now() + RESTORABLE
    )
    signed = SessionNoteFactory(**note, duration_minutes=60)
    with inside(owner):
        consent = Consent(
            workspace=workspace,
            client=client,
            given_on="2024-03-12",
            text="Treatment and records, version 2",
            recorded_by=owner,
        )
        consent.give()
        gone.archive()
        signed.sign(owner, version=signed.version)
        texts = {**signed.sections(), "plan": "Heat, three more sessions."}
        SessionNote.objects.get(pk=signed.pk).amend(owner, texts, "Counted wrong", seen=0)
        invitation = Invitation.objects.create(workspace=workspace, email=f"new.{owner.email}")
        invited = invitations.new_token(workspace)
        invitations.keep_token(invitation, invited)
        unsent = UnsentForm.objects.create(
            workspace=workspace,
            user=owner,
            path=reverse("clients:edit", args=[client.pk]),
            fields=[["first_name", "Yonatan"], ["medical_history", "Slipped disc L4/L5 in 2019."]],
            clinical=True,
        )
    session = SessionStore()
    session.update({SESSION_KEY: str(owner.pk), HASH_SESSION_KEY: owner.get_session_auth_hash()})
    begin_session(session, ip="192.0.2.1", user_agent="Firefox")
    session.create()
    return {
        "client": {"client_id": client.pk},
        "archived_client": {"client_id": gone.pk},
        "consent": {"consent_id": consent.pk},
        "service": {"service_id": service.pk},
        "location": {"location_id": location.pk},
        "member": {"member_id": member.pk},
        "appointment": {"appointment_id": booked.pk},
        "cancelled_appointment": {"appointment_id": cancelled.pk},
        "draft": {"note_id": draft.pk},
        "deleted_note": {"note_id": deleted.pk},
        "signed_note": {"note_id": signed.pk},
        "version": {"note_id": signed.pk, "number": 2},
        "passkey": {"pk": give_factors(owner).pk},
        "session": {"session_id": row_id(session.stored_key)},
        "invitation": {"invitation_id": invitation.pk},
        "invitation_link": {"token": invited},
        "unsent_form": {"unsent_id": unsent.pk},
        "workspace": {"workspace_id": workspace.pk},
        "workspace_row": {"object_id": workspace.pk},
        "user_row": {"object_id": member.pk},
        "admin_app": {"app_label": "accounts"},
        "signin_link": resolve(urlsplit(make_link(member)).path).kwargs,
    }


def ids_of_nothing(ids: Ids) -> Ids:
    """The same with ids that nothing has."""
    return {
        kind: {name: _of_nothing(name, value) for name, value in row.items()} for kind, row in ids.items()
    }


def _of_nothing(name: str, value: object) -> object:
    if isinstance(value, UUID):
        return uuid4()
    return 2_000_000_000 if name == "pk" else value


def give_factors(owner: User) -> Authenticator:
    """Every second factor there is; returns the passkey."""
    kinds = Authenticator.Type
    sealed = master_keys().seal_secret(FACTOR_LABEL, owner.pk, "JBSWY3DPEHPK3PXP")
    Authenticator.objects.create(user=owner, type=kinds.TOTP, data={"secret": sealed})
    Authenticator.objects.create(user=owner, type=kinds.RECOVERY_CODES, data={"seed": sealed, "used_mask": 1})
    data = {"name": "Laptop", "credential": credential()}
    passkey: Authenticator = Authenticator.objects.create(user=owner, type=kinds.WEBAUTHN, data=data)
    return passkey


def credential() -> dict[str, Any]:
    """What a browser sends when it has made a passkey."""
    public_key = ec.generate_private_key(ec.SECP256R1()).public_key()
    key = ES256.from_cryptography_key(public_key)  # type: ignore[no-untyped-call]
    credential_id = secrets.token_bytes(16)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    attested = AttestedCredentialData.create(bytes(16), credential_id, key)
    data = AuthenticatorData.create(bytes(32), flags, 0, attested)
    origin = "https://practice.example.org"
    challenge = CollectedClientData.create(CollectedClientData.TYPE.CREATE, bytes(32), origin)
    return {
        "id": websafe_encode(credential_id),
        "rawId": websafe_encode(credential_id),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(challenge),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        },
        "clientExtensionResults": {"credProps": {"rk": True}},
    }
