"""Plans in force: the newest trusted manifest, and for each of its days the plan held last."""

from collections.abc import Iterator
from typing import Final

from devices.protocol import codec
from devices.protocol.errors import MalformedError
from devices.protocol.messages import KeyRole, Manifest, Plan, PlanItem
from firmware_sim.core.component import DevicePart

PLANS_MAX: Final = 60
"""Days followed in one manifest; a server that names more is in error."""


class PlanStore(DevicePart):
    """Plans on flash. A day's old plan stays in force until the new one is here: a broken network silences no day."""

    def _set_up(self) -> None:
        self._plans: dict[str, Plan] = {}
        text = self._step.text("doc", "manifest")
        self.manifest = codec.decode(Manifest, text.encode()) if text else None

    def read(self, payload: bytes, now: int | None) -> Manifest | None:
        """Return a manifest that arrived; None: of another area than the device's own.

        Raises:
            ProtocolError: it cannot be trusted or read.
        """
        areas = self._config.areas
        manifest = codec.decode(Manifest, self._config.keys.verify(payload, KeyRole.PLAN, now, areas).payload)
        return manifest if manifest.area in areas[:1] else None

    def follow(self, manifest: Manifest) -> bool:
        """Take a trusted manifest; False: one as new is held already."""
        held = self.manifest
        if held is not None and held.area == manifest.area and (manifest.epoch, manifest.ver) <= (held.epoch, held.ver):
            return False
        self.manifest = manifest
        self._step.remember("doc", "manifest", codec.encode(manifest).decode())
        for day in list(self._step.known("plan")):
            if day not in manifest.days:
                self._drop(day)
        return True

    def leave(self) -> None:
        """Forget the manifest and all plans: the area is no longer ours."""
        self.manifest = None
        self._step.forget("doc", "manifest")
        for day in list(self._step.known("plan")):
            self._drop(day)

    def wanted(self) -> Iterator[tuple[str, int]]:
        """Yield hash and size of every plan to read: those in force first, then those to come."""
        if self.manifest is None:
            return
        for day, kept in self._step.known("plan").items():
            if day not in self._plans and isinstance(kept, str):
                yield kept, 0
        for day, ref in sorted(self.manifest.days.items())[:PLANS_MAX]:
            if self._step.text("plan", day) != ref.sha256:
                yield ref.sha256, ref.bytes

    def hashes(self) -> set[str]:
        """Return the hashes of content that is needed on flash."""
        named = {ref.sha256 for ref in self.manifest.days.values()} if self.manifest else set()
        return named | {kept for kept in self._step.known("plan").values() if isinstance(kept, str)}

    def shelve(self, sha256: str, data: bytes) -> bool:
        """Take a plan that was read; False: nothing asked for it.

        Raises:
            ProtocolError: the content is no plan of this area and day: an error of the server.
        """
        manifest = self.manifest
        days = [day for day, ref in manifest.days.items() if ref.sha256 == sha256] if manifest else []
        days += [day for day, kept in self._step.known("plan").items() if kept == sha256 and day not in self._plans]
        if not days or manifest is None:
            return False
        plan = codec.decode(Plan, data)
        if plan.area != manifest.area or plan.day not in days:
            raise MalformedError("Plan", f"of {plan.area} {plan.day}, not {manifest.area} {days}")
        self._plans[plan.day] = plan
        self._step.remember("plan", plan.day, sha256)
        return True

    def items(self) -> Iterator[tuple[PlanItem, str]]:
        """Yield every item of the plans in force that this device is to sound, with its plan's day."""
        for day, plan in self._plans.items():
            for item in plan.items:
                yield item, day
            for extra in plan.extras:
                if self._parts.id in extra.devices:
                    yield extra.item, day

    @property
    def is_read(self) -> bool:
        """Return whether every plan in force is in memory, so that items in none of them count as removed."""
        return all(day in self._plans for day in self._step.known("plan"))

    def _drop(self, day: str) -> None:
        self._step.forget("plan", day)
        self._plans.pop(day, None)
