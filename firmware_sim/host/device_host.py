"""Device host: hands events to a device core one at a time, and carries out the core's effects on the hardware.

It is the same in real time, in virtual time and in a swarm; only the hardware behind its interfaces differs.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from devices.protocol.messages import Proof
from firmware_sim.core import effects as kinds
from firmware_sim.core.effects import Effect, Fetch, Publish, ScreenEffect, SoundEffect, WriteSlot
from firmware_sim.core.events import Connecting, Event, Measured, Probed, SlotWritten
from firmware_sim.storage.flash import JournalEntry


class HostedCore(Protocol):
    """Device core, or one in a faulty image."""

    def handle(self, event: Event, local_ms: int) -> list[Effect]: ...

    def meet(self, event: Event, local_ms: int) -> list[Effect]: ...

    def settle(self, local_ms: int) -> list[Effect]: ...


class DeviceClock(Protocol):
    """Clock of the hardware, in ms."""

    def local_ms(self) -> int: ...

    def wake_at(self, local_ms: int) -> None:
        """Feed ``Woken`` then; replaces the previous wake-up."""


class FactStorage(Protocol):
    """Storage of the core's facts."""

    def save(self, entries: Iterable[JournalEntry]) -> None: ...


class MessageLink(Protocol):
    """Link to the broker."""

    def publish(self, message: Publish) -> None: ...

    def subscribe(self, topics: Iterable[tuple[str, int]]) -> None: ...

    def unsubscribe(self, topics: Iterable[str]) -> None: ...


class ContentFetcher(Protocol):
    """Fetcher of content, which feeds ``ContentHeld``."""

    def want(self, fetch: Fetch) -> None: ...

    def put(self, sha256: str, data: bytes) -> None: ...

    def keep_only(self, sha256s: frozenset[str]) -> None: ...


class SoundOutlet(Protocol):
    """Sound card with what it needs; it feeds the events of its sounds and streams."""

    def do(self, effect: SoundEffect) -> None: ...

    def idle_proof(self) -> Proof | None:
        """Measure amplifier and microphone without a sound."""


class ScreenOutlet(Protocol):
    """Screen of a board."""

    def do(self, effect: ScreenEffect) -> None: ...


def _no_contact(_is_closed: object) -> None:
    """Switch nothing: the device is no bridge."""


def _no_keypad(_shown: object) -> None:
    """Show nothing: nobody looks at the keypad."""


def _no_slot(effect: WriteSlot) -> SlotWritten:
    """Answer that nothing could be written: the device has no image slots."""
    return SlotWritten(effect.slot, "")


@dataclass(slots=True)
class Hardware:
    """Hardware of a device. ``contact`` switches that of a bridge: closed or not."""

    clock: DeviceClock
    flash: FactStorage
    link: MessageLink
    content: ContentFetcher
    sound: SoundOutlet
    restart: Callable[[str], object]
    screen: ScreenOutlet | None = None
    contact: Callable[[bool], object] = _no_contact
    write_slot: Callable[[WriteSlot], SlotWritten] = _no_slot
    keypad: Callable[[kinds.ShowKeypad], object] = _no_keypad


class DeviceHost:
    """Host of one device's cores, from boot to boot.

    ``on_fault`` is the watchdog: called with an exception of the ``faults`` that an effect or the core raised, and the
    waiting events are dropped. ``on_idle`` is called when no event waits any more. Without ``settles_each`` the owner
    calls ``settle`` after events, for many of them at once.
    """

    def __init__(
        self,
        hardware: Hardware,
        *,
        on_fault: Callable[[Exception], object],
        faults: tuple[type[Exception], ...] = (Exception,),
        on_idle: Callable[[], object] = lambda: None,
        settles_each: bool = True,
    ) -> None:
        self.hardware = hardware
        self.is_busy = False
        self._on_fault = on_fault
        self._faults = faults
        self._on_idle = on_idle
        self._settles_each = settles_each
        self._core: HostedCore | None = None
        self._events: deque[Event] = deque()
        self._will: Publish | None = None

    @property
    def is_on(self) -> bool:
        return self._core is not None

    def boot(self, core: HostedCore, power: Event) -> bool:
        """Run this core from now on, beginning with the event of its power; return whether the power is still on."""
        self._core = core
        self.feed(power)
        return self.is_on

    def power_off(self) -> None:
        """Cut the power, between any two effects."""
        self._core = None
        self.forget_events()

    def forget_events(self) -> None:
        self._events.clear()

    def will(self) -> Publish | None:
        """Return the core's last will for a connection that is about to begin."""
        self.feed(Connecting())
        return self._will

    def feed(self, event: Event) -> None:
        """Hand an event to the core; those caused by effects wait their turn. With the power off it is dropped."""
        if self._core is not None:
            self._events.append(event)
            self.run()

    def queue(self, event: Event) -> None:
        """Let an event wait for the next ``run`` or ``feed``."""
        self._events.append(event)

    def run(self) -> None:
        """Hand over the waiting events."""
        if self.is_busy:
            return
        self.is_busy = True
        try:
            self._drain()
        except self._faults as fault:
            self._events.clear()
            self._on_fault(fault)
        finally:
            self.is_busy = False
        self._on_idle()

    def settle(self) -> None:
        """Do the rest of the core's work after events that were only met."""
        if self.is_busy or self._core is None:
            return
        self.is_busy = True
        try:
            self._carry_out(self._core, self._core.settle(self.hardware.clock.local_ms()))
            while self._events and (core := self._core) is not None:
                self._drain()
                self._carry_out(core, core.settle(self.hardware.clock.local_ms()))
        finally:
            self.is_busy = False

    def _drain(self) -> None:
        events, local_ms = self._events, self.hardware.clock.local_ms
        while events and (core := self._core) is not None:
            event = events.popleft()
            # A measurement needs no settling of its own where another event follows at once.
            is_settled = self._settles_each and not (events and isinstance(event, Measured))
            handle = core.handle if is_settled else core.meet
            self._carry_out(core, handle(event, local_ms()))

    def _carry_out(self, core: HostedCore, effects: Iterable[Effect]) -> None:
        for effect in effects:
            self._do(effect)
            if self._core is not core:
                return  # the power failed between two effects

    def _do(self, effect: Effect) -> None:
        """Carry out an effect; those of an alert are looked for first, as a swarm has thousands of them at once."""
        hardware = self.hardware
        match effect:
            case kinds.Save():
                hardware.flash.save(effect.entries)
            case Publish():
                hardware.link.publish(effect)
            case SoundEffect():
                hardware.sound.do(effect)
            case kinds.WakeAt():
                hardware.clock.wake_at(effect.at_ms)
            case ScreenEffect():
                if hardware.screen is not None:
                    hardware.screen.do(effect)
            case Fetch():
                hardware.content.want(effect)
            case kinds.Keep():
                hardware.content.keep_only(effect.sha256s)
            case kinds.Store():
                hardware.content.put(effect.sha256, effect.data)
            case _:
                self._do_rarely(effect)

    def _do_rarely(self, effect: Effect) -> None:
        match effect:
            case kinds.Connect():
                self._will = effect.will
            case kinds.Subscribe():
                self.hardware.link.subscribe(effect.topics)
            case kinds.Unsubscribe():
                self.hardware.link.unsubscribe(effect.topics)
            case kinds.Restart():
                self.hardware.restart(effect.reason)
            case kinds.SetContact():
                self.hardware.contact(effect.is_closed)
            case kinds.ShowKeypad():
                self.hardware.keypad(effect)
            case kinds.Probe():
                self.feed(Probed(effect.item, self.hardware.sound.idle_proof()))
            case WriteSlot():
                self.feed(self.hardware.write_slot(effect))
            case _:
                raise TypeError(effect)


class RewrittenLink:
    """Link whose published messages a faulty firmware changes, by fault injection."""

    def __init__(self, link: MessageLink, rewrite: Callable[[Publish], Publish]) -> None:
        self._link = link
        self._rewrite = rewrite

    def publish(self, message: Publish) -> None:
        self._link.publish(self._rewrite(message))

    def subscribe(self, topics: Iterable[tuple[str, int]]) -> None:
        self._link.subscribe(topics)

    def unsubscribe(self, topics: Iterable[str]) -> None:
        self._link.unsubscribe(topics)
