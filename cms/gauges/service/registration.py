"""Registration of gauges: added with a secret to send with, changed, trusted again, and retired."""

from dataclasses import dataclass, replace
from typing import Final

from broadcast.gauges.model import UNITS, Gauge, GaugeId, GaugeKind, GaugeUnit
from broadcast.gauges.plausibility import trusted
from cms.accounts.service.vault import new_secret, secret_hash
from cms.areas.repository import Places
from cms.gauges.repository import GaugeRules, Gauges, GaugeStates
from cms.gauges.service.troubles import end_trouble, note_trouble
from cms.platform.store.rows import columns_of
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId, AreaTree, Point
from province.call import Call
from province.errors import ConflictError, NotFoundError, Problem, problem_if, refuse, too_long
from province.people import Action

PREFIX: Final = "loagauge_"
NAME_MAX: Final = 80
GAUGES_MOST: Final = 500
AREAS_MOST: Final = 50
INTERVAL_S: Final = (10, 86_400)
STUCK_S_MOST: Final = 90 * 86_400
VALUE_MOST: Final = 1e6


@dataclass(frozen=True, slots=True)
class GaugeDraft:
    """Fields of ``Gauge`` as a person states them."""

    name: str
    kind: GaugeKind
    unit: GaugeUnit
    area_ids: tuple[AreaId, ...]
    point: Point | None
    least: float
    most: float
    step_most: float
    interval_s: int
    stuck_after_s: int


def add(uow: UnitOfWork, draft: GaugeDraft, *, call: Call) -> tuple[Gauge, str]:
    """Register a gauge; return it and the secret that it sends with, to be shown once.

    Raises:
        InvalidError: with every problem.
        NotAllowedError: no right to manage devices in all of its places.
    """
    secret = new_secret(PREFIX)
    with uow:
        _check(uow, draft, call)
        refuse(problem_if(len(uow[Gauges].all()) >= GAUGES_MOST, "name", "TOO_MANY", max=GAUGES_MOST))
        gauge = Gauge(
            id=GaugeId(call.new_id()),
            secret_hash=secret_hash(secret),
            added_at=call.now,
            added_by=call.actor.user_id,
            added_by_name=call.actor.name,
            **columns_of(draft),
        )
        uow[Gauges].add(gauge)
        uow.record(call.event("gauge.added", gauge.id, **_told(gauge)))
        uow.commit()
    return gauge, secret


def edit(uow: UnitOfWork, gauge_id: GaugeId, draft: GaugeDraft, *, expected_version: int, call: Call) -> Gauge:
    """Change what is known of a gauge.

    Raises:
        NotFoundError, ConflictError, InvalidError: see their remedies.
        NotAllowedError: no right to manage devices in all of its places, old and new.
    """
    with uow:
        old = _managed(uow, gauge_id, call, expected_version)
        _check(uow, draft, call)
        gauge = replace(old, version=old.version + 1, **columns_of(draft))
        uow[Gauges].save(gauge)
        uow.record(call.event("gauge.edited", gauge.id, **_told(gauge)))
        uow.commit()
    return gauge


def renew_secret(uow: UnitOfWork, gauge_id: GaugeId, *, expected_version: int, call: Call) -> tuple[Gauge, str]:
    """Give the gauge another secret, to be shown once; the one before is refused from now on. Raises as ``edit``."""
    secret = new_secret(PREFIX)
    with uow:
        old = _managed(uow, gauge_id, call, expected_version)
        gauge = replace(old, version=old.version + 1, secret_hash=secret_hash(secret))
        uow[Gauges].save(gauge)
        uow.record(call.event("gauge.secret_renewed", gauge.id))
        uow.commit()
    return gauge, secret


def trust(uow: UnitOfWork, gauge_id: GaugeId, *, expected_version: int, call: Call) -> Gauge:
    """Trust a gauge again that was repaired: it begins anew with its next reading. Raises as ``edit``."""
    with uow:
        gauge = _managed(uow, gauge_id, call, expected_version)
        after = trusted(uow[GaugeStates].of(gauge_id))
        uow[GaugeStates].save(note_trouble(uow, gauge, after, call.now, call.new_id))
        uow.record(call.event("gauge.trusted", gauge.id))
        uow.commit()
    return gauge


def retire(uow: UnitOfWork, gauge_id: GaugeId, *, expected_version: int, call: Call) -> Gauge:
    """Take nothing more from the gauge; its readings stay until their time is over.

    Raises:
        NotFoundError, ConflictError, NotAllowedError: as ``edit``.
        InvalidError: rules still ask for it.
    """
    with uow:
        old = _managed(uow, gauge_id, call, expected_version)
        names = ", ".join(each.name for each in uow[GaugeRules].of_gauge(gauge_id) if each.is_on)
        refuse(problem_if(bool(names), "gauge", "GAUGE_IN_RULE", rules=names))
        gauge = replace(old, version=old.version + 1, retired_at=call.now)
        uow[Gauges].save(gauge)
        state = uow[GaugeStates].of(gauge_id)
        if state.trouble is not None:
            uow[GaugeStates].save(end_trouble(uow, state, call.now))
        uow.record(call.event("gauge.retired", gauge.id))
        uow.commit()
    return gauge


def problems_of(draft: GaugeDraft, tree: AreaTree) -> list[Problem]:
    """Return all problems of what was said of a gauge."""
    found = problem_if(not draft.name, "name", "MISSING") + too_long("name", draft.name, NAME_MAX)
    found += problem_if(draft.unit not in UNITS[draft.kind], "unit", "UNIT_OF_ANOTHER_KIND")
    found += problem_if(not draft.area_ids, "areas", "MISSING")
    found += problem_if(len(draft.area_ids) > AREAS_MOST, "areas", "TOO_MANY", max=AREAS_MOST)
    found += problem_if(any(each not in tree for each in draft.area_ids), "areas", "AREA_UNKNOWN", area="")
    point = draft.point
    is_on_earth = point is None or (abs(point.lat) <= 90 and abs(point.lon) <= 180)  # noqa: PLR2004 - of the earth
    found += problem_if(not is_on_earth, "point", "NOT_A_PLACE")
    for name in ("least", "most"):
        found += problem_if(abs(getattr(draft, name)) > VALUE_MOST, name, "NOT_A_NUMBER")
    found += problem_if(draft.least >= draft.most, "most", "NOT_ABOVE_THE_LEAST")
    found += problem_if(not 0 < draft.step_most <= VALUE_MOST, "step_most", "NOT_A_STEP")
    least_s, most_s = INTERVAL_S
    found += problem_if(not least_s <= draft.interval_s <= most_s, "interval", "NOT_AN_INTERVAL")
    found += problem_if(not 0 <= draft.stuck_after_s <= STUCK_S_MOST, "stuck", "NOT_HOURS")
    return found


def _check(uow: UnitOfWork, draft: GaugeDraft, call: Call) -> None:
    tree = uow[Places].tree()
    refuse(problems_of(draft, tree))
    call.require(Action.DEVICE_MANAGE, draft.area_ids, tree)


def _managed(uow: UnitOfWork, gauge_id: GaugeId, call: Call, expected_version: int) -> Gauge:
    found = uow[Gauges].locked(gauge_id)
    if found.retired_at is not None:
        raise NotFoundError("gauge", gauge_id)
    call.require(Action.DEVICE_MANAGE, found.area_ids, uow[Places].tree())
    if found.version != expected_version:
        raise ConflictError("gauge", gauge_id, expected_version, found.version)
    return found


def _told(gauge: Gauge) -> dict[str, object]:
    limits = {"least": gauge.least, "most": gauge.most, "step_most": gauge.step_most, "interval_s": gauge.interval_s}
    return {"name": gauge.name, "kind": gauge.kind, "areas": list(gauge.area_ids), **limits}
