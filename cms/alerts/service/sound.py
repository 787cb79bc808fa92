"""Sound of alerts, and all-clears and corrections prepared and spoken ahead from templates, for one person to send."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from broadcast.alerts.hazard_rules import Rounds
from broadcast.alerts.hazards import LANGUAGES_WITH_TEXT, HazardTable
from broadcast.alerts.lifecycle import siren_of
from broadcast.alerts.message_templates import Written
from broadcast.alerts.model import Alert, AlertAction, AlertFacts, AlertId, AlertStatus, Purpose, Wording
from broadcast.alerts.script import encoded, script, spoken_languages
from broadcast.bulletins.model import Sound, SoundState
from broadcast.speech.dictionary import occurring
from broadcast.speech.normalization import VIETNAMESE
from cms.alerts.repository.alerts import AlertPolicies, Alerts
from cms.alerts.service.steps import decided, event_of, progressed, revised
from cms.local_alerts.repository import LocalAlerts
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import UnitOfWork
from cms.speech.service.dictionary import known_sayings
from media.ports import Voices
from province.call import Call
from province.people import program

_WORKER: Final = program("worker")
_OPEN = (AlertStatus.DRAFT, AlertStatus.SUBMITTED)
MINOR_UPDATES_MAX: Final = 100


class FollowUpTemplate(Protocol):
    """Wording of a follow-up in one language, by a table of hazards."""

    def __call__(self, alert: Alert, language: str, /, *, table: HazardTable) -> Written: ...


def with_sounds(uow: UnitOfWork, alert: Alert, voices: Voices) -> Alert:
    """Return the alert with a current sound for each wording: the one it has, or a new job. Needs a commit.

    Jobs that are no longer needed are cancelled. A wording with neither voice nor recording gets no sound: a finding.
    """
    return replace(alert, wordings=tuple(_with_sound(uow, alert, wording, voices) for wording in alert.wordings))


def with_sayings(uow: UnitOfWork, alert: Alert) -> Alert:
    """Return the alert with the current dictionary entries of its areas; only while it is a draft."""
    text = "\n".join((alert.headline, *(wording.text for wording in alert.wordings)))
    return replace(alert, sayings=occurring(known_sayings(uow, alert.audience.targets.areas), text))


def keeping_sounds(old: Sequence[Wording], new: Sequence[Wording], uow: UnitOfWork) -> tuple[Wording, ...]:
    """Return the new wordings with the old ones' sounds by language; cancel the jobs of languages left out."""
    known = {wording.language: wording for wording in old}
    for language in known.keys() - {wording.language for wording in new}:
        for sound in (known[language].sound, known[language].again):
            _forget(uow, sound)
    return tuple(
        replace(wording, sound=known[wording.language].sound, again=known[wording.language].again)
        if wording.language in known
        else wording
        for wording in new
    )


def again_of(alert: Alert, wording: Wording) -> Sound | None:
    """Return the sound of later rounds if it is made from the current text, else None."""
    made_from = encoded(script(alert, wording, is_again=True))
    is_good = wording.again.state is SoundState.READY and wording.again.made_from == made_from
    return wording.again if is_good else None


def finish(uow: UnitOfWork, alert_id: AlertId, sound: Sound, *, language: str, is_again: bool, now: datetime) -> bool:
    """Store the sound that a job made, or failed to make. False: its text is stale, or the job is no longer needed.

    Raises:
        NotFoundError: no such alert.
    """
    with uow:
        old = uow[Alerts].get(alert_id)
        wordings = tuple(_taken(wording, language, sound, is_again=is_again) for wording in old.wordings)
        if wordings == old.wordings or old.status not in _OPEN:
            return False
        alert = progressed(old, now, wordings=wordings)
        uow[Alerts].save(alert)
        name = "sounded" if sound.state is SoundState.READY else "sound_failed"
        uow.record(event_of(name, alert, _WORKER, language=language, again=is_again, error=sound.error))
        uow.commit()
    return True


def _with_sound(uow: UnitOfWork, alert: Alert, wording: Wording, voices: Voices) -> Wording:
    return replace(
        wording,
        sound=_sound_for(uow, alert, wording, voices, is_again=False),
        again=_sound_for(uow, alert, wording, voices, is_again=True),
    )


def _sound_for(uow: UnitOfWork, alert: Alert, wording: Wording, voices: Voices, *, is_again: bool) -> Sound:
    parts = script(alert, wording, is_again=is_again)
    sound, wanted = wording.again if is_again else wording.sound, encoded(parts)
    can_be_made = bool(parts) and all(voices.speaks(language) for language in spoken_languages(parts))
    if can_be_made and sound.made_from == wanted and sound.state in (SoundState.MAKING, SoundState.READY):
        return sound
    _forget(uow, sound)
    if not can_be_made:
        return Sound()
    if (known := _prepared(uow, alert, wording, is_again=is_again, wanted=wanted)) is not None:
        return known
    payload: dict[str, object] = {"language": wording.language, "is_again": is_again, "made_from": wanted}
    is_awaited = not (is_again or alert.is_prepared)
    job_id = uow.jobs.add(JobKind.MAKE_ALERT_SOUND if is_awaited else JobKind.PREPARE_ALERT_SOUND, alert.id, payload)
    return Sound(state=SoundState.MAKING, made_from=wanted, job_id=job_id)


def _prepared(uow: UnitOfWork, alert: Alert, wording: Wording, *, is_again: bool, wanted: str) -> Sound | None:
    """Return the speech of a local alert with these very words, which is on boxes' flash; None: there is none.

    So an alert that was agreed on beforehand waits for no voice, and its loudspeakers fetch nothing.
    """
    first = encoded(script(alert, wording, is_again=False))
    found = uow[LocalAlerts].spoken(first)
    made = None if found is None else found[is_again]
    return made if made is not None and made.state is SoundState.READY and made.made_from == wanted else None


def _forget(uow: UnitOfWork, sound: Sound) -> None:
    if sound.state is SoundState.MAKING:
        uow.jobs.cancel(sound.job_id)


def _taken(wording: Wording, language: str, sound: Sound, *, is_again: bool) -> Wording:
    awaited = wording.again if is_again else wording.sound
    is_awaited = (
        wording.language == language
        and awaited.state is SoundState.MAKING
        and (awaited.job_id, awaited.made_from) == (sound.job_id, sound.made_from)
    )
    if not is_awaited:
        return wording
    return replace(wording, again=sound) if is_again else replace(wording, sound=sound)


def prepare(uow: UnitOfWork, alert: Alert, template: FollowUpTemplate, *, call: Call, voices: Voices) -> Alert:
    """Draft a follow-up of ``alert`` to the same audience, in the languages that both template and voice support.

    Within a unit of work, after ``alert`` was stored; its sounds are being made once that is committed.
    """
    languages = [VIETNAMESE, *sorted({w.language for w in alert.wordings} - {VIETNAMESE})]
    spoken = [each for each in languages if each in LANGUAGES_WITH_TEXT and voices.speaks(each)] or [VIETNAMESE]
    heard = replace(alert, approved_at=heard_at(uow, alert))
    policy, table = uow[AlertPolicies].with_hazards()
    texts = {language: template(heard, language, table=table) for language in spoken}
    plain = Alert(
        id=AlertId(call.new_id()),
        kind=alert.kind,
        hazard=alert.hazard,
        level=alert.level,
        headline=template(heard, VIETNAMESE, table=table).headline[:260],
        audience=alert.audience,
        facts=AlertFacts(place=alert.facts.place, authority=alert.facts.authority, basis=alert.facts.basis),
        wordings=tuple(Wording(language, text.text) for language, text in texts.items()),
        rounds=Rounds(),
        expires_at=call.now + timedelta(minutes=policy.all_clear_minutes),
        author_id=call.actor.user_id,
        author_name=call.actor.name,
        created_at=call.now,
        changed_at=call.now,
        worded_at=call.now,
        purpose=Purpose.ALL_CLEAR,
        updates_id=alert.id,
        is_silent=alert.is_silent,
        is_prepared=True,
        siren=siren_of(alert.hazard, alert.level, purpose=Purpose.ALL_CLEAR, table=table),
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
    by, name = call.actor.user_id, call.actor.name
    one = {"submitter_id": by, "submitter_name": name, "approver_id": by, "approver_name": name}
    return decided(prepared, call.now, **one, submitted_at=call.now, expires_at=expires_at)
