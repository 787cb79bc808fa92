"""Queries of alerts for the screens: one transaction without a write lock, limited to what the user may see."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from flask import g
from sqlalchemy.orm import Session

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import HazardTable
from broadcast.alerts.lifecycle import urgency
from broadcast.alerts.model import Alert, AlertId, AlertPolicy, AlertStatus, Wording
from broadcast.alerts.orders import DeclarationRight
from broadcast.alerts.script import SpokenText, decoded
from broadcast.bulletins.model import Rendition, Sound, SoundState, Targets
from broadcast.bulletins.targeting import leaf_areas
from cms.alerts.repository.alerts import AlertPolicies, Alerts, Declarations
from cms.alerts.service.orders import people_of, replacement_of
from cms.alerts.service.steps import undeclared
from cms.alerts.views import alert_styles as looks
from cms.audit.queries import JobProgress, job_progress
from cms.bulletins.queries import Approver, approvers
from cms.local_alerts.queries import speech_on_flash
from cms.local_alerts.repository import LocalAlerts
from cms.platform.web import messages, request_context
from cms.platform.web.languages import _
from cms.platform.web.request_context import add_template_globals, pages
from cms.standing_orders.queries import fired_among
from province.areas import AreaId
from province.errors import InvalidError, NotAllowedError, NotFoundError
from province.people import Action
from province.policy import may, visible_areas

_PLAYABLE = ("browser-mp3", "alert-opus")


@dataclass(frozen=True)
class SoundLine:
    """One language's sound as its player needs it; ``said`` is the spoken text from which it was made.

    ``on_flash``, of speech made beforehand: how many loudspeakers there have such speech, of how many.
    """

    language: str
    state: SoundState
    sha256: str = ""
    content: str = ""
    duration_ms: int = 0
    step: str = ""
    progress_pct: int = 0
    failure: str = ""
    said: str = ""
    sound: Sound | None = None
    on_flash: tuple[int, int] | None = None


def see(alert_id: str) -> Alert:
    """Return the alert. Raises NotFoundError if it does not exist or the user may not read it."""
    with request_context.session() as found:
        alert = Alerts(found).get(AlertId(alert_id))
    if not is_visible(alert):
        raise NotFoundError("alert", alert_id)
    return alert


def is_visible(alert: Alert) -> bool:
    """Return whether the alert addresses a place where the user may read alerts, or is the user's own."""
    tree, actor = messages.tree(), request_context.actor()
    if not may(actor, Action.ALERT_READ, None, tree):
        return False
    if actor.user_id in (alert.author_id, alert.submitter_id):
        return True
    areas = alert.audience.targets.areas
    if areas and "alert_areas" not in g:
        g.alert_areas = visible_areas(actor, Action.ALERT_READ, tree)
    return not areas or not g.alert_areas.isdisjoint(areas)


def _open() -> Sequence[Alert]:
    """Return the alerts that are in force or wait for a second person; cached for the request."""
    if "open_alerts" not in g:
        with request_context.session() as found:
            g.open_alerts = Alerts(found).in_force_or_submitted()
    known: Sequence[Alert] = g.open_alerts
    return known


def active() -> Sequence[Alert]:
    """Return all alerts in force, whoever may see them."""
    return [alert for alert in _open() if alert.status is AlertStatus.ACTIVE]


def policy_and_hazards() -> tuple[AlertPolicy, HazardTable]:
    """Return the policy and the table of hazards in force; cached for the request."""
    if "alert_policy" not in g:
        with request_context.session() as found:
            g.alert_policy = AlertPolicies(found).with_hazards()
    known: tuple[AlertPolicy, HazardTable] = g.alert_policy
    return known


def submitted() -> Sequence[Alert]:
    """Return the alerts that wait for a second person."""
    return [alert for alert in _open() if alert.status is AlertStatus.SUBMITTED]


def in_force() -> list[Alert]:
    """Return the active alerts that the user may see, the most urgent first, then the newer."""
    seen = [alert for alert in active() if is_visible(alert)]
    return sorted(seen, key=urgency)


def fired_by_orders() -> Collection[AlertId]:
    """Return which of the alerts in force were sent by standing orders; cached for the request."""
    if "fired_alerts" not in g:
        # What people agreed to beforehand was submitted before there was an alert: others are not asked about.
        ids = [alert.id for alert in active() if alert.submitted_at and alert.submitted_at < alert.created_at]
        g.fired_alerts = frozenset()
        if ids:
            with request_context.session() as found:
                g.fired_alerts = fired_among(found, ids)
    known: Collection[AlertId] = g.fired_alerts
    return known


def declared() -> Collection[DeclarationRight]:
    """Return the user's rights to declare alerts; cached for the request."""
    if "declared" not in g:
        with request_context.session() as found:
            g.declared = Declarations(found).of(request_context.actor().user_id)
    rights: Collection[DeclarationRight] = g.declared
    return rights


def policy() -> AlertPolicy:
    """Return the province's policy of alerts; cached for the request."""
    return policy_and_hazards()[0]


def waiting_for_me(here: str = "") -> list[Alert]:
    """Return alerts that the user may approve by place and level, and did not write or submit: live ones first.

    ``here`` is the id of the one already on the screen.
    """
    if not request_context.can_anywhere(Action.ALERT_APPROVE):
        return []
    undecided = submitted()
    if not undecided:
        return []
    held, tree, me = declared(), messages.tree(), request_context.actor().user_id

    def is_mine_to_decide(alert: Alert) -> bool:
        level = AlertLevel.ONE if alert.is_drill else alert.level
        is_own = me in (alert.author_id, alert.submitter_id) or alert.id == here
        areas = alert.audience.targets.areas
        return not is_own and holds(Action.ALERT_APPROVE, alert) and not undeclared(held, level, areas, tree)

    return sorted(filter(is_mine_to_decide, undecided), key=lambda alert: (alert.is_drill, -alert.level))


def mine_waiting() -> list[Alert]:
    """Return undecided alerts that the user wrote or submitted."""
    me = request_context.actor().user_id
    return [each for each in submitted() if me in (each.author_id, each.submitter_id)]


def decided(alert_ids: Iterable[str]) -> list[Alert]:
    """Return those of the user's own alerts that were waiting and no longer are."""
    me = request_context.actor().user_id
    with request_context.session() as found:
        known = [Alerts(found).find(AlertId(each)) for each in alert_ids]
    return [
        each
        for each in known
        if each is not None and each.status is not AlertStatus.SUBMITTED and me in (each.author_id, each.submitter_id)
    ]


def approvers_of(alert: Alert) -> list[Approver]:
    """Return the people who may be its second person, at any level."""
    besides = {
        alert.author_id,
        alert.submitter_id,
        request_context.actor().user_id if alert.submitter_id is None else None,
    }
    with request_context.session() as found:
        return approvers(found, alert.audience.targets.areas, messages.tree(), request_context.context().now(), besides)


def may_everywhere(action: Action, areas: Iterable[AreaId]) -> bool:
    """Return whether the user may do it in each of the areas; anywhere, if none is named."""
    tree = messages.tree()
    return request_context.can_everywhere(action, [each for each in areas if each in tree], tree)


def holds(action: Action, alert: Alert) -> bool:
    return may_everywhere(action, alert.audience.targets.areas)


def sound_lines(alert: Alert) -> list[SoundLine]:
    """Return the main sound of each language, or how far its making is."""
    with request_context.session() as found:
        return [replace(_line(found, each), on_flash=_on_flash(found, alert, each)) for each in alert.wordings]


def is_making(alert: Alert) -> bool:
    """Return whether a sound of its first round is being made."""
    return any(each.sound.state is SoundState.MAKING for each in alert.wordings)


def _on_flash(found: Session, alert: Alert, wording: Wording) -> tuple[int, int] | None:
    is_ready = wording.sound.state is SoundState.READY
    if not is_ready or not policy().allows_local_alerts or LocalAlerts(found).spoken(wording.sound.made_from) is None:
        return None
    tree = messages.tree()
    named = [each for each in alert.audience.targets.areas if each in tree]
    return speech_on_flash(found, {area.id for each in named for area in tree.subtree(each)})


def _line(found: Session, wording: Wording) -> SoundLine:
    sound = wording.sound
    job: JobProgress | None = None
    if sound.state is SoundState.MAKING and sound.job_id:
        job = job_progress(found, sound.job_id)
    best = playable(sound)
    return SoundLine(
        wording.language,
        sound.state,
        best.sha256 if best else "",
        "mp3" if best and best.media_type == "audio/mpeg" else "opus",
        best.duration_ms if best else 0,
        job.step if job else "",
        job.progress_pct if job else 0,
        messages.failure(sound.error) if sound.state is SoundState.FAILED else "",
        _said(sound) if best else "",
        sound,
    )


def _said(sound: Sound) -> str:
    return "\n".join(part.text for part in decoded(sound.made_from) if isinstance(part, SpokenText))


def playable(sound: Sound) -> Rendition | None:
    return next((found for kind in _PLAYABLE if (found := sound.rendition(kind)) is not None), None)


@pages.app_context_processor
def frame_variables() -> dict[str, object]:
    """Return the variables of the frame that tell of alerts."""
    can_read = request_context.visitor() is not None and request_context.can_anywhere(Action.ALERT_READ)
    return {
        "in_force": in_force if can_read else None,
        "fired_by_orders": fired_by_orders,
        "waiting_for_me": waiting_for_me,
        "mine_waiting": mine_waiting,
    }


add_template_globals(alert_looks=looks)


@dataclass(frozen=True)
class Ends:
    """End of ``alert`` in the places of ``names``; ``is_whole``: in all of its own. ``is_lower``: the level drops."""

    alert: Alert
    places: int
    names: str
    is_whole: bool
    is_lower: bool


def ends_of(found: Alert) -> tuple[Ends | None, str]:
    """Return what the alert ends when this user approves it, or the reason for which this user cannot end that."""
    if found.updates_id is None:
        return None, ""
    context, actor = request_context.context(), request_context.actor()
    with context.uow.reading() as uow:
        people = people_of(uow, found, actor)
        try:
            replaced = replacement_of(uow, context.authority, found, people)
        except NotAllowedError as error:
            return None, _(
                "You or the submitter may not end the alert that this would replace in: %(areas)s. Call somebody who "
                "may.",
                areas=messages.area_names(error.areas),
            )
        except InvalidError as error:
            return None, " ".join(map(messages.problem_sentence, error.problems))
    if replaced is None:
        return None, ""
    names = messages.area_names(replaced.areas)
    count = len(leaf_areas(Targets(replaced.areas), messages.tree(), request_context.today()))
    is_lower = found.level < replaced.alert.level
    return Ends(replaced.alert, count, names, replaced.is_whole, is_lower), ""
