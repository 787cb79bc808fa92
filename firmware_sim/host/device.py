"""Simulated device in real time: the core with a flash folder, a link, a fetcher and a player."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from firmware_sim.boards.board import AnimatedScreen, Board
from firmware_sim.core.device import DeviceCore
from firmware_sim.core.effects import Prepare, Publish, ShowKeypad, Subscribe
from firmware_sim.core.events import (
    Connected,
    ContentHeld,
    Disconnected,
    Event,
    FeedTurned,
    KeyTurned,
    LocalStop,
    MessageDelivered,
    PowerOn,
    Sensed,
    SoundEnded,
    SoundStarted,
    Woken,
)
from firmware_sim.hardware_clock import now_ms
from firmware_sim.host.bridge import LISTEN_S, BridgeHost
from firmware_sim.host.device_host import DeviceHost, Hardware, RewrittenLink
from firmware_sim.host.ground_truth import TruthLog
from firmware_sim.host.physics_monitor import PhysicsMonitor
from firmware_sim.network.fetch import FetchPool, Shelf
from firmware_sim.network.link import Crowd, Link, client_context
from firmware_sim.network.shaping import FaultHooks
from firmware_sim.physics.amplifier import Amplifier, LoudspeakerLine
from firmware_sim.physics.device_physics import DevicePhysics
from firmware_sim.provisioning.bundle import Bundle
from firmware_sim.provisioning.certificates import Renewal
from firmware_sim.sound.output import SoundOutput
from firmware_sim.sound.player import Player, Tell
from firmware_sim.stations.station import SimulatedStation
from firmware_sim.storage import firmware_image
from firmware_sim.storage.firmware_image import FileSlots
from firmware_sim.storage.flash import Flash

FAULT_PAUSE_S: Final = 5.0
"""A device whose flash refuses a write restarts after this: it must not act on state that it cannot save."""

MakePlayer = Callable[[Tell, Flash], Player]

log = logging.getLogger(__name__)


class SimulatedDevice:
    """One device of a fleet, in the loop's thread."""

    def __init__(
        self,
        bundle: Bundle,
        flash: Flash,
        truth: TruthLog,
        *,
        pool: FetchPool,
        crowd: Crowd,
        make_player: MakePlayer,
        reconnect_s: tuple[float, float],
        on_online: Callable[[bool], None],
        board: Board | None = None,
        station: SimulatedStation | None = None,
        bridge: BridgeHost | None = None,
        physics: DevicePhysics | None = None,
        hooks: FaultHooks | None = None,
    ) -> None:
        self._identity = bundle.identity
        self._flash = flash
        self._slots = FileSlots(flash.root)
        self._truth = truth
        self._station = station
        self._bridge = bridge
        self._hooks = hooks
        looked = (lambda: None) if hooks is None else hooks.looked
        drives = Amplifier(LoudspeakerLine()) if physics is None else physics.amplifier
        self._amplifier = None if bundle.is_board else drives
        self._watch = None if physics is None else PhysicsMonitor(physics, now_ms, self._feed, looked)
        self._clock_off_ms = bundle.clock_off_ms
        self._screen = None if board is None else AnimatedScreen(board, self._clock_off_ms)
        self._on_online = on_online
        self._loop = asyncio.get_running_loop()
        shaper = None if hooks is None else hooks.shaper
        self._shelf = Shelf(flash, pool, self._content_held, None if shaper is None else shaper.network)
        self._make_player = make_player
        self._playing = self._output()
        self._link = Link(
            self._identity.id,
            bundle.broker(reconnect_s),
            self,
            crowd,
            shaper,
            desired=lambda: self._core.config.desired,
        )
        link = self._link if hooks is None else RewrittenLink(self._link, hooks.said)
        self._host = DeviceHost(
            Hardware(
                clock=self,
                flash=flash,
                link=link,
                content=self._shelf,
                sound=self._playing,
                restart=lambda reason: self._loop.call_soon(self.restart, reason),
                screen=self._screen,
                contact=self._switch_contact,
                write_slot=lambda effect: firmware_image.write(self._slots, flash, effect),
                keypad=self._show_keypad,
            ),
            on_fault=self._fault,
        )
        self._is_over = False
        self._keypad: ShowKeypad | None = None
        self._wake: asyncio.TimerHandle | None = None
        self._listening: asyncio.TimerHandle | None = None
        self._core = self._boot()
        self._renewal = Renewal(
            bundle.folder,
            self._identity,
            keys=lambda: self._core.config.keys,
            send=self._link.publish,
            use=lambda: self._use(bundle.folder),
            drop=self._link.drop,
        )
        self._link.on_refused = self._renewal.refused

    async def run(self, reason: str = "power") -> None:
        """Run from power-on until cancelled, which is power-off."""
        self._begin(reason)
        if self._bridge is not None:
            self._listen(self._bridge)
        try:
            await self._link.run()
        finally:
            self._is_over = True
            self._host.power_off()
            self._power_off()
            if self._listening is not None:
                self._listening.cancel()
            if self._station is not None:
                self._station.close()
            self._flash.close()
            self._truth.close()

    def restart(self, reason: str) -> None:
        """Power off and on."""
        if self._is_over:
            return
        self._power_off()
        self._playing = self._output()
        self._host.hardware.sound = self._playing
        self._core = self._boot()
        self._begin(reason)
        self._link.drop()

    def _output(self) -> SoundOutput:
        """Return the sound of a boot."""
        player = self._make_player(self._player_tells, self._flash)
        return SoundOutput(player, self._clock_off_ms, self._amplifier)

    def _begin(self, reason: str) -> None:
        self._host.boot(self._core, self._power)
        if self._watch is not None:
            self._watch.start(reason)

    def _use(self, folder: Path) -> None:
        """Use the next certificate, or the previous one again."""
        self._link.use(client_context(folder))
        if self._watch is not None:
            self._watch.certified(folder / "device.pem")

    def press_stop(self) -> None:
        """Press the stop key at the box."""
        self._truth.pressed(now_ms())
        self._feed(LocalStop())

    def turn_key(self, choice: int, pin: str) -> ShowKeypad | None:
        """Choose an order, type the PIN and turn the key; return what the keypad shows. None: the power is off."""
        self._keypad = None
        self._feed(KeyTurned(choice, pin))
        return self._keypad

    def _show_keypad(self, shown: ShowKeypad) -> None:
        self._truth.turned_key(now_ms(), shown.refusal)
        self._keypad = shown

    # Actions of a scenario.

    def felt(self) -> None:
        """Measure the box again: something of it has changed."""
        if self._watch is not None:
            self._watch.measure()

    def say(self, message: Publish) -> None:
        """Publish in this device's name, without its firmware knowing."""
        self._host.hardware.link.publish(message)

    def ask(self, effect: Subscribe) -> None:
        self._link.subscribe(effect.topics)

    # Events of the link.

    def will(self) -> Publish:
        will = self._host.will()
        if will is None:
            raise RuntimeError("the core gave no will")
        return will

    def connected(self) -> None:
        self._feed(Connected(self._renewal.number))
        self._link.subscribe(self._renewal.subscriptions)
        self._renewal.connected()
        if self._station is not None:
            self._link.subscribe(self._station.subscriptions)
            self._station.connected(self._link.publish)
        self._on_online(True)  # noqa: FBT003 - the call-back's only word

    def disconnected(self) -> None:
        if self._station is not None:
            self._station.disconnected()
        self._feed(Disconnected())
        self._on_online(False)  # noqa: FBT003 - the call-back's only word

    def message(self, topic: str, payload: bytes) -> None:
        if self._hooks is not None:
            self._hooks.heard((topic, payload))
        if self._station is not None:
            self._station.receive(topic, payload)
        self._renewal.receive(topic, payload)
        self._feed(MessageDelivered(topic, payload))

    def _player_tells(self, event: Event) -> None:
        """Hand an event of the player to the core, by the hardware's own clock; note in the truth log what sounds."""
        match event:
            case SoundStarted(item, at_ms):
                if (order := self._playing.order(item)) is not None:
                    self._truth.started(order, at_ms)
                self._feed(SoundStarted(item, at_ms + self._clock_off_ms))
                self._sounds(0 if order is None else order.volume_pct)
            case SoundEnded(item, at_ms, whole):
                self._truth.ended(item, at_ms, whole=whole)
                self._feed(SoundEnded(item, at_ms + self._clock_off_ms, whole, self._playing.proof(item)))
                self._sounds(0)
            case FeedTurned(item, what, at_ms):
                self._truth.turned(item, what, at_ms)
                self._feed(FeedTurned(item, what, at_ms + self._clock_off_ms))
            case _:
                self._feed(event)

    def _sounds(self, volume_pct: int) -> None:
        if self._watch is not None:
            self._watch.sounds(volume_pct)

    def _boot(self) -> firmware_image.Core:
        self._power = PowerOn(nonce=secrets.token_hex(5))
        facts, at_ms = self._flash.load(), self.local_ms()
        running, data = firmware_image.start(self._slots, self._flash, facts)
        core = DeviceCore(self._identity, facts, self._power, at_ms, running=running)
        return firmware_image.run(core, data, at_ms)

    def _power_off(self) -> None:
        if self._bridge is not None:
            self._bridge.switch(is_closed=False)
        if self._wake is not None:
            self._wake.cancel()
        if self._watch is not None:
            self._watch.stop()
        self._shelf.close()
        self._playing.close()
        if self._screen is not None:
            self._screen.power_off()
        self._host.forget_events()

    def _content_held(self, sha256: str, data: bytes | None) -> None:
        if data is None:
            self._playing.player.do(Prepare(sha256))
        self._feed(ContentHeld(sha256, data))

    def _feed(self, event: Event) -> None:
        self._host.feed(event)

    def _fault(self, fault: Exception) -> None:
        """Restart after a while: flash refused a write, or a fault of ours."""
        log.error("%s: firmware fault, restarting", self._identity.id, exc_info=fault)
        self._loop.call_later(FAULT_PAUSE_S, self.restart, "watchdog")

    def _switch_contact(self, is_closed: bool) -> None:  # noqa: FBT001 - the call-back's only word
        self._truth.switched(now_ms(), is_closed=is_closed)
        if self._bridge is not None:
            self._bridge.switch(is_closed=is_closed)

    def _listen(self, bridge: BridgeHost) -> None:
        """Read the levels at a bridge again and again, until the process ends."""
        for where, is_loud in bridge.changes():
            self._truth.foreign(where, now_ms(), is_loud=is_loud)
            self._feed(Sensed(where, is_loud))
        self._listening = self._loop.call_later(LISTEN_S, self._listen, bridge)

    # Clock of the hardware.

    def local_ms(self) -> int:
        """Return the time of the hardware's clock."""
        return now_ms() + self._clock_off_ms

    def wake_at(self, local_ms: int) -> None:
        """Wake the core at this time of the hardware's clock."""
        if self._wake is not None:
            self._wake.cancel()
        self._wake = self._loop.call_later(max(0, local_ms - self.local_ms()) / 1000, self._feed, Woken())
