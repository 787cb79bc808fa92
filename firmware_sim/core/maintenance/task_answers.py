"""Tasks: commands that take time. A task that a power cut interrupts is on flash, and is answered at the next boot."""

import msgspec

from devices.protocol.messages import Code, Command, CommandType, ExecutionState, TestResult
from firmware_sim.core.component import DevicePart


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
