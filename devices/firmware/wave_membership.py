"""Membership of a roll-out: devices sorted into waves or left out; the same input gives the same choice."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from devices.firmware.model import FirmwareImage, Member, RolloutId, Wave
from devices.model import DeviceId
from province.areas import AreaId

SHARES_PCT: Final[Mapping[Wave, int]] = {Wave.CANARY: 1, Wave.TENTH: 10, Wave.HALF: 50, Wave.ALL: 100}


class WaveExclusion(StrEnum):
    """Reasons for which a device is in no wave.

    MODEL_UNKNOWN: it never reported its model · NO_IMAGE: none of the images is for its model · UP_TO_DATE: it runs
    this number or a higher one · ELSEWHERE: another roll-out has it · ONLY_ONE: the only loudspeaker of its commune.
    """

    MODEL_UNKNOWN = "model_unknown"
    NO_IMAGE = "no_image"
    UP_TO_DATE = "up_to_date"
    ELSEWHERE = "elsewhere"
    ONLY_ONE = "only_one"


@dataclass(frozen=True, slots=True)
class RolloutCandidate:
    """A device in service. ``commune_id``: the area that must not be without a loudspeaker."""

    device_id: DeviceId
    device_name: str
    commune_id: AreaId
    is_cluster: bool
    model: str
    number: int


@dataclass(frozen=True, slots=True)
class RolloutMembership:
    """Result of choosing: ``members`` in the order of installation, ``left_out`` by device."""

    members: tuple[Member, ...]
    left_out: Mapping[DeviceId, WaveExclusion]


def choose(
    rollout_id: RolloutId,
    candidates: Collection[RolloutCandidate],
    images: Iterable[FirmwareImage],
    elsewhere: Collection[DeviceId] = (),
) -> RolloutMembership:
    """Sort every candidate in or out.

    The canary is one in a hundred and at least one of every model. Which ones is decided by a hash of roll-out and
    device, so that they differ each time, and no person chooses. ``elsewhere`` are those in another open roll-out.
    """
    by_model = {image.model: image for image in images}
    clusters = Counter(each.commune_id for each in candidates if each.is_cluster)
    left_out: dict[DeviceId, WaveExclusion] = {}
    chosen: list[RolloutCandidate] = []
    for each in candidates:
        why = _why_left_out(each, by_model, clusters, elsewhere)
        if why is None:
            chosen.append(each)
        else:
            left_out[each.device_id] = why
    chosen.sort(key=lambda each: lot(rollout_id, each.device_id))
    first = {each.model: each.device_id for each in reversed(chosen)}
    ordered = sorted(chosen, key=lambda each: each.device_id != first[each.model])
    members = [
        Member(
            rollout_id=rollout_id,
            device_id=each.device_id,
            device_name=each.device_name,
            commune_id=each.commune_id,
            image_id=by_model[each.model].id,
            is_cluster=each.is_cluster,
            wave=_wave_of(place, len(ordered), len(first)),
        )
        for place, each in enumerate(ordered)
    ]
    return RolloutMembership(tuple(members), left_out)


def lot(rollout_id: RolloutId, device_id: DeviceId) -> bytes:
    """Return a device's place in the order of a roll-out: drawn, and the same every time."""
    return hashlib.sha256(f"{rollout_id}/{device_id}".encode()).digest()


def _why_left_out(
    each: RolloutCandidate,
    by_model: Mapping[str, FirmwareImage],
    clusters: Mapping[AreaId, int],
    elsewhere: Collection[DeviceId],
) -> WaveExclusion | None:
    image = by_model.get(each.model)
    if not each.model:
        return WaveExclusion.MODEL_UNKNOWN
    if image is None:
        return WaveExclusion.NO_IMAGE
    if each.number >= image.number:
        return WaveExclusion.UP_TO_DATE
    if each.device_id in elsewhere:
        return WaveExclusion.ELSEWHERE
    return WaveExclusion.ONLY_ONE if each.is_cluster and clusters[each.commune_id] == 1 else None


def _wave_of(place: int, count: int, models: int) -> Wave:
    """Return the first wave whose share, rounded up, includes this place."""
    return next(wave for wave, share in SHARES_PCT.items() if place < max(models, -(-count * share // 100)))
