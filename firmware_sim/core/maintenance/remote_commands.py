"""Remote commands: volume, reboot, resync, log; and the tasks among all commands, which take time.

The rules are those of docs/protocol.md, "Acting".
"""

import hashlib
from typing import Final

import msgspec

from devices.protocol import codec, topics
from devices.protocol.messages import Code, Command, CommandType, ExecutionState, LogPart, TestResult
from firmware_sim.core.clock.clock import Moment
from firmware_sim.core.component import Component, DevicePart
from firmware_sim.core.effects import Publish, Restart
from firmware_sim.core.events import Event, PowerOn
from firmware_sim.core.maintenance.device_log import parts_of
from firmware_sim.core.reports.report_queue import DAY_S

LOG_EVERY_MS: Final = 10_000
"""The log is sent again at most this often: a replayed command must not use up a month's data."""


class TaskAnswers(DevicePart):
    """Tasks under way, and their answers."""

    def begin(self, command: Command) -> None:
        self._step.remember("task", command.cid, command.type)

    def started(self, command: Command, now: int) -> None:
        self._reports.answer(command.cid, ExecutionState.STARTED, now)

    def end(
        self, cid: str, now: int, *, code: Code | None = None, test: TestResult | None = None, jitter_ms: int = 0
    ) -> None:
        """Answer a task that is done, or has failed with ``code``; copies of its command are answered so too."""
        self._step.forget("task", cid)
        standing = ExecutionState.DONE if code is None else ExecutionState.FAILED
        kept = self._step.known("seen").get(cid)
        if isinstance(kept, dict):
            result = {} if test is None else {"test": msgspec.to_builtins(test)}
            self._step.remember("seen", cid, {**kept, "st": str(standing), **result})
        self._reports.answer(cid, standing, now, code=code, test=test, jitter_ms=jitter_ms)

    def settle_interrupted(self, now: int) -> bool:
        """Answer the tasks that this boot interrupted: a reboot is done, a self-test has failed.

        Returns:
            True after a reboot by command.
        """
        tasks = list(self._step.known("task").items())
        for cid, kind in tasks:
            self.end(cid, now, code=None if kind == CommandType.REBOOT else Code.POWER_LOST)
        return any(kind == CommandType.REBOOT for _, kind in tasks)


class RemoteCommands(Component):
    """Remote commands of one device, apart from the self-test."""

    EVENTS = (PowerOn,)
    COMMANDS = (CommandType.VOLUME, CommandType.REBOOT, CommandType.RESYNC, CommandType.LOG)

    def _set_up(self) -> None:
        self._log_sent_at = 0
        self.began = ""
        """Reason of this boot: "command" after a reboot by command, else empty: the device knows why it started."""

    def handle(self, event: Event, at: Moment) -> None:
        is_ordered = self._parts.tasks.settle_interrupted(at.stamp)
        self.began = "command" if is_ordered else ""
        self._parts.log.began(self._reports.boot, self.began or "power", at.stamp)

    def refusal(self, command: Command, now: int) -> Code | None:
        if command.type == CommandType.VOLUME:
            return Code.MALFORMED if command.volume_pct is None else None
        is_reboot = command.type == CommandType.REBOOT
        return Code.BUSY if is_reboot and self._parts.self_test.is_busy(now) else None

    def standing(self, command: Command) -> ExecutionState:
        is_at_once = command.type in (CommandType.VOLUME, CommandType.RESYNC)
        return ExecutionState.DONE if is_at_once else ExecutionState.RECEIVED

    def obey(self, command: Command, source: bytes, now: int) -> None:
        match command.type:
            case CommandType.VOLUME:
                self._step.remember("setting", "volume_pct", command.volume_pct)
                self._reports.answer(command.cid, ExecutionState.DONE, now, jitter_ms=command.jitter_ms)
            case CommandType.RESYNC:
                self._parts.sync.ask(now, command.cid)
                self._reports.answer(command.cid, ExecutionState.DONE, now, jitter_ms=command.jitter_ms)
            case CommandType.REBOOT:
                self._parts.tasks.begin(command)
                self._reports.answer(command.cid, ExecutionState.RECEIVED, now)
                self._reports.advance(now)
                self._step.do(Restart())
            case _:
                self._reports.answer(command.cid, ExecutionState.RECEIVED, now, jitter_ms=command.jitter_ms)
                self._send_log(command.cid, now)

    def repeat(self, command: Command, now: int) -> None:
        """Send the log again for a copy of its command."""
        if command.type == CommandType.LOG:
            self._send_log(command.cid, now)

    def _send_log(self, cid: str, now: int) -> None:
        if self._log_sent_at and now - self._log_sent_at < LOG_EVERY_MS:
            return
        self._log_sent_at = now
        packed = self._parts.log.packed()
        sha256 = hashlib.sha256(packed).hexdigest()
        parts = parts_of(packed)
        topic = topics.device_request(self._parts.id, "log")
        for n, data in enumerate(parts):
            body = LogPart(v=1, ts=max(0, now), cid=cid, sha256=sha256, n=n, of=len(parts), data=data)
            self._step.do(Publish(topic, codec.encode(body), expiry_s=DAY_S))
