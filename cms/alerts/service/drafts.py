"""Raising an alert: drafted in seconds, spoken while the form is filled in, handed over when nothing is missing."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from broadcast.alerts.findings import AlertFindings, findings
from broadcast.alerts.hazards import HazardTable
from broadcast.alerts.lifecycle import next_status, siren_of
from broadcast.alerts.message_templates import rounds_of
from broadcast.alerts.model import Alert, AlertAction, AlertId, AlertStatus, Wording
from broadcast.alerts.orders import RaisedOrder
from cms.alerts.repository.alerts import AlertPolicies, Alerts
from cms.alerts.repository.orders import RaisedOrders
from cms.alerts.service.audiences import hearers, with_areas
from cms.alerts.service.draft_fields import AlertDraft, problems_of
from cms.alerts.service.orders import replacement_of, require_readable
from cms.alerts.service.sound import discard_draft, keeping_sounds, with_sayings, with_sounds
from cms.alerts.service.steps import (
    cleaned_reason,
    event_of,
    require_current,
    require_in_areas,
    require_person,
    require_right_to_drop,
    revised,
)
from cms.areas.repository import Places
from cms.platform.store.rows import columns_of
from cms.platform.store.uow import UnitOfWork
from media.ports import Voices
from province.call import Call
from province.errors import Problem, refuse
from province.people import Action, Actor
from province.wall_clock import local_date


def draft_alert(uow: UnitOfWork, *, draft: AlertDraft, call: Call, voices: Voices) -> Alert:
    """Draft an alert; a job runs for each language with a voice or a recording. It may be incomplete.

    Raises:
        NotAllowedError: the actor may not raise alerts in every target area (anywhere, where none is named yet).
        InvalidError: with everything that cannot be kept.
        NotFoundError: the alert it would update.
    """
    with uow.urgent():
        alert = add_draft(uow, draft=draft, call=call, voices=voices)
        uow.commit()
    return alert


def add_draft(uow: UnitOfWork, *, draft: AlertDraft, call: Call, voices: Voices) -> Alert:
    """Draft an alert within a unit of work, as ``draft_alert``; raises as it does, before anything is written."""
    table = _check(uow, draft, call)
    if draft.updates_id is not None:
        require_readable(uow, call, uow[Alerts].get(draft.updates_id))
    plain = Alert(
        id=AlertId(call.new_id()),
        author_id=call.actor.user_id,
        author_name=call.actor.name,
        created_at=call.now,
        changed_at=call.now,
        worded_at=call.now,
        **_typed(draft, call.now, table),
    )
    alert = with_sounds(uow, with_sayings(uow, plain), voices)
    uow[Alerts].add(alert)
    uow.record(event_of("drafted", alert, call.actor, cap=alert.cap_ref))
    return alert


def edit(
    uow: UnitOfWork,
    alert_id: AlertId,
    *,
    draft: AlertDraft,
    expected_version: int,
    call: Call,
    voices: Voices,
    editing: str = "",
) -> Alert:
    """Save the next version, in state draft; sounds of unchanged wordings are kept.

    ``editing`` names the open page that saves, for the log.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        NotAllowedError: the actor may not raise alerts in every target area, old and new.
        InvalidError: with everything that cannot be kept; FIXED for what is decided with the first save.
    """
    with uow:
        old = uow[Alerts].get(alert_id)
        require_in_areas(uow, call, Action.ALERT_RAISE, old)
        require_current(old, expected_version)
        next_status(old.status, AlertAction.EDIT)
        _refuse_fixed(old, draft)
        typed = _typed(draft, call.now, _check(uow, draft, call))
        typed["wordings"] = keeping_sounds(old.wordings, typed["wordings"], uow)
        plain = revised(old, AlertAction.EDIT, call.now, is_prepared=False, **typed)
        alert = with_sounds(uow, with_sayings(uow, plain), voices)
        uow[Alerts].save(alert)
        uow.record(event_of("edited", alert, call.actor, **({"editing": editing} if editing else {})))
        uow.commit()
    return alert


def submit(
    uow: UnitOfWork,
    alert_id: AlertId,
    *,
    expected_version: int,
    call: Call,
    voices: Voices,
    raised: RaisedOrder | None = None,
) -> Alert:
    """Submit the alert, with the actor as its submitter; a shape alone has its areas filled in.

    ``raised``: the order as the actor has signed it.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
        TokenRefusedError: a program asks.
        InvalidError: with everything that is missing; see :func:`findings_of`.
    """
    with uow.urgent():
        old = uow[Alerts].get(alert_id)
        require_current(old, expected_version)
        alert = submitted(uow, old, call=call, voices=voices)
        uow[Alerts].save(alert)
        uow[RaisedOrders].remove(alert.id)
        if raised is not None:
            uow[RaisedOrders].add(raised)
        uow.record(event_of("submitted", alert, call.actor, **({"signed": True} if raised is not None else {})))
        uow.commit()
    return alert


def submitted(uow: UnitOfWork, old: Alert, *, call: Call, voices: Voices) -> Alert:
    """Return the next version as ``submit`` saves it; within a unit of work. Raises as ``submit``."""
    require_person(call.actor, Action.ALERT_RAISE)
    next_status(old.status, AlertAction.SUBMIT)
    placed = replace(old, audience=with_areas(uow, old.audience))
    require_in_areas(uow, call, Action.ALERT_RAISE, placed)
    found = _findings(uow, placed, voices, call.now, is_counted=True)
    refuse(found.forbidding_submission)
    replacement_of(uow, call.authority, placed, (call.actor,))
    alert = revised(
        placed,
        AlertAction.SUBMIT,
        call.now,
        submitter_id=call.actor.user_id,
        submitter_name=call.actor.name,
        submitted_at=call.now,
        reason="",
    )
    return with_sounds(uow, alert, voices)


def discard(uow: UnitOfWork, alert_id: AlertId, *, expected_version: int, call: Call, reason: str = "") -> Alert:
    """Discard the draft or submitted alert for good.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        NotAllowedError: of another's live alert that waits for its second person, as ``agreeing.approve``.
        InvalidError: of such a one no reason was given.
    """
    with uow:
        old = uow[Alerts].get(alert_id)
        require_in_areas(uow, call, Action.ALERT_RAISE, old)
        require_current(old, expected_version)
        next_status(old.status, AlertAction.DISCARD)
        require_right_to_drop(uow, call, old)
        is_anothers = old.status is AlertStatus.SUBMITTED and call.actor.user_id not in (
            old.author_id,
            old.submitter_id,
        )
        why = cleaned_reason(reason) if is_anothers and not old.is_drill else reason.strip()
        alert = discard_draft(uow, old, call.now, why)
        uow.record(event_of("discarded", alert, call.actor, **({"reason": why} if why else {})))
        uow.commit()
    return alert


def discard_untouched(uow: UnitOfWork, alert_id: AlertId, by: Actor, now: datetime) -> bool:
    """Discard a draft of one of our own programs that no person has touched; return whether it was one.

    Within a unit of work.
    """
    alert = uow[Alerts].get(alert_id)
    is_untouched = alert.version - alert.own_versions == 1 and alert.status is AlertStatus.DRAFT
    if alert.author_id != by.user_id or not is_untouched:
        return False
    gone = discard_draft(uow, alert, now)
    uow.record(event_of("discarded", gone, by, cap=gone.cap_ref))
    return True


def findings_of(uow: UnitOfWork, alert_id: AlertId, *, voices: Voices, now: datetime) -> AlertFindings:
    """Return everything that blocks submitting, and warnings. Changes nothing. Raises NotFoundError."""
    with uow:
        alert = uow[Alerts].get(alert_id)
        placed = replace(alert, audience=with_areas(uow, alert.audience))
        return _findings(uow, placed, voices, now, is_counted=True)


def require_complete(uow: UnitOfWork, alert: Alert, voices: Voices, now: datetime) -> None:
    """Require that nothing is missing, at submission and again at approval; raises InvalidError with all of it."""
    found = _findings(uow, alert, voices, now)
    refuse(found.problems)


def _findings(
    uow: UnitOfWork, alert: Alert, voices: Voices, now: datetime, *, is_counted: bool = False
) -> AlertFindings:
    """Return the findings; ``is_counted``: with the devices counted, which takes a moment in a large province."""
    updated = None if alert.updates_id is None else uow[Alerts].get(alert.updates_id)
    meant = sum(area.meant for area in hearers(uow, alert.audience)) if is_counted else None
    return findings(alert, updated=updated, meant=meant, policy=uow[AlertPolicies].get(), speaks=voices.speaks, now=now)


def _check(uow: UnitOfWork, draft: AlertDraft, call: Call) -> HazardTable:
    """Require a draft that can be kept; return the table of hazards by which it was judged."""
    tree, table = uow[Places].tree(), uow[AlertPolicies].hazards()
    # Places that do not exist are a mistake in the input, not a question of rights.
    call.require(Action.ALERT_RAISE, [a for a in draft.audience.targets.areas if a in tree], tree)
    refuse(problems_of(draft, tree, local_date(call.now), table))
    return table


def _refuse_fixed(old: Alert, draft: AlertDraft) -> None:
    names = ("kind", "purpose", "updates_id", "cap_ref")
    changed = [Problem(name, "FIXED") for name in names if getattr(old, name) != getattr(draft, name)]
    refuse(changed)


def _typed(draft: AlertDraft, now: datetime, table: HazardTable) -> dict[str, Any]:
    hazard, level, risk = draft.hazard, draft.level, draft.risk
    return columns_of(draft) | {
        "headline": " ".join(draft.headline.split()),
        "wordings": tuple(Wording(w.language, w.text.strip(), w.recording_sha256) for w in draft.wordings),
        "rounds": rounds_of(hazard, level, risk, table=table) if draft.rounds is None else draft.rounds,
        "expires_at": now + table.hazards[hazard].lasts if draft.expires_at is None else draft.expires_at,
        "siren": siren_of(hazard, level, risk, draft.purpose, table=table),
    }
