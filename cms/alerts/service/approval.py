"""Approval of alerts: a second person approves, returns or rejects; break-glass lets one person send alone."""

from hashlib import sha256
from typing import Final

import msgspec

from broadcast.alerts.lifecycle import next_status
from broadcast.alerts.message_templates import all_clear_of
from broadcast.alerts.model import Alert, AlertAction, AlertId, AlertStatus, Purpose
from cms.alerts.repository.alerts import AlertPolicies, Alerts
from cms.alerts.service.drafts import require_complete, submitted
from cms.alerts.service.orders import (
    Replacement,
    SignedOrder,
    people_of,
    replacement_of,
    require_no_warning_there,
    send,
)
from cms.alerts.service.sound import discard_prepared, prepare
from cms.alerts.service.steps import (
    cleaned_reason,
    event_of,
    progressed,
    require_current,
    require_declaration,
    require_fresh_code,
    require_in_areas,
    require_right_to_drop,
    revised,
)
from cms.platform.store.uow import UnitOfWork
from media.ports import Voices
from province.call import Call
from province.errors import NotAllowedError, NotPossibleError
from province.people import Action

_CONTENT: Final = (
    *("id", "kind", "purpose", "hazard", "level", "headline", "audience", "facts", "rounds", "expires_at"),
    *("updates_id", "is_minor", "is_silent", "sayings"),
)
"""Fields that an approval is about, besides the wordings; neither how far their sound is, nor who did what."""
_REFUSED: Final = {AlertAction.RETURN: "returned", AlertAction.REJECT: "rejected"}


def content_sha256(alert: Alert) -> str:
    """Digest what an approval lets out: words, places, hazard, level and times."""
    wordings = [(each.language, each.text, each.recording_sha256) for each in alert.wordings]
    content = {**{name: getattr(alert, name) for name in _CONTENT}, "wordings": wordings}
    return sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


def approve(
    uow: UnitOfWork,
    alert_id: AlertId,
    *,
    expected_version: int,
    call: Call,
    voices: Voices,
    signed: SignedOrder | None = None,
    unsigned: str = "",
) -> Alert:
    """Approve the alert: freeze and send its order, and supersede the alert that it updates.

    The all-clear is prepared at once, so that its sound is there when it is needed. ``signed``: the order that both
    people signed; ``unsigned``: why it needs no signature at present although the rules ask for one.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        NotAllowedError: no right to approve in every target area; OWN_ALERT (author or submitter); SECOND_FACTOR (no
            code within the last five minutes); LEVEL (may not declare this level in the areas named); every refusal of
            :func:`replacement_of` to its submitter or to the actor.
        InvalidError: it has expired, its sound is not ready, or it is an all-clear where a live warning stands.
    """
    with uow.urgent():
        old = uow[Alerts].get(alert_id)
        require_in_areas(uow, call, Action.ALERT_APPROVE, old)
        if call.actor.user_id in (old.author_id, old.submitter_id):
            raise NotAllowedError(Action.ALERT_APPROVE, "OWN_ALERT", old.audience.targets.areas)
        require_fresh_code(call, Action.ALERT_APPROVE)
        require_declaration(uow, old, call.actor)
        require_current(old, expected_version)
        active = _approved(old, call)
        require_complete(uow, old, voices, call.now)
        by = (str(old.submitter_id or old.author_id), str(call.actor.user_id))
        replaced = replacement_of(uow, call.authority, active, people_of(uow, old, call.actor))
        alert = _sent(uow, active, by, replaced=replaced, call=call, voices=voices, signed=signed)
        uow.record(
            event_of("approved", alert, call.actor, order=alert.order_id, by=list(by), **_marked(signed, unsigned))
        )
        uow.commit()
    return alert


def return_(uow: UnitOfWork, alert_id: AlertId, *, reason: str, expected_version: int, call: Call) -> Alert:
    """Return the alert to state draft, with the reason. Submitters may return their own: nothing is decided by it.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
        InvalidError: no reason was given.
    """
    return _refuse(uow, alert_id, AlertAction.RETURN, reason, expected_version, call=call)


def reject(uow: UnitOfWork, alert_id: AlertId, *, reason: str, expected_version: int, call: Call) -> Alert:
    """Reject the alert for good, with the reason.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        NotAllowedError: of another's live alert as :func:`approve`.
        InvalidError: no reason was given.
    """
    return _refuse(uow, alert_id, AlertAction.REJECT, reason, expected_version, call=call)


def send_alone(
    uow: UnitOfWork,
    alert_id: AlertId,
    *,
    reason: str,
    expected_version: int,
    call: Call,
    voices: Voices,
    signed: SignedOrder | None = None,
    unsigned: str = "",
) -> Alert:
    """Send the draft or submitted alert by one person (break-glass); it stays on the review list until signed off.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        NotAllowedError: POLICY (the province does not allow it), DRILL (a drill can always wait for a second person),
            else as :func:`approve`, save OWN_ALERT.
        InvalidError: no reason was given, or something is missing.
    """
    with uow.urgent():
        old = uow[Alerts].get(alert_id)
        if not uow[AlertPolicies].get().may_send_alone:
            raise NotAllowedError(Action.ALERT_APPROVE, "POLICY")
        if old.is_drill:
            raise NotAllowedError(Action.ALERT_APPROVE, "DRILL")
        require_in_areas(uow, call, Action.ALERT_APPROVE, old)
        require_fresh_code(call, Action.ALERT_APPROVE)
        require_declaration(uow, old, call.actor)
        require_current(old, expected_version)
        why = cleaned_reason(reason)
        ready = old
        if old.status is AlertStatus.DRAFT:
            ready = submitted(uow, old, call=call, voices=voices)
            # The areas of a shape are known only now.
            require_declaration(uow, ready, call.actor)
            uow[Alerts].save(ready)
        active = _approved(ready, call, alone_reason=why)
        require_complete(uow, ready, voices, call.now)
        by = (str(call.actor.user_id),)
        replaced = replacement_of(uow, call.authority, active, (call.actor,))
        alert = _sent(uow, active, by, replaced=replaced, call=call, voices=voices, signed=signed)
        uow.record(
            event_of("sent_alone", alert, call.actor, order=alert.order_id, reason=why, **_marked(signed, unsigned))
        )
        uow.commit()
    return alert


def sign_off(uow: UnitOfWork, alert_id: AlertId, *, call: Call) -> Alert:
    """Sign off an alert that another person sent alone: it leaves the review list.

    Raises:
        NotFoundError, ConflictError: see their remedies.
        NotAllowedError: no right to approve in every target area, or OWN_ALERT.
        NotPossibleError: it was not sent alone, or it is signed off already.
    """
    with uow.urgent():
        old = uow[Alerts].get(alert_id)
        require_in_areas(uow, call, Action.ALERT_APPROVE, old)
        if call.actor.user_id in (old.approver_id, old.author_id, old.submitter_id):
            raise NotAllowedError(Action.ALERT_APPROVE, "OWN_ALERT", old.audience.targets.areas)
        if not old.alone_reason or old.signed_off_by is not None:
            raise NotPossibleError(old.status, "sign_off")
        alert = progressed(old, call.now, signed_off_by=call.actor.user_id)
        uow[Alerts].save(alert)
        uow.record(event_of("signed_off", alert, call.actor))
        uow.commit()
    return alert


def _approved(old: Alert, call: Call, alone_reason: str = "") -> Alert:
    return revised(
        old,
        AlertAction.APPROVE,
        call.now,
        approver_id=call.actor.user_id,
        approver_name=call.actor.name,
        approved_at=call.now,
        alone_reason=alone_reason,
    )


def _marked(signed: SignedOrder | None, unsigned: str) -> dict[str, object]:
    if signed is not None:
        return {"signed": True}
    return {"unsigned": unsigned} if unsigned else {}


def _sent(
    uow: UnitOfWork,
    active: Alert,
    by: tuple[str, ...],
    *,
    replaced: Replacement | None,
    call: Call,
    voices: Voices,
    signed: SignedOrder | None,
) -> Alert:
    if not active.is_drill and active.purpose is Purpose.ALL_CLEAR:
        require_no_warning_there(uow, active)
    alert = send(uow, active, replaced=replaced, approved_by=by, now=call.now, new_id=call.new_id, signed=signed)
    if alert.updates_id is not None:
        discard_prepared(uow, alert.updates_id, call.now)
    if replaced is not None and not replaced.is_whole and replaced.alert.purpose is not Purpose.ALL_CLEAR:
        # An alert that stays active elsewhere keeps an all-clear of its own, for the places that are left to it.
        left = uow[Alerts].get(replaced.alert.id)
        prepare(uow, left, all_clear_of, call=call, voices=voices)
    if alert.purpose is not Purpose.ALL_CLEAR:
        prepare(uow, alert, all_clear_of, call=call, voices=voices)
    return alert


def _refuse(
    uow: UnitOfWork, alert_id: AlertId, action: AlertAction, reason: str, expected_version: int, *, call: Call
) -> Alert:
    with uow:
        old = uow[Alerts].get(alert_id)
        require_in_areas(uow, call, Action.ALERT_APPROVE, old)
        require_current(old, expected_version)
        next_status(old.status, action)
        if action is AlertAction.REJECT:
            require_right_to_drop(uow, call, old)
        alert = revised(old, action, call.now, reason=cleaned_reason(reason))
        uow[Alerts].save(alert)
        uow.record(event_of(_REFUSED[action], alert, call.actor, reason=alert.reason))
        uow.commit()
    return alert
