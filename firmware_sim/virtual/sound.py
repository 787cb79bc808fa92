"""Sound of a device in virtual time: the core's effects on its card, and what of it amplifier and line let out."""

from collections.abc import Callable

from devices.protocol.messages import Proof
from firmware_sim.core.effects import (
    CloseStream,
    ExtendTrack,
    FeedRelay,
    OpenStream,
    PlayLive,
    Prepare,
    SoundEffect,
    StartLive,
    StartRelay,
    StartSound,
    StartTrack,
    StopSound,
)
from firmware_sim.core.events import ContentSpoilt, Event, SoundEnded, SoundStarted, StreamCame
from firmware_sim.physics.device_physics import DevicePhysics
from firmware_sim.sound.silent_player import NOMINAL_DB, NOMINAL_LEVEL
from firmware_sim.sound.timed_card import TimedCard
from firmware_sim.storage.flash_faults import FailingFlash
from firmware_sim.virtual.ground_truth import TrueSound, Truth


class AudioSink:
    """Audible output of one device. ``now``: real time of the world, ms UTC; ``boot``: name of the present boot.

    A board keeps time with its alerts as loudspeakers do, but its sound is neither heard nor measured.
    """

    def __init__(
        self,
        name: str,
        physics: DevicePhysics,
        truth: Truth,
        now: Callable[[], int],
        boot: Callable[[], str],
        *,
        is_board: bool,
    ) -> None:
        self._name = name
        self._physics = physics
        self._truth = truth
        self._now = now
        self._boot = boot
        self._is_board = is_board
        self._volume: dict[str, int] = {}
        self._planned: dict[str, int] = {}
        self._open: dict[str, TrueSound] = {}

    def expects(self, item: str, planned_ms: int, volume_pct: int) -> None:
        """Note that an item was handed to the card."""
        self._volume[item] = volume_pct
        self._planned[item] = planned_ms

    def hears(self, event: Event, off_ms: int) -> None:
        """Apply an event of the card to the device, before the core gets it.

        ``off_ms``: error of the device's clock.
        """
        match event:
            case SoundStarted(item=item):
                self._set_loudness(self._loudness(item))
                sounding = TrueSound(
                    device=self._name,
                    item=item,
                    boot=self._boot(),
                    planned_at=self._planned.get(item, 0),
                    started_at=self._now(),
                    off_ms=off_ms,
                    is_heard=not self._is_board and not self._physics.why_silent(),
                )
                self._open[item] = self._truth.sounds(sounding)
            case SoundEnded(item=item, whole=whole):
                if (begun := self._open.pop(item, None)) is not None:
                    self._truth.ended(begun, self._now(), is_whole=whole)
                    self._set_loudness(0.0)
                self._volume.pop(item, None)
                self._planned.pop(item, None)
            case _:
                pass

    def power_off(self) -> None:
        """End all sounds with the power."""
        for sounding in self._open.values():
            self._truth.ended(sounding, self._now(), is_whole=False, by_power=True)
        self._open.clear()
        self._set_loudness(0.0)

    def proof(self, item: str) -> Proof | None:
        """Return the measurements of amplifier and microphone for an item; of silence, where it is none."""
        return None if self._is_board else self._physics.amplifier.proof(self._loudness(item))

    def _loudness(self, item: str) -> float:
        return NOMINAL_LEVEL * self._volume.get(item, 0) / 100

    def _set_loudness(self, loudness: float) -> None:
        self._physics.step(self._now())
        self._physics.loudness = loudness


class VirtualSound:
    """Sound of one device. ``tell`` is the core; ``clock_off_ms``: present error of the device's clock."""

    def __init__(
        self,
        card: TimedCard,
        sink: AudioSink,
        flash: FailingFlash,
        tell: Callable[[Event], object],
        clock_off_ms: Callable[[], int],
    ) -> None:
        self._card = card
        self._sink = sink
        self._flash = flash
        self._tell = tell
        self._clock_off_ms = clock_off_ms

    def do(self, effect: SoundEffect) -> None:
        """Carry out a sound effect."""
        match effect:
            case StartSound():
                missing = [sha256 for sha256 in effect.sounds if not self._check(sha256)]
                if not missing:
                    self._card.do(effect)  # which may take the same item back first
                    self._expect(effect)
            case StartRelay():
                self._card.do(effect)
                self._expect(effect)
            case StartTrack() | StartLive():
                self._expect(effect)
                self._card.do(effect)
            case ExtendTrack() | StopSound() | PlayLive():
                self._card.do(effect)
            case Prepare():
                self._check(effect.sha256)
            case OpenStream():
                self._tell(StreamCame(effect.item, effect.buffer_ms, effect.buffer_ms, NOMINAL_DB))
            case CloseStream() | FeedRelay():
                pass  # every stream is there

    def idle_proof(self) -> Proof | None:
        """Measure amplifier and microphone without a sound."""
        return self._sink.proof("")

    def _expect(self, order: StartSound | StartRelay | StartTrack | StartLive) -> None:
        self._sink.expects(order.item, order.at_ms - self._clock_off_ms(), order.volume_pct)

    def _check(self, sha256: str) -> bool:
        if self._flash.held(sha256) is None:
            self._tell(ContentSpoilt(sha256))
            return False
        return True
