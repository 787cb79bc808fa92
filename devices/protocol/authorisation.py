"""Authorisation of an alert: the signatures of people that it carries, and the keyset of officers who may give them."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from devices.protocol.fields import Id, Instant, LongId, Sha256, Wire, Word

EcPoint = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{87}\Z")]
"""Uncompressed point of P-256 (SEC 1), base64url."""
SIGNATURE_MAX = 400
OFFICERS_MAX = 40
"""Keys of one keyset: with its envelope it fits one message."""


class AuthorisationKind(StrEnum):
    """Kind of authorisation: whose signatures an alert needs.

    TWO_PEOPLE: who raised it, and a second person · ALONE: one person (break-glass) · ALL_CLEAR: one person ends ·
    STANDING_ORDER: two people agreed beforehand; no signer and no device takes it yet ·
    DRILL: as TWO_PEOPLE, of a drill.
    """

    TWO_PEOPLE = "two_people"
    ALONE = "alone"
    ALL_CLEAR = "all_clear"
    STANDING_ORDER = "standing_order"
    DRILL = "drill"


class OfficerSignature(Wire, frozen=True):
    """Signature of one officer over the statement of an alert: an assertion of a passkey (WebAuthn).

    ``client`` is the client data, ``data`` the authenticator data, ``sig`` the signature (DER); base64url.
    """

    key: Id
    client: Annotated[str, Meta(max_length=SIGNATURE_MAX * 2)]
    data: Annotated[str, Meta(max_length=SIGNATURE_MAX)]
    sig: Annotated[str, Meta(max_length=SIGNATURE_MAX)]


class Scope(Wire, frozen=True):
    """Areas that a statement names, where the command names fewer: it has ended in a part of them."""

    areas: list[Id] = []
    exclude: list[Id] = []


class Authorisation(Wire, frozen=True):
    """Signatures over one statement, the first of who raised it. ``scope``: only where the command's target differs."""

    kind: Word
    approvals: Annotated[list[OfficerSignature], Meta(max_length=2)] = []
    scope: Scope | None = None


class Statement(Wire, frozen=True):
    """Statement that every officer signs: all of an alert that is heard or shown, where, and until when.

    ``content`` is the digest of its content (words, sounds, siren, hazard and level among them), ``shape`` that of the
    shape of its target; empty: none.
    """

    v: int
    kind: Word
    alert: Id
    hazard: Word
    level: Annotated[int, Meta(ge=1, le=3)]
    content: Sha256
    areas: list[Id]
    exclude: list[Id]
    exp: Instant
    shape: str = ""


class OfficerRight(Wire, frozen=True):
    """Right to approve alerts up to a level, in an area and below."""

    area: Id
    level: Annotated[int, Meta(ge=1, le=3)]


class OfficerKey(Wire, frozen=True):
    """Public key of one officer, with the officer's rights."""

    kid: Id
    person: LongId
    x: EcPoint
    rights: Annotated[list[OfficerRight], Meta(max_length=20)]
    nbf: Instant
    exp: Instant


class SignaturePolicy(StrEnum):
    """Policy of people's own signatures on alerts. BOTH_HAVE_KEYS: asked of those who have a key, and only of them."""

    OFF = "off"
    BOTH_HAVE_KEYS = "both_have_keys"
    REQUIRED = "required"


class OfficerKeyset(Wire, frozen=True):
    """Keys of officers and the policy by which alerts need them, signed by the root.

    ``host`` and ``origin`` are those of the pages to which the passkeys belong. ``alone``: one officer may send alone
    (break-glass). ``open_until``: until then no signature is needed, because keys are lost; ``open_reason`` says why.
    ``drills``: drills that sound need signatures as alerts do.
    """

    v: int
    ver: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    iat: Instant
    policy: Word
    host: Annotated[str, Meta(max_length=253)]
    origin: Annotated[str, Meta(max_length=300)]
    keys: Annotated[list[OfficerKey], Meta(max_length=OFFICERS_MAX)] = []
    alone: bool = False
    open_until: Instant = 0
    open_reason: Annotated[str, Meta(max_length=300)] = ""
    places: str = ""
    drills: bool = False
