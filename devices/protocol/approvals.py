"""Approvals of an alert: the statement that people sign, and the verdict on their signatures. Pure.

Signer and devices judge by the same function. The order's id follows from the statement, so that signatures which were
given once let nothing sound a second time.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

import msgspec
from cryptography.exceptions import InvalidSignature

from devices.protocol import codec
from devices.protocol.authorisation import (
    Authorisation,
    AuthorisationKind,
    OfficerKey,
    OfficerSignature,
    Scope,
    Statement,
)
from devices.protocol.commands import Command, Target
from devices.protocol.officers import TrustedOfficers

RAISED_BEFORE_MS: Final = 12 * 3_600_000
"""Longest time between the signature of who raised an alert and its issue: it may wait for a second person."""
APPROVED_BEFORE_MS: Final = 10 * 60_000
"""The same of the last signature: it was given for this very sending."""
AHEAD_MS: Final = 120_000
_DOMAIN: Final = b"loa alert approval 1\0"
_STAMP_BYTES: Final = 8
_TYPE: Final = "webauthn.get"
_PRESENT_AND_VERIFIED: Final = 0x05
_DATA_BYTES: Final = 37
_SIGNERS: Final = {
    AuthorisationKind.TWO_PEOPLE: 2,
    AuthorisationKind.DRILL: 2,
    AuthorisationKind.ALONE: 1,
    AuthorisationKind.ALL_CLEAR: 1,
}

Covers = Callable[[str, Collection[str]], bool]
"""Return whether an area is one of these, or below one of them."""


class ApprovalRefusal(StrEnum):
    """Reason for which an alert has not the signatures that it needs."""

    MISSING = "missing"
    KIND = "kind"
    SCOPE = "scope"
    ORDER = "order"
    COUNT = "count"
    UNKNOWN_KEY = "unknown_key"
    KEY_PERIOD = "key_period"
    SAME_PERSON = "same_person"
    RIGHTS = "rights"
    STATEMENT = "statement"
    STALE = "stale"
    SIGNATURE = "signature"


@dataclass
class ApprovalRefusedError(Exception):
    """The signatures do not hold, for this reason."""

    reason: ApprovalRefusal


@dataclass(frozen=True, slots=True)
class _ClientData:
    """Client data of an assertion: what was signed, and its fields."""

    signed: bytes
    fields: Mapping[str, object]

    @classmethod
    def read(cls, client: str) -> Self:
        """Read them from base64url; raises ApprovalRefusedError where they are no JSON object."""
        signed = from_base64(client)
        try:
            found = json.loads(signed)
        except (ValueError, RecursionError):
            raise ApprovalRefusedError(ApprovalRefusal.SIGNATURE) from None
        if not isinstance(found, dict):
            raise ApprovalRefusedError(ApprovalRefusal.SIGNATURE)
        return cls(signed, found)


def statement_of(command: Command, kind: AuthorisationKind, scope: Scope | None = None) -> Statement:
    """Return the statement of this alert.

    Left out are the instant of issue, the names of replaced orders and the length of the usual tone: they add nothing
    that is heard or shown, and are known only when it is sent.
    """
    alert, target = command.alert, command.target
    assert alert is not None
    plain = msgspec.structs.replace(alert, issued_at=0, replaces=[], tone_ms=0)
    named = scope or target
    return Statement(
        v=codec.VERSION,
        kind=kind,
        alert=alert.id,
        hazard=alert.hazard,
        level=alert.level,
        content=hashlib.sha256(codec.encode(plain)).hexdigest(),
        areas=sorted(named.areas),
        exclude=sorted(named.exclude),
        exp=command.exp,
        shape="" if target.shape is None else hashlib.sha256(codec.encode(target.shape)).hexdigest(),
    )


def order_id(statement: Statement) -> str:
    """Return the id of the one order that this statement lets out."""
    return f"o{hashlib.sha256(codec.encode(statement)).hexdigest()[:32]}"


def challenge(statement: Statement, at_ms: int) -> bytes:
    """Return the challenge that an authenticator signs: the instant, and the digest of it with the statement."""
    stamp = at_ms.to_bytes(_STAMP_BYTES)
    return stamp + hashlib.sha256(_DOMAIN + stamp + codec.encode(statement)).digest()


def signed_at_ms(client: str) -> int:
    """Return the instant of the challenge in the client data, nothing verified. Raises ApprovalRefusedError."""
    return _asked_at_ms(_ClientData.read(client))


def _asked_at_ms(client: _ClientData) -> int:
    asked = from_base64(client.fields.get("challenge", ""))
    if len(asked) != _STAMP_BYTES + hashlib.sha256().digest_size:
        raise ApprovalRefusedError(ApprovalRefusal.STATEMENT)
    return int.from_bytes(asked[:_STAMP_BYTES])


def require_approvals(command: Command, officers: TrustedOfficers, covers: Covers, now_ms: int) -> None:
    """Require the signatures that an alert needs by the keyset's policy. Raises ApprovalRefusedError."""
    if command.authorisation is None:
        if officers.needs(command, now_ms):
            raise ApprovalRefusedError(ApprovalRefusal.MISSING)
        return
    require_authorisation(command, command.authorisation, officers, covers)


def require_authorisation(command: Command, given: Authorisation, officers: TrustedOfficers, covers: Covers) -> None:
    """Require that these signatures let out this alert. Raises ApprovalRefusedError."""
    kind = _kind(command, given, officers)
    _require_within(command.target, given.scope)
    statement = statement_of(command, kind, given.scope)
    _require(command.cid == order_id(statement), ApprovalRefusal.ORDER)
    _require(len(given.approvals) == _SIGNERS[kind], ApprovalRefusal.COUNT)
    people = [
        person_of(each, statement, officers, covers, command.iat, is_last=place == len(given.approvals))
        for place, each in enumerate(given.approvals, start=1)
    ]
    _require(len(set(people)) == len(people), ApprovalRefusal.SAME_PERSON)


def _kind(command: Command, given: Authorisation, officers: TrustedOfficers) -> AuthorisationKind:
    alert = command.alert
    _require(alert is not None, ApprovalRefusal.KIND)
    assert alert is not None
    _require(given.kind in {*_SIGNERS}, ApprovalRefusal.KIND)
    kind = AuthorisationKind(given.kind)
    # A signature on a drill lets no alert out, and none on an alert a drill.
    _require(command.drill == (kind is AuthorisationKind.DRILL), ApprovalRefusal.KIND)
    _require(alert.calm == (kind is AuthorisationKind.ALL_CLEAR) or not _is_alone(kind), ApprovalRefusal.KIND)
    _require(kind is not AuthorisationKind.ALONE or officers.keyset.alone, ApprovalRefusal.KIND)
    return kind


def _is_alone(kind: AuthorisationKind) -> bool:
    return _SIGNERS[kind] == 1


def _require_within(target: Target, scope: Scope | None) -> None:
    """Require areas alone, and none that the statement does not name."""
    _require(not target.devices and not target.groups and bool(target.areas), ApprovalRefusal.SCOPE)
    if scope is not None:
        is_less = set(target.areas) <= set(scope.areas) and set(target.exclude) >= set(scope.exclude)
        _require(is_less, ApprovalRefusal.SCOPE)


def person_of(
    approval: OfficerSignature,
    statement: Statement,
    officers: TrustedOfficers,
    covers: Covers,
    issued_ms: int,
    *,
    is_last: bool,
) -> str:
    """Return whose signature of this statement it is; ``is_last``: of who lets it out. Raises ApprovalRefusedError."""
    key = officers.keys.get(approval.key)
    if key is None:
        raise ApprovalRefusedError(ApprovalRefusal.UNKNOWN_KEY)
    client = _ClientData.read(approval.client)
    at_ms = _asked_at_ms(client)
    _require(key.nbf <= at_ms <= key.exp, ApprovalRefusal.KEY_PERIOD)
    before_ms = APPROVED_BEFORE_MS if is_last else RAISED_BEFORE_MS
    _require(issued_ms - before_ms <= at_ms <= issued_ms + AHEAD_MS, ApprovalRefusal.STALE)
    _require_rights(key, statement, covers)
    _require_assertion(approval, client, challenge(statement, at_ms), officers)
    return key.person


def _require_rights(key: OfficerKey, statement: Statement, covers: Covers) -> None:
    held = [right.area for right in key.rights if right.level >= statement.level]
    _require(all(covers(area, held) for area in statement.areas), ApprovalRefusal.RIGHTS)


def _require_assertion(
    approval: OfficerSignature, client: _ClientData, asked: bytes, officers: TrustedOfficers
) -> None:
    """Require a passkey's answer to this challenge, on the pages of this province, after a finger, a face or a PIN.

    Raises ApprovalRefusedError.
    """
    found = client.fields
    is_ours = found.get("type") == _TYPE and found.get("origin") == officers.keyset.origin
    _require(is_ours and not found.get("crossOrigin", False), ApprovalRefusal.SIGNATURE)
    _require(found.get("challenge") == to_base64(asked), ApprovalRefusal.STATEMENT)
    data, signature = from_base64(approval.data), from_base64(approval.sig)
    _require(len(data) >= _DATA_BYTES, ApprovalRefusal.SIGNATURE)
    is_here = data[:32] == hashlib.sha256(officers.keyset.host.encode()).digest()
    _require(is_here and data[32] & _PRESENT_AND_VERIFIED == _PRESENT_AND_VERIFIED, ApprovalRefusal.SIGNATURE)
    signed = data + hashlib.sha256(client.signed).digest()
    try:
        officers.verify(approval.key, signature, signed)
    except (InvalidSignature, ValueError):
        raise ApprovalRefusedError(ApprovalRefusal.SIGNATURE) from None


def within_chain(chain: Collection[str]) -> Covers:
    """Return the rule of a device, which knows the areas above its own: an officer of one of them speaks there."""
    return lambda area, held: area not in chain or not set(held).isdisjoint(chain)


def within_tree(parents: Mapping[str, str]) -> Covers:
    """Return the rule of who knows the area above each area; one that is not known is covered by its own name alone."""

    def covers(area: str, held: Collection[str]) -> bool:
        names, seen = frozenset(held), set[str]()
        while area not in names:
            seen.add(area)
            above = parents.get(area, "")
            if not above or above in seen:
                return False
            area = above
        return True

    return covers


def to_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64(text: object) -> bytes:
    """Return the bytes; raises ApprovalRefusedError where it is no base64url."""
    if not isinstance(text, str):
        raise ApprovalRefusedError(ApprovalRefusal.SIGNATURE)
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise ApprovalRefusedError(ApprovalRefusal.SIGNATURE) from None


def _require(is_met: bool, reason: ApprovalRefusal) -> None:  # noqa: FBT001 - the one thing it is about
    if not is_met:
        raise ApprovalRefusedError(reason)
