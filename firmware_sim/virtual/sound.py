"""Sound of a device in virtual time: hands the core's effects to its card, and tells the audio sink what to expect."""

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
from firmware_sim.core.events import ContentSpoilt, Event, StreamCame
from firmware_sim.sound.silent_player import NOMINAL_DB
from firmware_sim.storage.flash_faults import FailingFlash
from firmware_sim.virtual.audio_sink import AudioSink
from firmware_sim.virtual.card import VirtualCard


class VirtualSound:
    """Sound of one device. ``tell`` is the core; ``clock_off_ms``: present error of the device's clock."""

    def __init__(
        self,
        card: VirtualCard,
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
