"""Alerts raised at the device: local orders kept on flash, the key and PIN, and the report of what was raised.

The orders are verified again at every press, as they were signed: files copied from another device, or a key that was
revoked since, raise nothing.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Final

from devices.protocol import codec, key_presses
from devices.protocol.errors import ProtocolError
from devices.protocol.key_presses import PinTries
from devices.protocol.messages import (
    Code,
    Command,
    ExecutionState,
    HolderPin,
    KeyRole,
    LocalOrder,
    LocalOrderReport,
    LocalOrders,
    RaisedAlert,
    Speech,
)
from devices.protocol.topics import Topic, TopicKind
from firmware_sim.core.clock.clock import Moment
from firmware_sim.core.component import Component
from firmware_sim.core.effects import ShowKeypad
from firmware_sim.core.events import Connected, ContentHeld, ContentSpoilt, Event, KeyTurned, MessageDelivered, PowerOn

_DOCUMENT: Final = "local_orders"
_TRIES: Final = "pin"
FETCH_WITHIN_MS: Final = 600_000
"""Speech that may be needed some day: devices of a province spread their downloads over this."""


class KeySwitch(Component):
    """Local orders of one device, and its keypad."""

    EVENTS = (PowerOn, Connected, KeyTurned, ContentHeld, ContentSpoilt)
    TOPICS = (TopicKind.DEVICE_LOCAL,)

    def _set_up(self) -> None:
        self._orders: LocalOrders | None = None
        self._held: set[str] = set()
        if text := self._step.text("doc", _DOCUMENT):
            self._orders = self._opened(text.encode("ascii"), None)

    def handle(self, event: Event, at: Moment) -> None:
        match event:
            case KeyTurned():
                self._turned(event, at)
            case PowerOn():
                self._fetch(at.stamp)
            case ContentHeld():
                self._note_held(event.sha256, at.stamp)
            case ContentSpoilt():
                if event.sha256 in self._held:
                    self._held.discard(event.sha256)
                    self._fetch(at.stamp)
            case _:
                self._tell(at.stamp)

    def wanted_content(self) -> AbstractSet[str]:
        return {clip.sha256 for clip in self._speech()}

    def receive(self, topic: Topic, message: MessageDelivered, at: Moment) -> None:
        """Keep newer orders for this device, and take PINs again that were refused: people have seen to it."""
        signed = self._config.keys.verify(message.payload, KeyRole.ALERT, at.now, self._config.areas or None)
        orders = codec.decode(LocalOrders, signed.payload)
        held = self._orders
        is_newer = held is None or (orders.epoch, orders.ver) > (held.epoch, held.ver)
        if orders.device != self._parts.id or not is_newer:
            return
        self._orders = orders
        self._step.remember("doc", _DOCUMENT, message.payload.decode("ascii"))
        self._step.forget("key", _TRIES)
        self._content.release()
        self._fetch(at.stamp)
        self._tell(at.stamp)

    def _turned(self, turned: KeyTurned, at: Moment) -> None:
        """Raise the chosen order, if it may be raised here and now; else say why not, and what is left."""
        kept = self._step.text("doc", _DOCUMENT)
        orders = self._opened(kept.encode("ascii"), at.now) if kept else None
        server_now = self._parts.time.clock.server_now(at.local_ms)
        refusal = key_presses.refusal_of(
            orders, device_id=self._parts.id, areas=self._config.areas, now=at.now, server_now=server_now
        )
        if refusal is not None or orders is None or at.now is None:
            self._refuse(refusal or Code.NO_ORDER, at)
            return
        tries = self._tries()
        if tries.wait_ms(at.now):
            self._refuse(Code.LOCKED, at)
            return
        order = orders.orders[turned.choice - 1] if 0 < turned.choice <= len(orders.orders) else None
        if order is None:
            self._refuse(Code.NO_ORDER, at)
            return
        self._keep(tries.begun(at.now))
        holder = key_presses.holder_of(turned.pin, orders.holders)
        if holder is None:
            self._refuse(Code.WRONG_PIN, at)
            self._reports.add_event("security", Code.WRONG_PIN, str(self._tries().left), at.now)
            return
        self._step.forget("key", _TRIES)
        self._raise(orders, order, holder, at.now, at)

    def _raise(self, orders: LocalOrders, order: LocalOrder, holder: HolderPin, now: int, at: Moment) -> None:
        command = key_presses.raised_command(orders, order, now)
        if (refusal := self._refusal(order, command, now)) is not None:
            self._refuse(refusal, at)
            return
        self._step.remember("seen", command.cid, {"exp": command.exp, "st": ExecutionState.RECEIVED.value})
        self._parts.alerts.obey(command, codec.encode(command), now)
        raised = RaisedAlert(cid=command.cid, order=order.id, holder=holder.id, ver=orders.ver, at=now, exp=command.exp)
        self._reports.raised(raised, now)
        self._step.do(ShowKeypad(None, order.alert.head))

    def _refusal(self, order: LocalOrder, command: Command, now: int) -> Code | None:
        """Return why the device sounds no alert now, or not this one once more."""
        desired = self._config.desired
        if desired is not None and desired.quarantined and not desired.alerts_pass:
            return Code.QUARANTINED
        if any(alert.content.id == order.id for alert in self._parts.alert_register):
            return Code.DUPLICATE
        return self._parts.alerts.refusal(command, now)

    def _refuse(self, code: Code, at: Moment) -> None:
        tries = self._tries()
        wait_ms = 0 if at.now is None else tries.wait_ms(at.now)
        self._step.do(ShowKeypad(code, "", tries.left, wait_ms))

    def _speech(self) -> Iterable[Speech]:
        for order in self._orders.orders if self._orders is not None else ():
            yield from order.alert.speech
            yield from order.alert.again

    def _fetch(self, now: int) -> None:
        wait_ms = self._reports.share_ms(FETCH_WITHIN_MS)
        for clip in self._speech():
            self._content.fetch(clip.sha256, clip.bytes, now + wait_ms, wait_ms=wait_ms)

    def _note_held(self, sha256: str, now: int) -> None:
        """Note speech that is on flash; one that completes an order is told."""
        if sha256 in self._held or sha256 not in self.wanted_content():
            return
        before = self._spoken
        self._held.add(sha256)
        if self._spoken != before:
            self._tell(now)

    @property
    def _spoken(self) -> int:
        """Number of orders that have speech, and all of it on flash."""
        orders = self._orders.orders if self._orders is not None else []
        clips = [{clip.sha256 for clip in (*each.alert.speech, *each.alert.again)} for each in orders]
        return sum(bool(each) and each <= self._held for each in clips)

    def _opened(self, payload: bytes, now: int | None) -> LocalOrders | None:
        """Verify what is on flash by the keys trusted today; None: nothing that is trusted."""
        try:
            signed = self._config.keys.verify(payload, KeyRole.ALERT, now, self._config.areas or None)
            return codec.decode(LocalOrders, signed.payload)
        except ProtocolError:
            return None

    def _tries(self) -> PinTries:
        kept = self._step.known("key").get(_TRIES)
        return PinTries(*map(int, map(str, kept))) if isinstance(kept, list) else PinTries()

    def _keep(self, tries: PinTries) -> None:
        self._step.remember("key", _TRIES, [tries.wrong, tries.blocked_until])

    def _tell(self, now: int) -> None:
        """Tell the server what is held, as far as this device was ever sent any."""
        held = self._orders
        if held is not None:
            wrong, count = self._tries().wrong, len(held.orders)
            report = LocalOrderReport(ver=held.ver, exp=held.exp, count=count, wrong_pins=wrong, spoken=self._spoken)
            self._reports.tell_local(report, now)
