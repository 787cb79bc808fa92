"""Alert messages: an order, its end, and a stop, signed and addressed to topics.

An order's bytes are the same each time they are sent: its command is built only from what was frozen at approval,
so a device that gets it by its area, by a retry and at sync executes it once.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Container, Iterable, Sequence
from datetime import datetime, timedelta

from broadcast.alerts.orders import Order, PartEnd, Stop
from broadcast.bulletins.model import Rendition
from cms.alerts.repository.unknown_orders import UnknownEnd
from cms.alerts.service import canary
from cms.alerts.service.order_commands import ANSWERS_MS, TONE_MS, check, command_of, not_before
from cms.platform.gateway.messages import OutgoingMessage, to_ms
from cms.platform.keyring import Keyring
from devices.enrolment import CANARY_NAME
from devices.model import DeviceId
from devices.protocol import codec, topics
from devices.protocol.limits import SPEECH_MAX_BYTES
from devices.protocol.messages import AlertContent, Command, CommandType, Target
from devices.protocol.verdict import ALERT_PRIO
from province.areas import AreaId

# A device that was offline this long gets at sync the ends and stops that it missed.
END_LASTS = timedelta(days=1)
END_SUFFIX = "-end"
_REMEMBERED = 512

ReadContent = Callable[[str], bytes]


class AlertMessages:
    """Builder of alert messages for one installation. Signed bytes are cached for retries and syncs by the thousand."""

    def __init__(self, keyring: Keyring, *, speech_max_bytes: int = SPEECH_MAX_BYTES, tone_ms: int = TONE_MS) -> None:
        self._sign = keyring.sign_command
        self._tone_ms = tone_ms
        self._speech_max_bytes = speech_max_bytes
        self._signed: OrderedDict[str, bytes] = OrderedDict()

    def order(self, order: Order, now: datetime) -> Sequence[OutgoingMessage]:
        """Build the order's message for every area it names, retained until the order ends.

        Raises:
            OversizeError, MalformedError: as ``check``: it can never be sent.
        """
        payload, expiry_s = self._order_bytes(order), _seconds(now, order.expires_at)
        return [OutgoingMessage(topic, payload, retain=True, expiry_s=expiry_s) for topic in alert_topics(order)]

    def order_to(self, order: Order, device_id: DeviceId, now: datetime) -> OutgoingMessage:
        """Build the message with the same bytes for one device, if it is online now.

        With QoS 0: otherwise the broker would queue it and deliver it after the order's end. A device that connects
        later asks at sync for the orders in force then.
        """
        expiry_s = _seconds(now, order.expires_at)
        return OutgoingMessage(topics.device_command(device_id), self._order_bytes(order), qos=0, expiry_s=expiry_s)

    def canary(self, name: str, now: datetime) -> Sequence[OutgoingMessage]:
        """Build the canary's alert of this name, on the topic of an area that is the canary's alone; none if late.

        It is silent, and no other device is meant by it.
        """
        issued_at = canary.issued_at(name)
        until_at = issued_at + canary.DEADLINE
        if now >= until_at:
            return []
        at_ms = to_ms(issued_at)
        command = Command(
            v=codec.VERSION,
            cid=name,
            type=CommandType.PLAY,
            prio=ALERT_PRIO,
            iat=at_ms,
            nbf=not_before(issued_at),
            exp=to_ms(until_at),
            target=Target(devices=[CANARY_NAME]),
            alert=AlertContent(id=name, level=1, hazard="canary", issued_at=at_ms, silent=True),
        )
        return [OutgoingMessage(topics.area_alert(CANARY_NAME), self._sign(command), expiry_s=_seconds(now, until_at))]

    def speech(self, order: Order, now: datetime, read: ReadContent) -> Iterable[OutgoingMessage]:
        """Yield the speech files small enough for MQTT, so that thousands of devices need not fetch them at once.

        A generator: a province's worth of them is many megabytes.
        """
        expiry_s = _seconds(now, order.expires_at)
        for rendition in carried_speech(order, self._speech_max_bytes):
            data = read(rendition.sha256)
            for area_id in order.audience.targets.areas:
                topic = topics.area_speech(area_id, rendition.sha256)
                yield OutgoingMessage(topic, data, retain=True, expiry_s=expiry_s)

    def end(self, order: Order, ended_at: datetime, now: datetime) -> Sequence[OutgoingMessage]:
        """Build the signed end for every area that the order named.

        On the areas' command topic, where the broker queues it for offline devices, as it queues no alert.
        """
        payload, until_at = self._end_bytes(order, ended_at)
        expiry_s = _seconds(now, until_at)
        return [
            OutgoingMessage(topics.area_command(area_id), payload, expiry_s=expiry_s)
            for area_id in order.audience.targets.areas
        ]

    def end_to(self, order: Order, ended_at: datetime, device_id: DeviceId, now: datetime) -> OutgoingMessage:
        """Build the same end for one device that may have missed it."""
        payload, until_at = self._end_bytes(order, ended_at)
        return OutgoingMessage(topics.device_command(device_id), payload, expiry_s=_seconds(now, until_at))

    def end_at(self, order: Order, ended_at: datetime, device_id: DeviceId, now: datetime) -> OutgoingMessage:
        """Build the end addressed by device id: the device executed the order in another area and has moved since."""
        until_at = end_valid_until(order, ended_at)
        command = _cancel(
            end_id(order), order.id, Target(devices=[device_id]), ended_at, until_at, is_drill=order.is_drill
        )
        return OutgoingMessage(topics.device_command(device_id), self._sign(command), expiry_s=_seconds(now, until_at))

    def lift_at(self, lift: Stop, device_id: DeviceId, now: datetime) -> OutgoingMessage:
        """Build the same for a lifted silence: the device was silenced in its previous area."""
        until_at = stop_valid_until(lift)
        name, target = f"{lift.id}{END_SUFFIX}", Target(devices=[device_id])
        command = _cancel(name, str(lift.lifts), target, lift.at, until_at, is_drill=False)
        return OutgoingMessage(topics.device_command(device_id), self._sign(command), expiry_s=_seconds(now, until_at))

    def part_ends(self, order: Order, now: datetime) -> Sequence[OutgoingMessage]:
        """Build the signed ends for the areas in which alone the order ended."""
        return [
            self._part_end(order, end, topics.area_command(area_id), now)
            for end in order.part_ends
            for area_id in end.areas
        ]

    def part_end_to(self, order: Order, end: PartEnd, device_id: DeviceId, now: datetime) -> OutgoingMessage:
        """Build the same partial end for one device there that may have missed it."""
        return self._part_end(order, end, topics.device_command(device_id), now)

    def stop(self, stop: Stop, now: datetime) -> Sequence[OutgoingMessage]:
        """Build the stop for every area to be silenced."""
        payload, until_at = self._stop_bytes(stop)
        return [
            OutgoingMessage(topics.area_command(area_id), payload, expiry_s=_seconds(now, until_at))
            for area_id in stop.areas
        ]

    def stop_to(self, stop: Stop, device_id: DeviceId, now: datetime) -> OutgoingMessage:
        """Build the same stop for one device that may have missed it."""
        payload, until_at = self._stop_bytes(stop)
        return OutgoingMessage(topics.device_command(device_id), payload, expiry_s=_seconds(now, until_at))

    def unknown_end(self, end: UnknownEnd, now: datetime) -> Sequence[OutgoingMessage]:
        """Build the end of an order that only devices know, signed with both keys: it may be an alert or a drill."""
        name = hashlib.sha256(end.order_id.encode()).hexdigest()[:32]
        until_at = max(end.expires_at, end.ended_at + END_LASTS)
        letters, target = [], Target(devices=[end.device_id])
        for is_drill in (False, True):
            cid = f"unknown-{name}-{'drill' if is_drill else 'alert'}"
            command = _cancel(cid, end.order_id, target, end.ended_at, until_at, is_drill=is_drill)
            topic = topics.device_command(end.device_id)
            letters.append(OutgoingMessage(topic, self._sign(command), expiry_s=_seconds(now, until_at)))
        return letters

    def _order_bytes(self, order: Order) -> bytes:
        def make() -> bytes:
            check(order)
            return self._sign(command_of(order, self._tone_ms))

        # A part that ended is left out from then on: a device that was offline must not begin to sound there.
        return self._once(f"{order.id}/{len(order.part_ends)}", make)

    def _part_end(self, order: Order, end: PartEnd, topic: str, now: datetime) -> OutgoingMessage:
        payload, until_at = self._end_bytes(order, end.at, end.areas)
        return OutgoingMessage(topic, payload, expiry_s=_seconds(now, until_at))

    def _end_bytes(
        self, order: Order, ended_at: datetime, areas: tuple[AreaId, ...] | None = None
    ) -> tuple[bytes, datetime]:
        until_at = end_valid_until(order, ended_at)
        targets = order.audience.targets
        # Without the shape: a device that executed the order, wherever it located itself, has to execute its end.
        whole = Target(areas=list(targets.areas), exclude=list(targets.exclude))
        target = whole if areas is None else Target(areas=list(areas))
        command = _cancel(end_id(order), order.id, target, ended_at, until_at, is_drill=order.is_drill)
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
            nbf=not_before(stop.at),
            exp=to_ms(until_at),
            target=Target(areas=list(stop.areas)),
            # The id matches nothing that is sounding, so it ends nothing; a hush until now ends the silence.
            refs=[] if stop.lifts is None else [stop.lifts],
            jitter_ms=ANSWERS_MS,
            hush_until=to_ms(stop.at) if stop.lifts is not None else _hush_of(stop),
        )
        return self._once(stop.id, lambda: self._sign(command)), until_at

    def _once(self, cid: str, make: Callable[[], bytes]) -> bytes:
        signed = self._signed.get(cid)
        if signed is None:
            signed = self._signed[cid] = make()
            while len(self._signed) > _REMEMBERED:
                self._signed.popitem(last=False)
        return signed


def _cancel(cid: str, name: str, target: Target, ended_at: datetime, until_at: datetime, *, is_drill: bool) -> Command:
    """Build the command that ends the order or silence of this id."""
    return Command(
        v=codec.VERSION,
        cid=cid,
        type=CommandType.CANCEL,
        prio=ALERT_PRIO,
        iat=to_ms(ended_at),
        nbf=not_before(ended_at),
        exp=to_ms(until_at),
        target=target,
        refs=[name],
        jitter_ms=ANSWERS_MS,
        drill=is_drill,
    )


def alert_topics(order: Order) -> Sequence[str]:
    """Return the topics of the order, one per area; drills have topics of their own."""
    name = topics.area_drill if order.is_drill else topics.area_alert
    return [name(area_id) for area_id in order.current_audience.targets.areas]


def carried_speech(order: Order, max_bytes: int = SPEECH_MAX_BYTES) -> Sequence[Rendition]:
    """Return the sounds that are sent as messages, each once: first all first readings, then the repetitions."""
    firsts = [each.first for each in order.spoken]
    agains = [each.again for each in order.spoken if each.again is not None]
    found = {rendition.sha256: rendition for rendition in (*firsts, *agains) if 0 < rendition.bytes <= max_bytes}
    return list(found.values())


def cleared(order: Order, others: Sequence[Order], areas: Container[AreaId] | None = None) -> Sequence[OutgoingMessage]:
    """Clear its retained messages (in these areas), except those that a later open order replaced or still needs."""
    letters = []
    name = topics.area_drill if order.is_drill else topics.area_alert
    for area_id in order.audience.targets.areas:
        if areas is not None and area_id not in areas:
            continue
        there = [each for each in others if each.id != order.id and area_id in each.current_audience.targets.areas]
        if not _has_successor(order, there):
            letters.append(OutgoingMessage(name(area_id), b"", retain=True))
        needed = {rendition.sha256 for each in there for rendition in carried_speech(each)}
        letters += [
            OutgoingMessage(topics.area_speech(area_id, rendition.sha256), b"", retain=True)
            for rendition in carried_speech(order)
            if rendition.sha256 not in needed
        ]
    return letters


def _has_successor(order: Order, there: Iterable[Order]) -> bool:
    return any(each.kind is order.kind and (each.issued_at, each.id) > (order.issued_at, order.id) for each in there)


def still_first(order: Order, others: Sequence[Order]) -> Container[str]:
    """Return the topics on which no later open order has replaced it."""
    name = topics.area_drill if order.is_drill else topics.area_alert
    found = set()
    for area_id in order.current_audience.targets.areas:
        there = [each for each in others if each.id != order.id and area_id in each.current_audience.targets.areas]
        if not _has_successor(order, there):
            found.add(name(area_id))
    return found


def end_id(order: Order) -> str:
    """Return the id of the command that ends the order: always the same, and used for nothing else."""
    return f"{order.id}{END_SUFFIX}"


def end_valid_until(order: Order, ended_at: datetime) -> datetime:
    """Return when the end expires: as long as a late copy of the order could still be executed, and a day at least."""
    return max(order.expires_at, ended_at + END_LASTS)


def stop_valid_until(stop: Stop) -> datetime:
    return max(stop.at + END_LASTS, stop.hush_until_at or stop.at)


def _hush_of(stop: Stop) -> int:
    return 0 if stop.hush_until_at is None else to_ms(stop.hush_until_at)


def _seconds(now: datetime, until_at: datetime) -> int:
    return max(1, int((until_at - now).total_seconds()))
