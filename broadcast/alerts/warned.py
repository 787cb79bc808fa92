"""People whom an alert warned, and why the others were not: by loudspeaker, from what each reported.

Rule of inhabitants: a loudspeaker has the number entered for it; the inhabitants of its place that are left are shared
equally among the place's loudspeakers without a number. Where no number is known for a place, people are not counted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Final, Protocol

from broadcast.alerts.coverage import Coverage, coverage
from broadcast.alerts.miss_reasons import MissReason
from broadcast.alerts.model import Audience, Disc
from broadcast.alerts.orders import OrderReach, ReachState
from broadcast.bulletins.targeting import leaf_areas, reached
from devices.health.sound_proof import SoundVerdict
from devices.model import DeviceId
from province.areas import AreaId, AreaTree, Outline, Point

_MS: Final = timedelta(milliseconds=1)


class _Populated(Protocol):
    """AddressedLoudspeaker with its place and, if one was entered, the number of inhabitants within its hearing."""

    @property
    def device_id(self) -> DeviceId: ...

    @property
    def area_id(self) -> AreaId: ...

    @property
    def inhabitants(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class AddressedLoudspeaker:
    """Loudspeaker that an alert addresses. ``people``: its part of the inhabitants of ``area_id``."""

    device_id: DeviceId
    area_id: AreaId
    point: Point | None
    hearing_m: int
    people: int | None
    missed: MissReason | None
    delay_ms: int | None = None

    @property
    def disc(self) -> Disc | None:
        return None if self.point is None else Disc(self.point.lat, self.point.lon, self.hearing_m)


@dataclass(frozen=True, slots=True)
class Delays:
    """Time from the approval to the sound, in ms, by nearest rank."""

    p50: int
    p95: int
    p99: int
    last: int


@dataclass(frozen=True, slots=True)
class WarnedFigures:
    """Figures of one alert, or of its forecast.

    ``coverage``: of the loudspeakers that warned; None: the area has neither shape nor outline. ``placed``: with a
    known point. ``people``: in hearing of all that it addresses; None where no number is known. ``missed_people`` and
    ``missed_devices``: by reason.
    """

    devices: int
    warned: int
    placed: int
    coverage: Coverage | None
    people: int | None
    people_warned: int | None
    missed_people: Mapping[MissReason, int]
    missed_devices: Mapping[MissReason, int]
    delays: Delays | None

    @property
    def warned_share(self) -> float:
        """Share of the loudspeakers that warned."""
        return self.warned / self.devices if self.devices else 0.0


def missed(state: ReachState, verdict: SoundVerdict | None, *, has_sounded: bool, is_silent: bool) -> MissReason | None:
    """Return why people near a loudspeaker were not warned; None: they were. A silent drill only asks for answers."""
    match state:
        case ReachState.WAITING | ReachState.SILENT:
            return MissReason.UNREACHABLE
        case ReachState.REFUSED:
            return MissReason.REFUSED
        case _ if is_silent:
            return None
        case ReachState.DONE | ReachState.SOUNDING:
            return MissReason.MUTE if verdict is SoundVerdict.NOT_HEARD else None
        case _:
            return MissReason.CUT_SHORT if has_sounded else MissReason.NOT_SOUNDED


def expected_miss(*, is_online: bool, refuses: bool, is_silenced: bool) -> MissReason | None:
    """Return why people near a loudspeaker are not expected to be warned, by its health; None: they are."""
    if not is_online:
        return MissReason.UNREACHABLE
    if refuses:
        return MissReason.REFUSED
    return MissReason.MUTE if is_silenced else None


def shared_people(known: Mapping[AreaId, int], loudspeakers: Iterable[_Populated]) -> dict[DeviceId, int]:
    """Share the inhabitants of places among their loudspeakers; give all of a place's, not only those addressed.

    Every inhabitant is counted once: what does not divide goes to the first by id.
    """
    left, without = dict(known), defaultdict[AreaId, list[DeviceId]](list)
    found: dict[DeviceId, int] = {}
    for each in loudspeakers:
        if each.inhabitants is None:
            without[each.area_id].append(each.device_id)
            continue
        found[each.device_id] = each.inhabitants
        if each.area_id in left:
            left[each.area_id] = max(0, left[each.area_id] - each.inhabitants)
    for area_id, devices in without.items():
        if area_id in left:
            share, rest = divmod(left[area_id], len(devices))
            found |= {device: share + (n < rest) for n, device in enumerate(sorted(devices))}
    return found


def outlines_of(
    tree: AreaTree, audience: Audience, known: Mapping[AreaId, Outline], on: date
) -> tuple[list[Outline], int]:
    """Return the outlines of the places that an audience reaches, and the number of those places without one.

    A place without an outline is covered by that of a place above it which is reached as a whole.
    """
    kept_out = {above for area_id in audience.targets.exclude if area_id in tree for above in tree.chain(area_id)}
    leaves = leaf_areas(audience.targets, tree, on)
    outlined = {each for each in {above for leaf in leaves for above in tree.chain(leaf)} if each in known}
    whole = set(reached(audience.targets, tree, outlined)) - kept_out
    nearest = [next((above for above in tree.chain(leaf) if above in whole), None) for leaf in leaves]
    used = sorted({area_id for area_id in nearest if area_id is not None})
    return [known[area_id] for area_id in used], nearest.count(None)


def figures_of(
    audience: Audience, outlines: Sequence[Outline], loudspeakers: Sequence[AddressedLoudspeaker]
) -> WarnedFigures:
    """Compute the figures of what the loudspeakers did, or are expected to do."""
    warned = [each for each in loudspeakers if each.missed is None]
    counted = [each for each in loudspeakers if each.people is not None]
    by_reason = Counter[MissReason]()
    for each in counted:
        if each.missed is not None:
            by_reason[each.missed] += each.people or 0
    return WarnedFigures(
        devices=len(loudspeakers),
        warned=len(warned),
        placed=sum(each.point is not None for each in loudspeakers),
        coverage=coverage(audience, outlines, [disc for each in warned if (disc := each.disc) is not None]),
        people=sum(each.people or 0 for each in counted) if counted else None,
        people_warned=sum(each.people or 0 for each in counted if each.missed is None) if counted else None,
        missed_people=_in_order(by_reason),
        missed_devices=_in_order(Counter(each.missed for each in loudspeakers if each.missed is not None)),
        delays=delays_of([each.delay_ms for each in loudspeakers if each.delay_ms is not None]),
    )


def delay_ms(reach: OrderReach, issued_at: datetime) -> int | None:
    """Return the ms from the approval to the first sound, 0 for a clock that is a little behind; None: no sound."""
    return None if reach.started_at is None else max(0, (reach.started_at - issued_at) // _MS)


def delays_of(delays_ms: Sequence[int]) -> Delays | None:
    """Return the quantiles; None: nothing sounded."""
    if not delays_ms:
        return None
    ordered = sorted(delays_ms)
    p50, p95, p99 = (ordered[max(0, ceil(share * len(ordered)) - 1)] for share in (0.5, 0.95, 0.99))
    return Delays(p50, p95, p99, ordered[-1])


def _in_order(counted: Mapping[MissReason, int]) -> dict[MissReason, int]:
    return {reason: counted[reason] for reason in MissReason if reason in counted}
