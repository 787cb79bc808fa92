"""Alerts on the wire: an order, its end, and a stop, signed and addressed.

An order's bytes are the same on every sending: its command is made of what was frozen at the approval and nothing
else, so a device that gets it by its area, by a wave and at sync obeys it once.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Container, Iterable, Sequence
from datetime import datetime, timedelta

from broadcast.model.bulletins import Rendition
from broadcast.model.orders import Order, PartEnd, Stop
from broadcast.shapes import wire_shape
from cms.keyring import Keyring
from cms.store.unknown_orders import UnknownEnd
from cms.workers.letters import Letter, to_ms
from cms.workers.tones import tone_of
from devices.model import DeviceId
from devices.protocol import codec, jws, topics
from devices.protocol.errors import OversizeError
from devices.protocol.limits import IAT_AHEAD_MAX_MS, MESSAGE_MAX_BYTES, SHAPE_POINTS_MAX, SPEECH_MAX_BYTES
from devices.protocol.messages import Alert, Command, CommandType, Speech, Target
from devices.protocol.verdict import ALERT_PRIO
from province.areas import AreaId

# A whole province answers within this; longer would hide from the operator who has heard it.
ANSWERS_MS = 300
TONE_MS = 10_000
# A device that was away this long is told at sync what was taken back or stopped meanwhile.
END_LASTS = timedelta(days=1)
END_SUFFIX = "-end"
_REMEMBERED = 64

ReadContent = Callable[[str], bytes]


def command_of(order: Order, tone_ms: int = TONE_MS) -> Command:
    """The order's command, not yet checked; see ``check``."""
    return Command(
        v=codec.VERSION,
        cid=order.id,
        type=CommandType.PLAY,
        prio=ALERT_PRIO,
        iat=to_ms(order.issued_at),
        nbf=_not_before(order.issued_at),
        exp=to_ms(order.expires_at),
        target=_target(order),
        jitter_ms=ANSWERS_MS,
        drill=order.is_drill,
        approved_by=list(order.approved_by),
        alert=Alert(
            id=order.alert_id,
            level=int(order.level),
            hazard=order.hazard.value,
            issued_at=to_ms(order.issued_at),
            tone=tone_of(order.hazard, order.purpose),
            tone_ms=tone_ms,
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
        ),
    )


def check(order: Order) -> None:
    """Whether the order can travel at all: asked before it is approved, and again before it is sent. Pure.

    Raises:
        OversizeError: text, shape and areas together exceed one message, or the shape has too many points.
        MalformedError: a part is beyond its own bound; ``detail`` names it.
    """
    points = sum(len(ring.points) for ring in order.audience.rings)
    if points > SHAPE_POINTS_MAX:
        raise OversizeError("Shape", points, SHAPE_POINTS_MAX)
    payload = codec.encode(command_of(order))
    codec.decode(Command, payload)
    size = jws_size(len(payload))
    if size > MESSAGE_MAX_BYTES:
        raise OversizeError("Command", size, MESSAGE_MAX_BYTES)


def jws_size(payload_bytes: int) -> int:
    """How long the signed message will be at most: the longest key id, dots and signature included."""
    header = len(f'{{"alg":"{jws.ALG}","kid":"{"x" * 40}","typ":"{jws.TYP}"}}')
    return _base64(header) + 1 + _base64(payload_bytes) + 1 + _base64(64)


class AlertLetters:
    """Signs with the keys of one installation; what was signed once is kept, for waves and syncs by the thousand."""

    def __init__(self, keyring: Keyring, *, speech_max_bytes: int = SPEECH_MAX_BYTES, tone_ms: int = TONE_MS) -> None:
        self._keyring = keyring
        self._tone_ms = tone_ms
        self._speech_max_bytes = speech_max_bytes
        self._signed: OrderedDict[str, bytes] = OrderedDict()

    def order(self, order: Order, now: datetime) -> Sequence[Letter]:
        """To every area it names, retained until it ends.

        Raises:
            OversizeError, MalformedError: as ``check``: it can never be sent.
        """
        payload, expiry_s = self._order_bytes(order), _seconds(now, order.expires_at)
        return [Letter(topic, payload, retain=True, expiry_s=expiry_s) for topic in alert_topics(order)]

    def order_to(self, order: Order, device_id: DeviceId, now: datetime) -> Letter:
        """The same bytes to one device, if it is there now: who comes back later asks for what is in force then.

        With QoS 0, or the broker would keep it, and hand it over after the order's end.
        """
        expiry_s = _seconds(now, order.expires_at)
        return Letter(topics.device_command(device_id), self._order_bytes(order), qos=0, expiry_s=expiry_s)

    def speech(self, order: Order, now: datetime, read: ReadContent) -> Iterable[Letter]:
        """What it says, where that is small enough to travel, so that thousands need not fetch it at once.

        Made one by one: a province's worth of them is many megabytes.
        """
        expiry_s = _seconds(now, order.expires_at)
        for rendition in carried_speech(order, self._speech_max_bytes):
            data = read(rendition.sha256)
            for area_id in order.audience.targets.areas:
                topic = topics.area_speech(area_id, rendition.sha256)
                yield Letter(topic, data, retain=True, expiry_s=expiry_s)

    def end(self, order: Order, ended_at: datetime, now: datetime) -> Sequence[Letter]:
        """The signed end to every area it named.

        On the areas' topic for commands, for which the broker keeps it for those who are away, as it keeps no alert.
        """
        payload, until_at = self._end_bytes(order, ended_at)
        expiry_s = _seconds(now, until_at)
        return [
            Letter(topics.area_command(area_id), payload, expiry_s=expiry_s) for area_id in order.audience.targets.areas
        ]

    def end_to(self, order: Order, ended_at: datetime, device_id: DeviceId, now: datetime) -> Letter:
        """The same to one device that may have missed it."""
        payload, until_at = self._end_bytes(order, ended_at)
        return Letter(topics.device_command(device_id), payload, expiry_s=_seconds(now, until_at))

    def end_at(self, order: Order, ended_at: datetime, device_id: DeviceId, now: datetime) -> Letter:
        """The end by the device's own name: it obeyed the order where it stood before, and is not in its areas now."""
        until_at = end_valid_until(order, ended_at)
        command = _cancel(end_id(order), order.id, device_id, ended_at, until_at, is_drill=order.is_drill)
        return Letter(topics.device_command(device_id), self._sign(command), expiry_s=_seconds(now, until_at))

    def lift_at(self, lift: Stop, device_id: DeviceId, now: datetime) -> Letter:
        """The same of a silence: it fell silent where it stood before."""
        until_at = stop_valid_until(lift)
        command = _cancel(f"{lift.id}{END_SUFFIX}", str(lift.lifts), device_id, lift.at, until_at, is_drill=False)
        return Letter(topics.device_command(device_id), self._sign(command), expiry_s=_seconds(now, until_at))

    def part_ends(self, order: Order, now: datetime) -> Sequence[Letter]:
        """The signed end to the areas in which alone it ended."""
        return [
            self._part_end(order, end, topics.area_command(area_id), now)
            for end in order.part_ends
            for area_id in end.areas
        ]

    def part_end_to(self, order: Order, end: PartEnd, device_id: DeviceId, now: datetime) -> Letter:
        """The same to one device there that may have missed it."""
        return self._part_end(order, end, topics.device_command(device_id), now)

    def stop(self, stop: Stop, now: datetime) -> Sequence[Letter]:
        """To every area that is to fall silent."""
        payload, until_at = self._stop_bytes(stop)
        return [
            Letter(topics.area_command(area_id), payload, expiry_s=_seconds(now, until_at)) for area_id in stop.areas
        ]

    def stop_to(self, stop: Stop, device_id: DeviceId, now: datetime) -> Letter:
        """The same to one device that may have missed it."""
        payload, until_at = self._stop_bytes(stop)
        return Letter(topics.device_command(device_id), payload, expiry_s=_seconds(now, until_at))

    def unknown_end(self, end: UnknownEnd, now: datetime) -> Sequence[Letter]:
        """The end of an order that only devices know, by both keys: it may be an alert or a drill."""
        name = hashlib.sha256(end.order_id.encode()).hexdigest()[:32]
        until_at = max(end.expires_at, end.ended_at + END_LASTS)
        letters = []
        for is_drill in (False, True):
            cid = f"unknown-{name}-{'drill' if is_drill else 'alert'}"
            command = _cancel(cid, end.order_id, end.device_id, end.ended_at, until_at, is_drill=is_drill)
            topic = topics.device_command(end.device_id)
            letters.append(Letter(topic, self._sign(command), expiry_s=_seconds(now, until_at)))
        return letters

    def _order_bytes(self, order: Order) -> bytes:
        def make() -> bytes:
            check(order)
            return self._sign(command_of(order, self._tone_ms))

        # A part that ended is left out from then on: who was away must not begin to sound there.
        return self._once(f"{order.id}/{len(order.part_ends)}", make)

    def _part_end(self, order: Order, end: PartEnd, topic: str, now: datetime) -> Letter:
        payload, until_at = self._end_bytes(order, end.at, end.areas)
        return Letter(topic, payload, expiry_s=_seconds(now, until_at))

    def _end_bytes(
        self, order: Order, ended_at: datetime, areas: tuple[AreaId, ...] | None = None
    ) -> tuple[bytes, datetime]:
        until_at = end_valid_until(order, ended_at)
        targets = order.audience.targets
        # Without the shape: whoever obeyed the order, wherever it thought to stand, has to obey its end.
        whole = Target(areas=list(targets.areas), exclude=list(targets.exclude))
        command = Command(
            v=codec.VERSION,
            cid=end_id(order),
            type=CommandType.CANCEL,
            prio=ALERT_PRIO,
            iat=to_ms(ended_at),
            nbf=_not_before(ended_at),
            exp=to_ms(until_at),
            target=whole if areas is None else Target(areas=list(areas)),
            refs=[order.id],
            jitter_ms=ANSWERS_MS,
            drill=order.is_drill,
        )
        key = command.cid if areas is None else f"{command.cid}/{','.join(areas)}"
        return self._once(key, lambda: self._sign(command)), until_at

    def _stop_bytes(self, stop: Stop) -> tuple[bytes, datetime]:
        until_at = stop_valid_until(stop)
        command = Command(
            v=codec.VERSION,
            cid=stop.id,
            type=CommandType.STOP,
            prio=stop.prio,
            iat=to_ms(stop.at),
            nbf=_not_before(stop.at),
            exp=to_ms(until_at),
            target=Target(areas=list(stop.areas)),
            # A name that nothing sounds under ends nothing; a silence up to now is over.
            refs=[] if stop.lifts is None else [stop.lifts],
            jitter_ms=ANSWERS_MS,
            hush_until=to_ms(stop.at) if stop.lifts is not None else _hush_of(stop),
        )
        return self._once(stop.id, lambda: self._sign(command)), until_at

    def _sign(self, command: Command) -> bytes:
        payload = codec.encode(command)
        if command.drill:
            return self._keyring.sign_drill(payload)
        return self._keyring.sign_alert(payload) if command.prio >= ALERT_PRIO else self._keyring.sign_plan(payload)

    def _once(self, cid: str, make: Callable[[], bytes]) -> bytes:
        signed = self._signed.get(cid)
        if signed is None:
            signed = self._signed[cid] = make()
            while len(self._signed) > _REMEMBERED:
                self._signed.popitem(last=False)
        return signed


def _cancel(
    cid: str, name: str, device_id: DeviceId, ended_at: datetime, until_at: datetime, *, is_drill: bool
) -> Command:
    """The end of what has this name, at one device, wherever it stands."""
    return Command(
        v=codec.VERSION,
        cid=cid,
        type=CommandType.CANCEL,
        prio=ALERT_PRIO,
        iat=to_ms(ended_at),
        nbf=_not_before(ended_at),
        exp=to_ms(until_at),
        target=Target(devices=[device_id]),
        refs=[name],
        jitter_ms=ANSWERS_MS,
        drill=is_drill,
    )


def alert_topics(order: Order) -> Sequence[str]:
    """Where it goes: drills have topics of their own."""
    name = topics.area_drill if order.is_drill else topics.area_alert
    return [name(area_id) for area_id in order.current_audience.targets.areas]


def carried_speech(order: Order, max_bytes: int = SPEECH_MAX_BYTES) -> Sequence[Rendition]:
    """Its sounds that travel as messages, each once: all that is said first before what is said again."""
    firsts = [each.first for each in order.spoken]
    agains = [each.again for each in order.spoken if each.again is not None]
    found = {rendition.sha256: rendition for rendition in (*firsts, *agains) if 0 < rendition.bytes <= max_bytes}
    return list(found.values())


def cleared(order: Order, others: Sequence[Order], areas: Container[AreaId] | None = None) -> Sequence[Letter]:
    """Take its retained messages (in these areas) away, save what a later open one put in their place, or needs too."""
    letters = []
    name = topics.area_drill if order.is_drill else topics.area_alert
    for area_id in order.audience.targets.areas:
        if areas is not None and area_id not in areas:
            continue
        there = [each for each in others if each.id != order.id and area_id in each.current_audience.targets.areas]
        if not _has_successor(order, there):
            letters.append(Letter(name(area_id), b"", retain=True))
        needed = {rendition.sha256 for each in there for rendition in carried_speech(each)}
        letters += [
            Letter(topics.area_speech(area_id, rendition.sha256), b"", retain=True)
            for rendition in carried_speech(order)
            if rendition.sha256 not in needed
        ]
    return letters


def _has_successor(order: Order, there: Iterable[Order]) -> bool:
    return any(each.kind is order.kind and each.issued_at >= order.issued_at for each in there)


def still_first(order: Order, others: Sequence[Order]) -> Container[str]:
    """The topics on which no later open order has taken its place."""
    name = topics.area_drill if order.is_drill else topics.area_alert
    found = set()
    for area_id in order.current_audience.targets.areas:
        there = [each for each in others if each.id != order.id and area_id in each.current_audience.targets.areas]
        if not _has_successor(order, there):
            found.add(name(area_id))
    return found


def end_id(order: Order) -> str:
    """The id of the command that ends it: always the same, and nothing else's."""
    return f"{order.id}{END_SUFFIX}"


def end_valid_until(order: Order, ended_at: datetime) -> datetime:
    """As long as a late copy of the order could still be obeyed, and a day at least."""
    return max(order.expires_at, ended_at + END_LASTS)


def stop_valid_until(stop: Stop) -> datetime:
    return max(stop.at + END_LASTS, stop.hush_until_at or stop.at)


def _hush_of(stop: Stop) -> int:
    return 0 if stop.hush_until_at is None else to_ms(stop.hush_until_at)


def _target(order: Order) -> Target:
    audience = order.current_audience
    shape = wire_shape(audience) if audience.has_shape else None
    return Target(areas=list(audience.targets.areas), exclude=list(audience.targets.exclude), shape=shape)


def _speech(language: str, rendition: Rendition) -> Speech:
    return Speech(lang=language, sha256=rendition.sha256, bytes=rendition.bytes, dur_ms=rendition.duration_ms)


def _not_before(at: datetime) -> int:
    """A device's clock may be as far behind ours as it may find ours ahead."""
    return to_ms(at) - IAT_AHEAD_MAX_MS


def _seconds(now: datetime, until_at: datetime) -> int:
    return max(1, int((until_at - now).total_seconds()))


def _base64(size: int) -> int:
    return (size * 4 + 2) // 3
