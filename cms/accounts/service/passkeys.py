"""Passkeys (WebAuthn): a key in the person's device, which signs in without password and code.

The device asks for a finger, a face or its PIN, so that one use is both factors. A challenge is not stored: it is
signed by us, dated, and a passkey answers none that is not newer than the last one it answered.
"""

import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url, decode_credential_public_key, parse_client_data_json
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.decode_credential_public_key import DecodedEC2PublicKey
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from cms.accounts.errors import LockedError, PasskeyRefusedError, TooManyPasskeysError
from cms.accounts.model import Passkey, User
from cms.accounts.repository import Passkeys, People, SignInTallies
from cms.accounts.service import throttle
from cms.accounts.service.signing_in import Opening, Welcome, opened_by_passkey
from cms.accounts.service.vault import Vault
from cms.platform.store.uow import UnitOfWork, UowFactory
from province.events import Event
from province.people import Actor, UserId
from province.wall_clock import is_recent

ANSWERED_WITHIN: Final = timedelta(minutes=5)
MOST: Final = 10
JSON_MOST: Final = 20_000
_SIGN_IN: Final = "sign-in"
_STAMP_BYTES: Final = 8
_RANDOM_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class PasskeySite:
    """Site to which passkeys belong: its host, and the origin of its pages."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """Challenge of ours, and when we made it."""

    challenge: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class PasskeyDecision:
    """Decision of a person that their passkey confirms; ``what`` names all of it. ``purpose`` is for the log."""

    user_id: UserId
    what: str
    purpose: str
    source: str = ""

    @property
    def challenged(self) -> str:
        """Purpose of the challenge."""
        return f"decision\0{self.user_id}\0{self.what}"


@dataclass(frozen=True, slots=True)
class PasskeySignature:
    """Signature that one of these passkeys of the person is asked for: of ``challenge``, which was made at ``at``."""

    user_id: UserId
    held: tuple[Passkey, ...]
    challenge: bytes
    at: datetime


def registration_options(vault: Vault, site: PasskeySite, user: User, held: list[Passkey], now: datetime) -> str:
    """Return the options with which the browser makes a passkey for the person, as JSON."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name="Loa",
        user_name=user.login,
        user_id=user.id.encode(),
        user_display_name=user.name,
        challenge=_challenge(vault, user.id, now),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(each.credential_id)) for each in held],
    )
    return options_to_json(options)


def register(
    units: UowFactory,
    vault: Vault,
    site: PasskeySite,
    user: User,
    answer: str,
    *,
    passkey_id: str,
    name: str,
    now: datetime,
) -> Passkey:
    """Store the passkey that the browser has made.

    Raises:
        PasskeyRefusedError: not an answer to a challenge of ours to this person, or too late.
        TooManyPasskeysError: one has to be removed before.
    """
    challenge = _challenge_in(answer)
    at = _issued_at(vault, user.id, challenge, now)
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise PasskeyRefusedError from error
    credential_id = bytes_to_base64url(made.credential_id)
    passkey = Passkey(
        passkey_id, user.id, credential_id, made.credential_public_key, made.sign_count, name[:200], now, at
    )
    with units() as unit:
        if len(unit[Passkeys].of(user.id)) >= MOST:
            raise TooManyPasskeysError(MOST)
        if unit[Passkeys].by_credential(credential_id) is not None:
            raise PasskeyRefusedError
        unit[Passkeys].add(passkey)
        unit.record(Event.of(user.actor, "user.passkey_added", user.id, now, passkey=passkey.id, name=passkey.name))
        unit.commit()
    return passkey


def remove(units: UowFactory, user: User, passkey_id: str, now: datetime) -> None:
    """Remove one of the person's own passkeys; another person's changes nothing."""
    with units() as unit:
        for each in unit[Passkeys].of(user.id):
            if each.id == passkey_id:
                unit[Passkeys].remove(each.id)
                unit.record(Event.of(user.actor, "user.passkey_removed", user.id, now, passkey=each.id, name=each.name))
        unit.commit()


def sign_in_options(vault: Vault, site: PasskeySite, now: datetime) -> str:
    """Return the options with which the browser asks for any passkey of this site, as JSON."""
    options = generate_authentication_options(
        rp_id=site.host,
        challenge=_challenge(vault, _SIGN_IN, now),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def sign_in(units: UowFactory, vault: Vault, site: PasskeySite, answer: str, opening: Opening) -> Welcome:
    """Open a session for the person of the passkey. A failure is counted by address and logged.

    Raises:
        LockedError: too many failures from there; the answer was not checked.
        PasskeyRefusedError: unknown, wrong, of a blocked person, answered before, or too late.
    """
    now, keys = opening.now, (f"passkey:{throttle.network_of(opening.source)}",)
    with units.reading() as unit:
        until_at = throttle.locked_until(unit[SignInTallies].of(keys), now)
        found = unit[Passkeys].by_credential(_credential_of(answer))
    if until_at is not None:
        raise LockedError(until_at)
    try:
        return _opened(units, _checked(vault, site, answer, found, challenged=_SIGN_IN, now=now), opening)
    except PasskeyRefusedError:
        _count_failure(units, keys, None if found is None else found.user_id, opening)
        raise


def decision_options(
    vault: Vault, site: PasskeySite, held: Sequence[Passkey], decision: PasskeyDecision, now: datetime
) -> str:
    """Return the options with which the browser asks for a passkey of the person to confirm this decision, as JSON."""
    options = generate_authentication_options(
        rp_id=site.host,
        challenge=_challenge(vault, decision.challenged, now),
        allow_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(each.credential_id)) for each in held],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def confirm(
    unit: UnitOfWork, vault: Vault, site: PasskeySite, answer: str, *, decision: PasskeyDecision, now: datetime
) -> Actor:
    """Check the answer to the challenge of this very decision; return the person with a fresh ``second_factor_at``.

    The caller commits, and the challenge is used up. Call it before anything is changed in ``unit``: a refused answer
    is logged and committed here.

    Raises:
        PasskeyRefusedError: another person's passkey, another decision, answered before, or too late.
    """
    found, user = unit[Passkeys].by_credential(_credential_of(answer)), unit[People].get(decision.user_id)
    mine = found if found is not None and found.user_id == user.id and user.disabled_at is None else None
    told: dict[str, object] = {"purpose": decision.purpose, "source": decision.source}
    try:
        used = _used(unit, _checked(vault, site, answer, mine, challenged=decision.challenged, now=now))
    except PasskeyRefusedError:
        unit.record(Event.of(user.actor, "user.passkey_failed", user.id, now, **told))
        unit.commit()
        raise
    given: dict[str, object] = {"kind": "passkey", "passkey": used.id, **told}
    unit.record(Event.of(user.actor, "user.second_factor_given", user.id, now, **given))
    return replace(user.actor, second_factor_at=now)


def signature_options(site: PasskeySite, held: Sequence[Passkey], challenge: bytes) -> str:
    """Return the options with which the browser has one of these passkeys sign this challenge, as JSON."""
    options = generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        allow_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(each.credential_id)) for each in held],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def sign(
    unit: UnitOfWork,
    site: PasskeySite,
    answer: str,
    wanted: PasskeySignature,
    *,
    told: dict[str, object],
    now: datetime,
) -> Actor:
    """Check that one of these passkeys signed this challenge now, and use it up, as ``confirm``; the caller commits.

    Raises:
        PasskeyRefusedError: another passkey or challenge, answered before, or too late.
    """
    user = unit[People].get(wanted.user_id)
    by_id = {each.credential_id: each for each in wanted.held}
    known = by_id.get(_credential_of(answer)) if user.disabled_at is None else None
    try:
        used = _used(unit, _answered(site, answer, known, _Asked(wanted.challenge, wanted.at), now=now))
    except PasskeyRefusedError:
        unit.record(Event.of(user.actor, "user.passkey_failed", user.id, now, **told))
        unit.commit()
        raise
    given: dict[str, object] = {"kind": "passkey", "passkey": used.id, **told}
    unit.record(Event.of(user.actor, "user.second_factor_given", user.id, now, **given))
    return replace(user.actor, second_factor_at=now)


def signed_parts(answer: str) -> tuple[str, str, str, str]:
    """Return credential id, client data, authenticator data and signature, base64url. Raises PasskeyRefusedError."""
    try:
        parts = json.loads(answer[:JSON_MOST])["response"]
        found = (_credential_of(answer), parts["clientDataJSON"], parts["authenticatorData"], parts["signature"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise PasskeyRefusedError from error
    return tuple(map(str, found))  # type: ignore[return-value]


def point_of(passkey: Passkey) -> str:
    """Return the public key as an uncompressed point of P-256, base64url; empty: a key of another kind."""
    try:
        key = decode_credential_public_key(passkey.public_key)
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return ""
    if not isinstance(key, DecodedEC2PublicKey) or key.alg != COSEAlgorithmIdentifier.ECDSA_SHA_256:
        return ""
    return bytes_to_base64url(b"\x04" + key.x + key.y)


def _used(unit: UnitOfWork, passkey: Passkey) -> Passkey:
    """Store that the challenge is used up. Raises PasskeyRefusedError: one as new was answered meanwhile."""
    if not unit[Passkeys].answer(passkey):
        raise PasskeyRefusedError
    return passkey


def _opened(units: UowFactory, passkey: Passkey, opening: Opening) -> Welcome:
    with units() as unit:
        user = unit[People].get(passkey.user_id)
        if user.disabled_at is not None:
            raise PasskeyRefusedError
        welcome = opened_by_passkey(unit, user, opening, _used(unit, passkey).id)
        unit.commit()
    return welcome


def _checked(
    vault: Vault, site: PasskeySite, answer: str, known: Passkey | None, *, challenged: str, now: datetime
) -> Passkey:
    """Check the answer of the device; return the passkey as it is after it. Raises PasskeyRefusedError."""
    challenge = _challenge_in(answer)
    asked = _Asked(challenge, _issued_at(vault, challenged, challenge, now))
    return _answered(site, answer, known, asked, now=now)


def _answered(site: PasskeySite, answer: str, known: Passkey | None, asked: _Asked, *, now: datetime) -> Passkey:
    """Check the answer to a challenge; return the passkey as it is after it. Raises PasskeyRefusedError."""
    if known is None or asked.at <= known.challenged_at or not is_recent(asked.at, now, ANSWERED_WITHIN):
        raise PasskeyRefusedError
    try:
        found = verify_authentication_response(
            credential=answer,
            expected_challenge=asked.challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise PasskeyRefusedError from error
    return replace(known, sign_count=found.new_sign_count, challenged_at=asked.at, last_used_at=now)


def _count_failure(units: UowFactory, keys: tuple[str, ...], user_id: UserId | None, opening: Opening) -> None:
    with units() as unit:
        after, _ = throttle.counted(unit[SignInTallies].of(keys), keys, opening.now)
        unit[SignInTallies].put([each for each in after if each.key in keys])
        detail: dict[str, object] = {"source": opening.source}
        unit.record(Event("user.passkey_failed", user_id or "unknown", opening.now, "unknown", "", detail))
        unit.commit()


def _challenge(vault: Vault, purpose: str, now: datetime) -> bytes:
    stamp = int(now.timestamp() * 1000).to_bytes(_STAMP_BYTES) + secrets.token_bytes(_RANDOM_BYTES)
    return stamp + _mac(vault, purpose, stamp)


def _issued_at(vault: Vault, purpose: str, challenge: bytes, now: datetime) -> datetime:
    """Return when we made the challenge. Raises PasskeyRefusedError: not ours, for something else, or too old."""
    stamp, mac = challenge[: _STAMP_BYTES + _RANDOM_BYTES], challenge[_STAMP_BYTES + _RANDOM_BYTES :]
    if not hmac.compare_digest(mac, _mac(vault, purpose, stamp)):
        raise PasskeyRefusedError
    at = datetime.fromtimestamp(int.from_bytes(stamp[:_STAMP_BYTES]) / 1000, UTC)
    if now - at > ANSWERED_WITHIN:
        raise PasskeyRefusedError
    return at


def _mac(vault: Vault, purpose: str, stamp: bytes) -> bytes:
    return hmac.new(vault.key, b"loa passkey 1\0" + purpose.encode() + b"\0" + stamp, sha256).digest()


def _challenge_in(answer: str) -> bytes:
    try:
        client_data = json.loads(answer[:JSON_MOST])["response"]["clientDataJSON"]
        return parse_client_data_json(base64url_to_bytes(client_data)).challenge
    except (WebAuthnException, ValueError, KeyError, TypeError, RecursionError) as error:
        raise PasskeyRefusedError from error


def _credential_of(answer: str) -> str:
    try:
        return str(json.loads(answer[:JSON_MOST])["id"])[:1400]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
