"""Prepared all-clears and corrections, written and spoken ahead from templates: one person can send them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from broadcast.alerts.hazard_rules import Rounds
from broadcast.alerts.message_templates import LANGUAGES_WITH_TEXT, Written
from broadcast.alerts.model import Alert, AlertAction, AlertFacts, AlertId, AlertStatus, Purpose, Wording
from broadcast.bulletins.model import SoundState
from broadcast.speech.normalization import VIETNAMESE
from cms.alerts.repository.alerts import AlertPolicies, Alerts
from cms.alerts.service.sound import with_sayings, with_sounds
from cms.alerts.service.steps import revised
from cms.platform.store.uow import UnitOfWork
from media.ports import Voices
from province.call import Call

MINOR_UPDATES_MAX: Final = 100
Template = Callable[[Alert, str], Written]


def prepare(uow: UnitOfWork, alert: Alert, template: Template, *, call: Call, voices: Voices) -> Alert:
    """Draft a follow-up of ``alert`` to the same audience, in the languages that both template and voice support.

    Within a unit of work, after ``alert`` was stored; its sounds are being made once that is committed.
    """
    languages = [VIETNAMESE, *sorted({w.language for w in alert.wordings} - {VIETNAMESE})]
    spoken = [each for each in languages if each in LANGUAGES_WITH_TEXT and voices.speaks(each)] or [VIETNAMESE]
    heard = replace(alert, approved_at=heard_at(uow, alert))
    texts = {language: template(heard, language) for language in spoken}
    plain = Alert(
        id=AlertId(call.new_id()),
        kind=alert.kind,
        hazard=alert.hazard,
        level=alert.level,
        headline=texts.get(VIETNAMESE, template(heard, VIETNAMESE)).headline[:260],
        audience=alert.audience,
        facts=AlertFacts(place=alert.facts.place, authority=alert.facts.authority, basis=alert.facts.basis),
        wordings=tuple(Wording(language, text.text) for language, text in texts.items()),
        rounds=Rounds(),
        expires_at=call.now + timedelta(minutes=uow[AlertPolicies].get().all_clear_minutes),
        author_id=call.actor.user_id,
        author_name=call.actor.name,
        created_at=call.now,
        changed_at=call.now,
        worded_at=call.now,
        purpose=Purpose.ALL_CLEAR,
        updates_id=alert.id,
        is_silent=alert.is_silent,
        is_prepared=True,
    )
    prepared = with_sounds(uow, with_sayings(uow, plain), voices)
    uow[Alerts].add(prepared)
    return prepared


def heard_at(uow: UnitOfWork, alert: Alert) -> datetime | None:
    """Return when people heard it: a minor update replaces without sound what had sounded before."""
    found, steps = alert, 0
    while found.is_minor and found.updates_id is not None and steps < MINOR_UPDATES_MAX:
        found, steps = uow[Alerts].get(found.updates_id), steps + 1
    return found.approved_at


def discard_prepared(uow: UnitOfWork, alert_id: AlertId, now: datetime) -> None:
    """Discard the drafts prepared to follow an alert."""
    while (prepared := uow[Alerts].prepared_for(alert_id)) is not None:
        discard_draft(uow, prepared, now)


def discard_draft(uow: UnitOfWork, old: Alert, now: datetime, reason: str = "") -> Alert:
    """Discard a draft and cancel its sound jobs. Raises NotPossibleError."""
    alert = revised(old, AlertAction.DISCARD, now, is_prepared=False, reason=reason or old.reason)
    for wording in old.wordings:
        for sound in (wording.sound, wording.again):
            if sound.state is SoundState.MAKING:
                uow.jobs.cancel(sound.job_id)
    uow[Alerts].save(alert)
    return alert


def as_agreed(prepared: Alert, call: Call, expires_at: datetime) -> Alert:
    """Return it as submitted and approved by one person at once: allowed for prepared drafts only."""
    assert prepared.is_prepared
    assert prepared.status is AlertStatus.DRAFT
    submitted = revised(
        prepared,
        AlertAction.SUBMIT,
        call.now,
        submitter_id=call.actor.user_id,
        submitter_name=call.actor.name,
        submitted_at=call.now,
        expires_at=expires_at,
    )
    active = revised(
        submitted,
        AlertAction.APPROVE,
        call.now,
        approver_id=call.actor.user_id,
        approver_name=call.actor.name,
        approved_at=call.now,
    )
    return replace(active, version=prepared.version + 1)
