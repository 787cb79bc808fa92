"""Command of an order, built only from what was frozen at approval: what is signed, sent, and sent again."""

from datetime import datetime
from typing import Final

import msgspec

from broadcast.alerts.orders import Order
from broadcast.alerts.shapes import wire_shape
from broadcast.bulletins.model import Rendition
from cms.alerts.service.siren import siren_fields
from cms.platform.gateway.messages import to_ms
from devices.protocol import codec, jws
from devices.protocol.authorisation import Authorisation, Scope
from devices.protocol.errors import OversizeError
from devices.protocol.limits import IAT_AHEAD_MAX_MS, MESSAGE_MAX_BYTES, SHAPE_POINTS_MAX
from devices.protocol.messages import AlertContent, Command, CommandType, Speech, Target
from devices.protocol.verdict import ALERT_PRIO

ANSWERS_MS: Final = 300
"""Time over which the answers of a whole province are spread; a longer one would keep the operator waiting for them."""
TONE_MS: Final = 10_000
_FENCE_MAX: Final = 2**53 - 1


def command_of(order: Order, tone_ms: int = TONE_MS) -> Command:
    """Build the order's command, not yet checked; see ``check``."""
    return Command(
        v=codec.VERSION,
        cid=order.id,
        type=CommandType.PLAY,
        prio=ALERT_PRIO,
        iat=to_ms(order.issued_at),
        nbf=not_before(order.issued_at),
        exp=to_ms(order.expires_at),
        target=_target(order),
        jitter_ms=ANSWERS_MS,
        drill=order.is_drill,
        approved_by=list(order.approved_by),
        authorisation=_authorisation(order),
        alert=AlertContent(
            id=order.alert_id,
            level=int(order.level),
            hazard=order.hazard.value,
            issued_at=to_ms(order.issued_at),
            speech=[_speech(each.language, each.first) for each in order.spoken],
            again=[_speech(each.language, each.again or each.first) for each in order.spoken]
            if any(each.again for each in order.spoken)
            else [],
            rounds_ms=list(order.rounds.at_ms),
            every_ms=order.rounds.every_ms,
            head=order.headline,
            text=order.text,
            replaces=list(order.replaces),
            minor=order.is_minor,
            silent=order.is_silent,
            calm=order.is_calm,
            **siren_fields(order, tone_ms),
        ),
    )


def check(order: Order) -> None:
    """Check that the order fits one message, before it is approved and again before it is sent. Pure.

    Raises:
        OversizeError: text, shape and areas together exceed one message, or the shape has too many points.
        MalformedError: a part is beyond its own bound; ``detail`` names it.
    """
    points = sum(len(ring.points) for ring in order.audience.rings)
    if points > SHAPE_POINTS_MAX:
        raise OversizeError("Shape", points, SHAPE_POINTS_MAX)
    # As long as it can be when it is signed.
    payload = codec.encode(msgspec.structs.replace(command_of(order), fence=_FENCE_MAX))
    codec.decode(Command, payload)
    size = jws_size(len(payload))
    if size > MESSAGE_MAX_BYTES:
        raise OversizeError("Command", size, MESSAGE_MAX_BYTES)


def jws_size(payload_bytes: int) -> int:
    """Return the longest size of the signed message, in bytes: longest key id, dots and signature included."""
    header = len(f'{{"alg":"{jws.ALG}","kid":"{"x" * 40}","typ":"{jws.TYP}"}}')
    return _base64(header) + 1 + _base64(payload_bytes) + 1 + _base64(64)


def not_before(at: datetime) -> int:
    """Return the first instant of validity: a device's clock may lag by as much as it tolerates future timestamps."""
    return to_ms(at) - IAT_AHEAD_MAX_MS


def _authorisation(order: Order) -> Authorisation | None:
    """Return the signatures of people; where the order has ended in a part, with the areas that they named."""
    if not order.authorisation:
        return None
    given = codec.decode(Authorisation, order.authorisation.encode())
    if not order.part_ends:
        return given
    targets = order.audience.targets
    return msgspec.structs.replace(given, scope=Scope(areas=list(targets.areas), exclude=list(targets.exclude)))


def _target(order: Order) -> Target:
    audience = order.current_audience
    shape = wire_shape(audience) if audience.has_shape else None
    return Target(areas=list(audience.targets.areas), exclude=list(audience.targets.exclude), shape=shape)


def _speech(language: str, rendition: Rendition) -> Speech:
    return Speech(lang=language, sha256=rendition.sha256, bytes=rendition.bytes, dur_ms=rendition.duration_ms)


def _base64(size: int) -> int:
    return (size * 4 + 2) // 3
