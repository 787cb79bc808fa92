"""Alerts that look approved: forged by who has every key of the server and old signatures, and no passkey."""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec

from devices.protocol import approvals
from devices.protocol.authorisation import Authorisation, AuthorisationKind, OfficerSignature, Scope, Statement
from devices.protocol.commands import Command, Play, Target
from tests.builders.officers import SigningOfficer, an_alert
from tests.unit.protocol.trust import MINUTE_MS, NOW_MS


def forgeries(count: int, seed: int, real: Command, spare: Command, named: SigningOfficer) -> Iterator[Command]:
    """Yield so many forgeries, made of two alerts that two officers signed, and of a stranger's key under their names.

    The very alerts that they let out are none.
    """
    draw, made = random.Random(seed), 0
    approved = [(each.cid, _content(each)) for each in (real, spare)]
    stranger = SigningOfficer(named.person)
    while made < count:
        body = _forged(draw, real, spare, stranger)
        if (body.cid, _content(body)) in approved and body.target == real.target:
            continue
        made += 1
        yield body


def _forged(draw: random.Random, real: Command, spare: Command, stranger: SigningOfficer) -> Command:
    signatures = _signatures(draw, real, spare, stranger)
    content = real.alert
    assert content is not None
    words = {
        "text": draw.choice(["Chạy đi!", content.text]),
        "level": draw.choice([1, 2, 3]),
        "calm": draw.random() < 0.3,
        "silent": draw.random() < 0.2,
        "id": draw.choice(["a1", "a2", f"a{draw.randrange(100)}"]),
        "issued_at": NOW_MS + draw.randrange(1000),
    }
    body = an_alert(
        cid=draw.choice([real.cid, spare.cid, f"o{draw.getrandbits(128):032x}", "order-1"]),
        alert=msgspec.structs.replace(content, **words),
        target=draw.choice(
            [
                real.target,
                Target(areas=["tinh"]),
                Target(areas=["tinh", *real.target.areas]),
                Target(areas=real.target.areas, devices=["xa-1-l01"]),
                Target(devices=["xa-1-l01"]),
                Target(groups=["g1"]),
            ]
        ),
        iat=NOW_MS - draw.choice([0, 1000, 5 * MINUTE_MS]),
        exp=real.exp + draw.choice([0, 1000]),
        play=draw.choice([None, Play(volume_pct=100)]),
        approved_by=draw.choice([["an", "binh"], [], ["an"]]),
    )
    kind = draw.choice([*AuthorisationKind, "decree"])
    scope = draw.choice([None, None, Scope(areas=["xa-1"]), Scope(areas=["tinh", "xa-1"])])
    statement = approvals.statement_of(body, AuthorisationKind.TWO_PEOPLE, scope)
    if draw.random() < 0.3:
        body = msgspec.structs.replace(body, cid=approvals.order_id(statement))
        signatures = [_answered(each, statement) for each in signatures] if draw.random() < 0.5 else signatures
    some = Authorisation(kind=kind, approvals=signatures, scope=scope)
    return msgspec.structs.replace(body, authorisation=draw.choice([None, some, some, some]))


def _signatures(draw: random.Random, real: Command, spare: Command, stranger: SigningOfficer) -> list[OfficerSignature]:
    """Return up to two signatures: real ones of other alerts, moved, swapped, broken, or of a stranger."""
    assert real.authorisation is not None
    assert spare.authorisation is not None
    given = [*real.authorisation.approvals, *spare.authorisation.approvals]
    stolen = stranger.sign(an_alert(), AuthorisationKind.TWO_PEOPLE, at_ms=NOW_MS)
    first, last = draw.sample(given, 2)
    broken = bytearray(approvals.from_base64(first.sig))
    broken[draw.randrange(len(broken))] ^= 1 << draw.randrange(8)
    pool = [
        *given,
        stolen,
        msgspec.structs.replace(stolen, key=last.key),
        msgspec.structs.replace(first, key=last.key),
        msgspec.structs.replace(first, client=last.client),
        msgspec.structs.replace(first, sig=approvals.to_base64(bytes(broken))),
        msgspec.structs.replace(first, sig=""),
    ]
    return draw.sample(pool, draw.randrange(3))


def _answered(given: OfficerSignature, statement: Statement) -> OfficerSignature:
    """Return the signature with client data that ask for this statement: all fits but what the passkey signed."""
    asked = approvals.challenge(statement, approvals.signed_at_ms(given.client))
    client = approvals.from_base64(given.client).decode()
    before = client.split('"challenge": "')[1].split('"')[0]
    return msgspec.structs.replace(
        given, client=approvals.to_base64(client.replace(before, approvals.to_base64(asked)).encode())
    )


def _content(command: Command) -> object:
    assert command.alert is not None
    return msgspec.structs.replace(command.alert, issued_at=0)
