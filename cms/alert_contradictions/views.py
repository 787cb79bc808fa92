"""Contradictions on the screens: before the approval as a warning, afterwards as a notice to officers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import g

from broadcast.alerts.contradictions import Contradiction, ContradictionKind
from broadcast.alerts.model import Alert, AlertId, AlertStatus
from broadcast.bulletins.model import Targets
from broadcast.bulletins.targeting import leaf_areas
from cms.alert_contradictions.queries.contradictions import InForce, contradictions_ahead, contradictions_now
from cms.alerts.views import page
from cms.platform.web import messages, request_context
from cms.platform.web.request_context import add_template_globals
from province.areas import AreaId
from province.people import Action


@dataclass(frozen=True)
class ContradictionLine:
    """Contradiction as a note shows it: the alerts it is between, and its places in the highest names."""

    kind: ContradictionKind
    alerts: Sequence[Alert]
    areas: Sequence[AreaId]
    devices: int
    speech: str


def contradictions_on(alert: Alert) -> Sequence[ContradictionLine]:
    """Return what contradicts the alert: once approved, while it waits; now, after it was sent."""
    if alert.status in (AlertStatus.DRAFT, AlertStatus.SUBMITTED):
        context, actor = request_context.context(), request_context.actor()
        with context.uow.reading() as uow:
            found, known = contradictions_ahead(uow, context.authority, alert, actor, _in_force())
        return [_line(each, known) for each in found]
    return [line for line in contradictions_seen() if any(each.id == alert.id for each in line.alerts)]


def contradictions_seen() -> Sequence[ContradictionLine]:
    """Return the contradictions of this moment between alerts that the user may see; cached for the request."""
    if not request_context.can_anywhere(Action.ALERT_CANCEL):
        return ()
    if "contradictions" not in g:
        with request_context.session() as session:
            found, known = contradictions_now(session, request_context.context().now(), _in_force())
        lines = [_line(each, known) for each in found]
        g.contradictions = [line for line in lines if all(map(page.is_visible, line.alerts))]
    seen: Sequence[ContradictionLine] = g.contradictions
    return seen


def _in_force() -> InForce:
    table = page.policy_and_hazards()[1]
    return InForce(page.active(), messages.tree(), table, request_context.today())


def _line(found: Contradiction, known: Mapping[AlertId, Alert]) -> ContradictionLine:
    areas = _named(found.places)
    return ContradictionLine(found.kind, [known[each] for each in found.ids], areas, found.devices, found.speech)


def _named(places: frozenset[AreaId]) -> Sequence[AreaId]:
    """Return the fewest areas that cover these places and nothing else."""
    tree, on = messages.tree(), request_context.today()
    above = {area_id for place in places for area_id in tree.chain(place)}
    return tree.roots_of(each for each in above if places.issuperset(leaf_areas(Targets((each,)), tree, on) or (each,)))


add_template_globals(contradictions_on=contradictions_on, contradictions_seen=contradictions_seen)
