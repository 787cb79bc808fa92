"""Opening and closing sounds around a bulletin by area: frozen with its transmission, the nearest area's wins."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from broadcast.bulletins.model import Rendition, Sound, SoundState, Targets
from broadcast.bulletins.transmissions import EVERYWHERE, SoundFrame, Transmission, TransmissionId
from province.areas import AreaId, AreaTree
from province.people import UserId

ChimeId = NewType("ChimeId", str)
DEVICE_RENDITION: Final = "device-opus"
Frames = tuple[tuple[AreaId, SoundFrame], ...]


class ChimePlace(StrEnum):
    """Nhạc hiệu mở đầu, nhạc kết thúc."""

    OPENING = "opening"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Chime:
    """One sound of an area, heard there and below where nothing nearer is set; one for each area and place.

    ``sound`` is what may be used, ``original_name`` the file it was made from; it is not READY while there is none.
    ``candidate_sha256`` is a newer recording that the job ``job_id`` makes fit; ``refusal`` says why the last one was
    not taken (a stable code).
    """

    id: ChimeId
    area_id: AreaId
    place: ChimePlace
    changed_at: datetime
    changed_by: UserId
    changed_by_name: str
    sound: Sound = field(default_factory=Sound)
    original_name: str = ""
    candidate_sha256: str = ""
    candidate_name: str = ""
    job_id: str = ""
    refusal: str = ""


def frames_of(chimes: Iterable[Chime], targets: Targets, tree: AreaTree, chime_ms: int) -> Frames:
    """Return the frames to freeze, one for each area within or above the targets that sets a chime.

    ``chime_ms`` of the bulletin's own sound are the house's chime: left out where an area has an opening of its own.
    """
    set_here = _renditions(chimes)
    aimed = {area_id for area_id in targets.areas if area_id in tree}
    above = {each for target in aimed for heir in (target, *tree.heirs(target)) for each in tree.chain(heir)}
    concerned = {
        area_id
        for area_id, _ in set_here
        if area_id in above or (area_id in tree and not aimed.isdisjoint(tree.lineage(area_id)))
    }
    return tuple((area_id, _frame(area_id, set_here, tree, chime_ms)) for area_id in sorted(concerned))


def _renditions(chimes: Iterable[Chime]) -> Mapping[tuple[AreaId, ChimePlace], Rendition]:
    found: dict[tuple[AreaId, ChimePlace], Rendition] = {}
    for chime in chimes:
        rendition = chime.sound.rendition(DEVICE_RENDITION)
        if chime.sound.state is SoundState.READY and rendition is not None:
            found[chime.area_id, chime.place] = rendition
    return found


def _frame(
    area_id: AreaId, set_here: Mapping[tuple[AreaId, ChimePlace], Rendition], tree: AreaTree, chime_ms: int
) -> SoundFrame:
    opening, closing = (
        next((set_here[above, place] for above in _upwards(area_id, tree) if (above, place) in set_here), None)
        for place in (ChimePlace.OPENING, ChimePlace.CLOSING)
    )
    return SoundFrame(opening, closing, chime_ms if opening is not None else 0)


def _upwards(area_id: AreaId, tree: AreaTree) -> Iterable[AreaId]:
    """Return an area and those above it, nearest first, then those that it came out of by a reform."""
    return dict.fromkeys(above for origin in tree.origins(area_id) for above in tree.chain(origin))


class Framing:
    """Transmissions as each area hears them; areas that hear the same get the same object."""

    def __init__(self, tree: AreaTree) -> None:
        self._tree = tree
        self._heard: dict[tuple[TransmissionId, Frames], Transmission] = {}
        self._frames: dict[TransmissionId, Mapping[AreaId, SoundFrame]] = {}

    def heard_in(self, transmission: Transmission, area_id: AreaId) -> Transmission:
        """Return the transmission with the one frame that holds in the area, as frozen."""
        if not transmission.frames:
            return transmission
        frames = self._frames.get(transmission.id)
        if frames is None:
            frames = self._frames[transmission.id] = dict(transmission.frames)
        nearest = next((frames[above] for above in _upwards(area_id, self._tree) if above in frames), None)
        here: Frames = () if nearest is None else ((EVERYWHERE, nearest),)
        key = (transmission.id, here)
        found = self._heard.get(key)
        if found is None:
            found = self._heard[key] = replace(transmission, frames=here)
        return found

    def groups(self, transmission: Transmission, areas: Iterable[AreaId]) -> list[tuple[Transmission, list[AreaId]]]:
        """Group the areas by the form in which they hear it."""
        if not transmission.frames:
            return [(transmission, list(areas))]
        found: dict[Frames, tuple[Transmission, list[AreaId]]] = {}
        for area_id in areas:
            heard = self.heard_in(transmission, area_id)
            found.setdefault(heard.frames, (heard, []))[1].append(area_id)
        return list(found.values())
