"""Remote commands: volume, reboot, self-test, resync, log.

The rules are those of docs/protocol.md, "Acting".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from devices.protocol import codec, quiet, topics
from devices.protocol.messages import Code, Command, CommandType, Desired, LogPart, Proof, Standing, TestResult
from firmware_sim.core.clock.clock import Clock
from firmware_sim.core.effects import Probe, Publish, Restart, Silence, StartTrack, StopSound, Tone
from firmware_sim.core.health.measurements import Measurements
from firmware_sim.core.maintenance.device_log import DeviceLog, parts_of
from firmware_sim.core.maintenance.self_test_results import OK, SelfTestResults, verdict
from firmware_sim.core.reports.report_queue import DAY_S, ReportQueue
from firmware_sim.core.schedule.item_player import ItemPlayer
from firmware_sim.core.step import Step

TYPES: Final = frozenset[str](
    {CommandType.VOLUME, CommandType.REBOOT, CommandType.SELFTEST, CommandType.RESYNC, CommandType.LOG}
)
CLEAR_MS: Final = 60_000
"""A reboot and a self-test's tone keep this far from planned items."""
TONE: Final = "chime"
TONE_MS: Final = 2_000
LOG_EVERY_MS: Final = 10_000
"""The log is sent again at most this often: a replayed command must not use up a month's data."""


@dataclass(slots=True)
class _Test:
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


class RemoteCommands:
    """Remote commands of one device. ``vitals``: last measurements; ``wake_ms``: silence that wakes the amplifier."""

    def __init__(self, step: Step, reports: ReportQueue, clock: Clock, speaker: ItemPlayer, device_id: str) -> None:
        self._step = step
        self._reports = reports
        self._clock = clock
        self._speaker = speaker
        self.device_id = device_id
        self._test: _Test | None = None
        self._log_told_at = 0
        self.tests = SelfTestResults(step)
        self.began = ""
        self.journal = DeviceLog(step)
        reports.note = self.journal.write
        self.vitals = Measurements()
        self.wake_ms: Callable[[int], int] = lambda _: 0
        self.on_resync: Callable[[int, str], None] = lambda _now, _cid: None

    def power_on(self, now: int) -> None:
        """Report the tasks that this boot interrupted: a reboot is done, a self-test has failed.

        ``began`` is "command" after a reboot by command; else it is empty: the box knows why it started.
        """
        reason = "power"
        for cid, kept in list(self._step.known("task").items()):
            self._step.forget("task", cid)
            if kept == CommandType.REBOOT:
                reason = "command"
                self._answer(cid, Standing.DONE, now)
            else:
                self._answer(cid, Standing.FAILED, now, code=Code.POWER_LOST)
        self.began = reason if reason == "command" else ""
        self.journal.began(self._reports.boot, reason, now)

    # Commands.

    def cannot(self, command: Command, desired: Desired | None, now: int) -> Code | None:
        """Return why the device refuses a command that passed the protocol's verdict, or None."""
        match command.type:
            case CommandType.VOLUME:
                return Code.MALFORMED if command.volume_pct is None else None
            case CommandType.REBOOT:
                return Code.BUSY if self._is_busy(now) else None
            case CommandType.SELFTEST if command.audible:
                return self._cannot_sound(desired, now)
            case CommandType.SELFTEST if self._test is not None:
                return Code.BUSY
            case _:
                return None

    def standing(self, command: Command) -> Standing:
        """Return the command's state right after it is obeyed: tasks that take time are only received."""
        is_at_once = command.type in (CommandType.VOLUME, CommandType.RESYNC)
        return Standing.DONE if is_at_once else Standing.RECEIVED

    def obey(self, command: Command, now: int) -> None:
        """Carry out a command of ``TYPES`` whose id is remembered already."""
        match command.type:
            case CommandType.VOLUME:
                self._step.remember("setting", "volume_pct", command.volume_pct)
                self._reports.answer(command.cid, Standing.DONE, now, jitter_ms=command.jitter_ms)
            case CommandType.RESYNC:
                self.on_resync(now, command.cid)
                self._reports.answer(command.cid, Standing.DONE, now, jitter_ms=command.jitter_ms)
            case CommandType.REBOOT:
                self._step.remember("task", command.cid, command.type)
                self._reports.answer(command.cid, Standing.RECEIVED, now)
                self._reports.send_due(now)
                self._step.do(Restart())
            case CommandType.SELFTEST:
                self._step.remember("task", command.cid, command.type)
                self._test = _Test(command)
                self._step.do(Probe(command.cid))
            case _:
                self._reports.answer(command.cid, Standing.RECEIVED, now, jitter_ms=command.jitter_ms)
                self._tell_log(command.cid, now)

    def again(self, command: Command, now: int) -> TestResult | None:
        """Handle a copy of a command: return the test result for its answer; a log command sends the log again."""
        if command.type == CommandType.LOG:
            self._tell_log(command.cid, now)
        kept = self._step.known("seen").get(command.cid)
        test = kept.get("test") if isinstance(kept, dict) else None
        return None if test is None else msgspec.convert(test, TestResult)

    def silence(self, code: Code) -> None:
        """Stop the self-test's tone; the answer is sent when the sound card reports the end."""
        test = self._test
        if test is not None and test.is_sounding and not test.is_stopping:
            test.is_stopping, test.reason = True, code
            self._step.do(StopSound(test.item))

    @property
    def on_card(self) -> set[str]:
        return {self._test.item} if self._test is not None and self._test.is_sounding else set()

    @property
    def being_stopped(self) -> set[str]:
        return {self._test.item} if self._test is not None and self._test.is_stopping else set()

    # Hardware events.

    def probed(self, item: str, proof: Proof | None, now: int) -> None:
        """Take the measurement in silence: a silent test ends with it, an audible one begins its tone."""
        test = self._test
        if test is None or item != test.command.cid:
            return
        test.silence = proof
        if not test.command.audible:
            self._finish(test, proof, now)
            return
        test.is_sounding = True
        test.volume_pct = self._speaker.volume_at(now)
        wake_ms = self.wake_ms(now)
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
        self._reports.answer(test.command.cid, Standing.STARTED, now)

    def ended(self, item: str, at: int, *, whole: bool, proof: Proof | None) -> None:
        test = self._test
        if test is None or item != test.item:
            return
        if not whole:
            test.reason = test.reason or Code.BUSY_HIGHER
        self._finish(test, proof, at)

    def _finish(self, test: _Test, proof: Proof | None, at: int) -> None:
        self._test = None
        cid = test.command.cid
        vitals = self.vitals
        result = TestResult(
            audible=test.command.audible and test.reason is None,
            amp_ma=None if proof is None else proof.amp_ma,
            mic_db=None if proof is None else proof.mic_db,
            spk=vitals.spk,
            line_ohm=vitals.line_ohm,
        )
        code = test.reason or self._judge(test, result, at)
        self._step.forget("task", cid)
        standing = Standing.DONE if code is None else Standing.FAILED
        jitter_ms = 0 if test.command.audible else test.command.jitter_ms
        self._answer(cid, standing, at, code=code, test=result, jitter_ms=jitter_ms)

    def _judge(self, test: _Test, result: TestResult, at: int) -> Code | None:
        """Judge and note a test that ran to its end; None: it passed. Of a stopped one nothing is known."""
        before = test.silence or Proof()
        word = verdict(result, before.amp_ma, before.mic_db, test.volume_pct)
        self.tests.note(word, at, is_audible=result.audible)
        return None if word == OK else Code.AMP_FAULT

    def _answer(
        self,
        cid: str,
        standing: Standing,
        now: int,
        *,
        code: Code | None = None,
        test: TestResult | None = None,
        jitter_ms: int = 0,
    ) -> None:
        kept = self._step.known("seen").get(cid)
        if isinstance(kept, dict):
            told = {} if test is None else {"test": msgspec.to_builtins(test)}
            self._step.remember("seen", cid, {**kept, "st": str(standing), **told})
        self._reports.answer(cid, standing, now, code=code, test=test, jitter_ms=jitter_ms)

    def _cannot_sound(self, desired: Desired | None, now: int) -> Code | None:
        if self._is_busy(now):
            return Code.BUSY
        if now < self._speaker.hush_until:
            return Code.HUSHED
        ends_at = now + TONE_MS
        if desired is not None and quiet.is_quiet(now, ends_at, desired.quiet, desired.utc_offset_min):
            return Code.QUIET_HOURS
        return None

    def _is_busy(self, now: int) -> bool:
        """Return whether something sounds here, or will within ``CLEAR_MS``."""
        if self._test is not None or self._speaker.bar():
            return True
        return any(each.holds_speaker or each.start_at <= now + CLEAR_MS for each in self._speaker)

    def _tell_log(self, cid: str, now: int) -> None:
        if self._log_told_at and now - self._log_told_at < LOG_EVERY_MS:
            return
        self._log_told_at = now
        packed = self.journal.packed()
        sha256 = hashlib.sha256(packed).hexdigest()
        parts = parts_of(packed)
        topic = topics.device_request(self.device_id, "log")
        for n, data in enumerate(parts):
            body = LogPart(v=1, ts=max(0, now), cid=cid, sha256=sha256, n=n, of=len(parts), data=data)
            self._step.do(Publish(topic, codec.encode(body), expiry_s=DAY_S))
