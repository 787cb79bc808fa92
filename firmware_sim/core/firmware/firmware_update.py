"""Firmware update: writes an image to the slot that does not run, tries it at a calm moment, keeps it once proven.

::

    fetching ──► ready ──► trying ──► done        reported by the new image, when it has proven itself
            │          │          └─────► failed      reported by the old image, which is back
        └──────────┴── cancelled, failed (EXPIRED)

Every step is one batch on flash; after a power cut between two steps the next start goes on from the last.
"""

from dataclasses import replace
from enum import StrEnum
from typing import Final

import msgspec

from devices.protocol import verdict
from devices.protocol.errors import ProtocolError
from devices.protocol.messages import Code, Command, CommandType, ExecutionState, Image
from firmware_sim.core.clock.clock import NEVER_MS, Moment
from firmware_sim.core.component import Component
from firmware_sim.core.effects import Probe, Restart, WriteSlot
from firmware_sim.core.events import Connected, ContentHeld, Disconnected, Event, Measured, PowerOn, Probed, SlotWritten
from firmware_sim.core.firmware.bootloader import FACTORY_SLOT, TRIES, other

NEAR_MS: Final = 900_000
"""Items planned within this are not put at risk: an image that fails takes three starts to be replaced."""
STABLE_MS: Final = 600_000
PROVE_WITHIN_MS: Final = 1_800_000
"""An image without a link by then is at fault: the old one had a link."""
WEAK_BELOW_PCT: Final = 50
LOOK_MS: Final = 60_000
JITTER_MS: Final = 2_000
PROBE: Final = "install"


class InstallStage(StrEnum):
    FETCHING = "fetching"
    READY = "ready"
    TRYING = "trying"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


STANDING: Final = {
    InstallStage.FETCHING: ExecutionState.RECEIVED,
    InstallStage.READY: ExecutionState.READY,
    InstallStage.TRYING: ExecutionState.STARTED,
    InstallStage.DONE: ExecutionState.DONE,
    InstallStage.FAILED: ExecutionState.FAILED,
    InstallStage.CANCELLED: ExecutionState.CANCELLED,
}
WAITING: Final = frozenset({InstallStage.FETCHING, InstallStage.READY})


class InstallJob(msgspec.Struct, frozen=True):
    """Last install command, and its progress."""

    cid: str
    exp: int
    slot: str
    image: Image
    stage: InstallStage = InstallStage.FETCHING
    code: Code | None = None


class FirmwareUpdate(Component):
    """Firmware update in one boot; it gives way to alerts, live addresses and planned items."""

    EVENTS = (PowerOn, Connected, Disconnected, ContentHeld, SlotWritten, Probed, Measured)
    COMMANDS = (CommandType.INSTALL,)
    STANDING = ExecutionState.RECEIVED
    RUNS_WITHOUT_TIME = True

    def _set_up(self) -> None:
        self._running = self._parts.running
        self._on_since = 0
        self._is_tested = False
        self._is_online = False
        self._is_over = False
        self._batt_pct: int | None = None
        kept = self._step.known("install").get("last")
        self._job = None if kept is None else msgspec.convert(kept, InstallJob)

    def refusal(self, command: Command, now: int) -> Code | None:
        """Return the reason to refuse this command, or None; some reasons pass, and it may be sent again later."""
        assert command.install is not None
        config = self._config
        try:
            image = verdict.read_image(command.install.image.encode(), config.keys, now, config.areas)
        except ProtocolError as error:
            return error.code
        if self._is_running(image):
            return None
        return self._cannot_take(image) or self._unfit(now)

    def obey(self, command: Command, source: bytes, now: int) -> None:
        """Accept a command that was not refused. One for the image that is under way already only renews it."""
        assert command.install is not None
        image = verdict.read_image(command.install.image.encode(), self._config.keys, now)
        job, slot = self._job, other(self._running.slot)
        stage = InstallStage.FETCHING
        if self._is_running(image):
            stage = InstallStage.DONE
        elif job is not None and job.stage in WAITING and job.image == image:
            stage = job.stage
        self._keep(InstallJob(command.cid, command.exp, slot, image, stage))
        self._report(now)
        self._fetch()

    def cancel(self, command: Command, now: int) -> None:
        """Cancel an update that has not been tried yet."""
        is_meant = not command.drill and self._job is not None and self._job.cid in command.refs
        if is_meant and self._job is not None and self._job.stage in WAITING:
            self._end(InstallStage.CANCELLED, Code.CANCELLED, now)

    def wanted_content(self) -> set[str]:
        job = self._job
        return {job.image.sha256} if job is not None and job.stage is InstallStage.FETCHING else set()

    def _wants(self, sha256: str) -> bool:
        job = self._job
        return job is not None and job.stage is InstallStage.FETCHING and job.image.sha256 == sha256

    def handle(self, event: Event, at: Moment) -> None:
        now = at.stamp
        match event:
            case ContentHeld() if self._wants(event.sha256):
                self._write(event.sha256)
            case ContentHeld():
                pass  # of another component
            case PowerOn():
                self._power_on(now, at.local_ms)
            case Measured():
                self._batt_pct = event.measurements.batt_pct
            case Connected() | Disconnected():
                self._is_online = isinstance(event, Connected)
                if self._is_online and not self._is_over:
                    self._report(now)
            case SlotWritten():
                self._written(event, now)
            case Probed() if event.item == PROBE and self._running.is_trial:
                self._is_tested = event.proof is not None and bool(event.proof.amp_ma)
                if not self._is_tested:
                    self._roll_back(Code.AMP_FAULT)
            case _:
                pass

    def _write(self, sha256: str) -> None:
        """Write the image to its slot; from the first byte written that holds no image any more."""
        assert self._job is not None
        self._step.forget("slot", self._job.slot)
        if self._job.slot == FACTORY_SLOT:
            self._step.remember("boot", "overwritten", FACTORY_SLOT)
        self._step.do(WriteSlot(self._job.slot, sha256))

    def advance(self, now: int) -> None:
        """Do what is due: the switch to the new image, the end of the trial, the expiry."""
        if self._running.is_trial and not self._is_over:
            self._prove(now, self._parts.time.local_ms - self._on_since)
        job = self._job
        if job is None or job.stage not in WAITING or not self._parts.time.is_trusted:
            return
        if job.exp < now:
            self._end(InstallStage.FAILED, Code.EXPIRED, now)
        elif job.stage is InstallStage.READY and self._unfit(now) is None:
            self._switch(job, now)

    def next_at(self, now: int) -> int:
        if self._running.is_trial and not self._is_over:
            age_ms = self._parts.time.local_ms - self._on_since
            ages = (STABLE_MS, PROVE_WITHIN_MS)
            return now + min(at - age_ms for at in ages if at > age_ms or at == PROVE_WITHIN_MS)
        return now + LOOK_MS if self._job is not None and self._job.stage in WAITING else NEVER_MS

    def _cannot_take(self, image: Image) -> Code | None:
        if image.model != self._parts.identity.model:
            return Code.WRONG_MODEL
        if image.number <= self._running.number or image.number < self._step.number("boot", "floor"):
            return Code.STALE
        job = self._job
        if self._running.is_trial or (job is not None and job.stage is InstallStage.TRYING):
            return Code.INSTALLING
        if job is not None and job.stage in WAITING and job.image != image:
            return Code.INSTALLING
        return None

    def _power_on(self, now: int, local_ms: int) -> None:
        self._on_since = local_ms
        job = self._job
        if self._running.is_trial:
            self._step.do(Probe(PROBE))
        elif job is not None and job.stage is InstallStage.TRYING:
            # It did not stay up, and the old image is back.
            self._end(InstallStage.FAILED, Code.BOOT_FAILED, now)
        elif job is not None and job.stage is InstallStage.DONE and not self._is_running(job.image):
            # It was confirmed, but its slot did not last.
            self._end(InstallStage.FAILED, Code.BOOT_FAILED, now)
        self._fetch()

    def _fetch(self) -> None:
        if self._job is not None and self._job.stage is InstallStage.FETCHING:
            image = self._job.image
            self._content.fetch(image.sha256, image.bytes, self._job.exp)

    def _written(self, event: SlotWritten, now: int) -> None:
        job = self._job
        if job is None or job.stage is not InstallStage.FETCHING or event.slot != job.slot:
            return
        if event.sha256 != job.image.sha256:
            self._end(InstallStage.FAILED, Code.NO_SPACE, now)
            return
        image = job.image
        about = {"number": image.number, "version": image.version, "sha256": image.sha256}
        self._step.remember("slot", job.slot, dict(about))
        self._keep(msgspec.structs.replace(job, stage=InstallStage.READY))
        self._report(now)

    def _switch(self, job: InstallJob, now: int) -> None:
        self._step.remember("boot", "trial", job.slot)
        self._step.remember("boot", "tries", TRIES)
        self._keep(msgspec.structs.replace(job, stage=InstallStage.TRYING))
        self._report(now, jitter_ms=0)
        self._reports.advance(now)
        self._step.do(Restart("update"))

    def _prove(self, now: int, age_ms: int) -> None:
        if self._is_tested and self._is_online and age_ms >= STABLE_MS:
            self._confirm(now)
        elif age_ms >= PROVE_WITHIN_MS:
            self._roll_back(Code.NO_LINK if self._is_tested else Code.AMP_FAULT)

    def _confirm(self, now: int) -> None:
        """Confirm this image: one batch on flash makes it the one to start and notes the success."""
        self._step.remember("boot", "active", self._running.slot)
        self._step.forget("boot", "trial")
        self._step.forget("boot", "tries")
        if self._job is not None and self._job.stage is InstallStage.TRYING:
            floor = max(self._step.number("boot", "floor"), self._job.image.floor)
            self._step.remember("boot", "floor", floor)
            self._keep(msgspec.structs.replace(self._job, stage=InstallStage.DONE))
            self._report(now)
        self._running = replace(self._running, is_trial=False)

    def _roll_back(self, code: Code) -> None:
        """Return to the old image, which reports the failure; the failed one reports nothing."""
        self._is_over = True
        self._step.forget("boot", "trial")
        self._step.forget("boot", "tries")
        if self._job is not None and self._job.stage is InstallStage.TRYING:
            self._keep(msgspec.structs.replace(self._job, stage=InstallStage.FAILED, code=code))
        self._step.do(Restart("update"))

    def _unfit(self, now: int) -> Code | None:
        """Return why not now: an alert, a live address, a planned item soon, or a weak battery."""
        if self._parts.alerts.is_real or self._parts.alerts.is_on_card:
            return Code.IN_ALERT
        if self._parts.live.claimed_prio:
            return Code.BUSY_HIGHER
        if any(item.start_at <= now + NEAR_MS for item in self._parts.items):
            return Code.NEAR_ITEM
        batt_pct = self._batt_pct
        return Code.WEAK_BATTERY if batt_pct is not None and batt_pct < WEAK_BELOW_PCT else None

    def _is_running(self, image: Image) -> bool:
        running = self._running
        return not running.is_trial and (running.number, running.sha256) == (image.number, image.sha256)

    def _end(self, stage: InstallStage, code: Code, now: int) -> None:
        assert self._job is not None
        self._keep(msgspec.structs.replace(self._job, stage=stage, code=code))
        self._report(now)

    def _keep(self, job: InstallJob) -> None:
        self._job = job
        self._step.remember("install", "last", msgspec.to_builtins(job))

    def _report(self, now: int, *, jitter_ms: int = JITTER_MS) -> None:
        if self._job is not None:
            standing = STANDING[self._job.stage]
            self._reports.answer(self._job.cid, standing, now, code=self._job.code, jitter_ms=jitter_ms)
