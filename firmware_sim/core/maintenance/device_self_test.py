"""Self-test by command: measurement in silence, and with ``audible`` a tone after it; its result is kept on flash.

The rules are those of docs/protocol.md, "Acting".
"""

from dataclasses import dataclass
from typing import Final

from devices.protocol.messages import Code, Command, CommandType, ExecutionState, Proof, TestResult
from firmware_sim.core.clock.clock import Moment
from firmware_sim.core.effects import Probe, Silence, StartTrack, StopSound, Tone
from firmware_sim.core.events import Event, Measured, Measurements, Probed, SoundEnded
from firmware_sim.core.sound.arbiter import OnAir, SoundSource
from firmware_sim.core.step import Step

OK: Final = "ok"
LINE: Final = "line"
AMP: Final = "amp"
MIC: Final = "mic"
DRAWS_MA: Final = 100
"""A tone at full volume draws at least this much more than silence, where a loudspeaker is driven."""
RISE_DB: Final = 3.0
QUIET_DB: Final = -45.0
MIC_FROM_PCT: Final = 30
"""The microphone proves something only in a quiet street, and of a tone at this volume or more."""
_LINE_IS_WELL: Final = ("", "ok")


def verdict(result: TestResult, idle_ma: int | None, idle_db: float | None, volume_pct: int) -> str:
    """Judge a test. ``idle_*``: measured in silence just before. A value that is not measured is no failure."""
    if result.spk not in _LINE_IS_WELL:
        return LINE
    if not result.audible or not volume_pct:
        return OK
    if result.amp_ma is not None and idle_ma is not None and result.amp_ma - idle_ma < DRAWS_MA * volume_pct / 100:
        return AMP
    if result.mic_db is None or idle_db is None or idle_db > QUIET_DB or volume_pct < MIC_FROM_PCT:
        return OK
    return OK if result.mic_db - idle_db >= RISE_DB else MIC


class SelfTestResults:
    """Result of the last test that counts: one word, kept on flash until the next test; ``self_test`` of Telemetry."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self.noted_at: int | None = None
        """Instant of the newest result of this boot."""

    @property
    def outcome(self) -> str:
        """Result in one word; empty: none yet."""
        return self._step.text("selftest", "word")

    @property
    def at(self) -> int | None:
        return self._step.number("selftest", "at") or None

    def note(self, outcome: str, at: int, *, is_audible: bool) -> None:
        """Keep a result; a silent test that passed does not clear a fault that a tone has shown."""
        if outcome == OK and not is_audible and self.outcome in (AMP, MIC):
            return
        self._step.remember("selftest", "word", outcome)
        self._step.remember("selftest", "at", at)
        self.noted_at = at


CLEAR_MS: Final = 60_000
"""A reboot and a self-test's tone keep this far from planned items."""
TONE: Final = "chime"
TONE_MS: Final = 2_000


@dataclass(slots=True)
class _RunningTest:
    """Self-test in progress. ``silence``: measured before its tone; ``reason``: why it was stopped."""

    command: Command
    silence: Proof | None = None
    volume_pct: int = 0
    is_sounding: bool = False
    is_stopping: bool = False
    reason: Code | None = None

    @property
    def item(self) -> str:
        return f"{self.command.cid}#test"


class DeviceSelfTest(SoundSource):
    """Self-test of one device. Its tone keeps nothing off the loudspeaker."""

    EVENTS = (Probed, SoundEnded, Measured)
    COMMANDS = (CommandType.SELFTEST,)
    STANDING = ExecutionState.RECEIVED

    def _set_up(self) -> None:
        self._test: _RunningTest | None = None
        self._measured = Measurements()
        self._parts.arbiter.register(self)

    @property
    def is_on_card(self) -> bool:
        return self._test is not None and self._test.is_sounding

    def on_card(self) -> set[str]:
        return {self._test.item} if self._test is not None and self._test.is_sounding else set()

    def being_stopped(self) -> set[str]:
        return {self._test.item} if self._test is not None and self._test.is_stopping else set()

    def on_air(self) -> OnAir | None:
        test = self._test
        return OnAir(test.command.cid, "command", None) if test is not None and test.is_sounding else None

    def is_busy(self, now: int) -> bool:
        """Return whether something sounds here, or will within ``CLEAR_MS``."""
        if self._test is not None or self._parts.arbiter.prio_beside(self):
            return True
        return any(item.holds_speaker or item.start_at <= now + CLEAR_MS for item in self._parts.items)

    # Commands.

    def refusal(self, command: Command, now: int) -> Code | None:
        if not command.audible:
            return Code.BUSY if self._test is not None else None
        return Code.BUSY if self.is_busy(now) else self._parts.settings.silence_at(now, now + TONE_MS)

    def obey(self, command: Command, source: bytes, now: int) -> None:
        self._parts.tasks.begin(command)
        self._test = _RunningTest(command)
        self._step.do(Probe(command.cid))

    def obey_stop(self, command: Command, now: int) -> None:
        if not command.drill:
            self._silence(Code.CANCELLED)

    def press_stop(self, now: int) -> list[str]:
        silenced = list(self.on_card())
        self._silence(Code.LOCAL_STOP)
        return silenced

    def _silence(self, code: Code) -> None:
        """Stop the tone; the answer is sent when the sound card reports the end."""
        test = self._test
        if test is not None and test.is_sounding and not test.is_stopping:
            test.is_stopping, test.reason = True, code
            self._step.do(StopSound(test.item))

    # Events.

    def handle(self, event: Event, at: Moment) -> None:
        test = self._test
        match event:
            case Measured():
                self._measured = event.measurements
            case Probed() if test is not None and event.item == test.command.cid:
                self._probed(test, event.proof, at.stamp)
            case SoundEnded() if test is not None and event.item == test.item:
                if not event.whole:
                    test.reason = test.reason or Code.BUSY_HIGHER
                self._finish(test, event.proof, self._clock.to_true(event.at_ms))
            case _:
                pass

    def _probed(self, test: _RunningTest, proof: Proof | None, now: int) -> None:
        """Take the measurement in silence: a silent test ends with it, an audible one begins its tone."""
        test.silence = proof
        if not test.command.audible:
            self._finish(test, proof, now)
            return
        test.is_sounding = True
        test.volume_pct = self._parts.settings.volume_at(now)
        wake_ms = self._parts.amplifier.wake_ms(now)
        self._step.do(
            StartTrack(
                item=test.item,
                cid=test.command.cid,
                round=0,
                at_ms=self._clock.to_local(now),
                volume_pct=test.volume_pct,
                is_drill=False,
                parts=(*((Silence(wake_ms),) if wake_ms else ()), Tone(TONE, TONE_MS)),
                is_open=False,
            )
        )
        self._parts.tasks.started(test.command, now)

    def _finish(self, test: _RunningTest, proof: Proof | None, at: int) -> None:
        self._test = None
        result = TestResult(
            audible=test.command.audible and test.reason is None,
            amp_ma=None if proof is None else proof.amp_ma,
            mic_db=None if proof is None else proof.mic_db,
            spk=self._measured.spk,
            line_ohm=self._measured.line_ohm,
        )
        code = test.reason or self._judge(test, result, at)
        jitter_ms = 0 if test.command.audible else test.command.jitter_ms
        self._parts.tasks.end(test.command.cid, at, code=code, test=result, jitter_ms=jitter_ms)

    def _judge(self, test: _RunningTest, result: TestResult, at: int) -> Code | None:
        """Judge and note a test that ran to its end; None: it passed. Of a stopped one nothing is known."""
        before = test.silence or Proof()
        outcome = verdict(result, before.amp_ma, before.mic_db, test.volume_pct)
        self._parts.test_results.note(outcome, at, is_audible=result.audible)
        return None if outcome == OK else Code.AMP_FAULT
