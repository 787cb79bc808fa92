"""Fleet on paper: devices in communes, images, and answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from devices.firmware import rollout_progress
from devices.firmware.model import FirmwareImage, ImageId, Member, MemberState, Rollout, RolloutId, RolloutState
from devices.firmware.rollout_progress import Advance, Field
from devices.firmware.wave_membership import RolloutCandidate
from devices.model import DeviceId
from devices.protocol.messages import ExecutionState
from province.areas import AreaId

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROLLOUT = Rollout(
    id=RolloutId("r1"),
    area_id=AreaId("tinh"),
    image_ids=(ImageId("i-m1"),),
    title="Bản 2",
    created_at=NOW,
    created_by="u1",
    created_by_name="An",
    state=RolloutState.CANARY,
    wave_at=NOW,
)


def image(model: str = "m1", number: int = 2) -> FirmwareImage:
    return FirmwareImage(
        id=ImageId(f"i-{model}"),
        model=model,
        number=number,
        version=f"v{number}",
        sha256="ab" * 32,
        bytes=10,
        floor=0,
        notes="",
        manifest="signed",
        uploaded_at=NOW,
        uploaded_by="u1",
        uploaded_by_name="An",
    )


def candidate(
    number: int, *, commune: str = "xa-1", model: str = "m1", runs: int = 1, is_cluster: bool = True
) -> RolloutCandidate:
    return RolloutCandidate(DeviceId(f"d{number:04}"), f"Cụm {number}", AreaId(commune), is_cluster, model, runs)


def candidates(count: int, per_commune: int = 10, model: str = "m1") -> list[RolloutCandidate]:
    return [candidate(each, commune=f"xa-{each // per_commune}", model=model) for each in range(count)]


def field(members: Sequence[Member]) -> Field:
    """Return a field in which every device is connected and can speak."""
    speaking: dict[AreaId, set[DeviceId]] = {}
    for each in members:
        speaking.setdefault(each.commune_id, set()).add(each.device_id)
    return Field({each.device_id for each in members}, speaking)


Fate = Callable[[Member], str]
"""Answer of a device that was sent the update: the code of its failure; empty: success; ``-``: silence."""


class Course:
    """Roll-out step by step. ``told`` names the devices that were sent the update, every time."""

    def __init__(self, members: Sequence[Member], fate: Fate = lambda _: "", rollout: Rollout = ROLLOUT) -> None:
        self.rollout = rollout
        self.members = {each.device_id: each for each in members}
        self.fate = fate
        self.now = NOW
        self.told: list[DeviceId] = []
        self.field = field(members)

    def step(self, minutes: int = 1) -> Advance:
        self.now += minutes * MINUTE
        done = rollout_progress.advance(self.rollout, list(self.members.values()), self.field, self.now)
        self.rollout = done.rollout
        self.members |= {each.device_id: each for each in done.changed}
        self.told += [each.device_id for each in done.told]
        return done

    def answer(self) -> None:
        """Let every updating device give its answer."""
        for member in list(self.members.values()):
            if member.state is not MemberState.SENT or (code := self.fate(member)) == "-":
                continue
            standing = ExecutionState.FAILED if code else ExecutionState.DONE
            self.members[member.device_id] = rollout_progress.heard(
                member, member.attempt, standing, code, is_new=not code, now=self.now
            )

    def run(self, steps: int = 400, minutes: int = 1) -> RolloutState:
        """Run the roll-out as far as it goes by itself."""
        for _ in range(steps):
            self.step(minutes)
            self.answer()
        return self.rollout.state

    def release(self) -> None:
        self.rollout = replace(self.rollout, state=RolloutState.WAVES, released_by_name="Bình")

    def states(self) -> set[MemberState]:
        return {each.state for each in self.members.values()}
