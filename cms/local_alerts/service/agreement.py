"""Local alerts: one person proposes what may be raised at the loudspeakers of a place, another agrees."""

from dataclasses import replace

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.lifecycle import siren_of
from broadcast.alerts.local_alerts import LocalAlert, LocalAlertId, LocalAlertStatus, problems_of
from broadcast.alerts.message_templates import rounds_of
from cms.alerts.repository.alerts import AlertPolicies, Declarations
from cms.alerts.service.steps import require_fresh_code, require_person, undeclared
from cms.areas.repository import Places
from cms.bulletins.service.revisions import area_problems
from cms.local_alerts.repository import LocalAlerts
from cms.local_alerts.service.issues import renew
from cms.local_alerts.service.speech import with_speech
from cms.platform.store.uow import UnitOfWork
from media.ports import Voices
from province.areas import AreaId
from province.call import Call
from province.errors import NotAllowedError, NotPossibleError, refuse
from province.people import Action
from province.wall_clock import local_date


def propose(
    uow: UnitOfWork,
    *,
    area_id: AreaId,
    hazard: Hazard,
    level: AlertLevel,
    headline: str,
    text: str,
    minutes: int,
    call: Call,
) -> LocalAlert:
    """Propose a local alert of a place; nothing of it reaches a device before a second person agrees.

    Raises:
        TokenRefusedError: a program asks.
        NotAllowedError: no right to raise alerts there.
        InvalidError: with everything that is missing or too long, or too many there.
    """
    require_person(call.actor, Action.ALERT_RAISE)
    said, words = " ".join(headline.split()), text.strip()
    with uow:
        tree, table = uow[Places].tree(), uow[AlertPolicies].hazards()
        refuse(area_problems(area_id, "area_id", tree, local_date(call.now)))
        call.require(Action.ALERT_RAISE, [area_id], tree)
        related = {*tree.chain(area_id), *(each.id for each in tree.subtree(area_id))}
        beside = [each for each in uow[LocalAlerts].standing() if each.area_id in related]
        refuse(problems_of(said, words, minutes, beside))
        alert = LocalAlert(
            id=LocalAlertId(call.new_id()),
            area_id=area_id,
            hazard=hazard,
            level=level,
            headline=said,
            text=words,
            minutes=minutes,
            rounds=rounds_of(hazard, level, table=table),
            siren=siren_of(hazard, level, table=table),
            proposed_at=call.now,
            proposed_by=call.actor.user_id,
            proposed_by_name=call.actor.name,
        )
        uow[LocalAlerts].add(alert)
        uow.record(call.event("local_alert.proposed", alert.id, area=area_id, headline=said, text=words))
        uow.commit()
    return alert


def approve(uow: UnitOfWork, alert_id: LocalAlertId, *, call: Call, voices: Voices) -> LocalAlert:
    """Agree, as a second person: from now on it is signed for every device there that has a key holder.

    Its speech is made, and follows to the devices' flash: until then its siren sounds without words.

    Raises:
        NotFoundError: no such local alert.
        NotAllowedError: no right to approve alerts there, OWN_ALERT, SECOND_FACTOR, or LEVEL as of an alert.
        NotPossibleError: it is no proposal any more.
    """
    with uow:
        old, tree = uow[LocalAlerts].get(alert_id), uow[Places].tree()
        call.require(Action.ALERT_APPROVE, [old.area_id], tree)
        if old.status is not LocalAlertStatus.PROPOSED:
            raise NotPossibleError(old.status, "approve")
        if call.actor.user_id == old.proposed_by:
            raise NotAllowedError(Action.ALERT_APPROVE, "OWN_ALERT", (old.area_id,))
        require_fresh_code(call, Action.ALERT_APPROVE)
        missing = undeclared(uow[Declarations].of(call.actor.user_id), old.level, [old.area_id], tree)
        if missing:
            raise NotAllowedError(Action.ALERT_APPROVE, "LEVEL", missing)
        alert = replace(
            old,
            status=LocalAlertStatus.APPROVED,
            approved_at=call.now,
            approved_by=call.actor.user_id,
            approved_by_name=call.actor.name,
        )
        alert = with_speech(uow, alert, voices)
        uow[LocalAlerts].save(alert)
        renew(uow, call.now)
        uow.record(call.event("local_alert.approved", alert.id, area=alert.area_id, headline=alert.headline))
        uow.commit()
    return alert


def withdraw(uow: UnitOfWork, alert_id: LocalAlertId, *, call: Call) -> LocalAlert:
    """Withdraw a local alert: devices that are reached raise it no more, the others until their orders expire.

    Raises:
        NotFoundError: no such local alert.
        NotAllowedError: no right to cancel alerts there.
        NotPossibleError: it is withdrawn.
    """
    with uow:
        old = uow[LocalAlerts].get(alert_id)
        call.require(Action.ALERT_CANCEL, [old.area_id], uow[Places].tree())
        if old.status is LocalAlertStatus.WITHDRAWN:
            raise NotPossibleError(old.status, "withdraw")
        status, name = LocalAlertStatus.WITHDRAWN, call.actor.name
        alert = replace(old, status=status, withdrawn_at=call.now, withdrawn_by_name=name)
        uow[LocalAlerts].save(alert)
        renew(uow, call.now)
        uow.record(call.event("local_alert.withdrawn", alert.id, area=alert.area_id, headline=alert.headline))
        uow.commit()
    return alert
