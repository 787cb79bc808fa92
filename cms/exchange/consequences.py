"""What follows from a message that was taken: a draft, a question for people, an untouched draft taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.cap.audience import Proposer
from broadcast.cap.judging import Airs, Verdict
from broadcast.cap.message import CapMessage
from broadcast.errors import InvalidError, Problem
from broadcast.events import Event
from broadcast.model.alerts import Alert, AlertId, AlertStatus, Audience
from broadcast.model.people import Action, Actor, UserId
from broadcast.model.schedules import DEFAULT_ZONE
from broadcast.ports import Voices
from broadcast.use_cases.alert_draft import AlertDraft
from broadcast.use_cases.alert_steps import machine_event
from broadcast.use_cases.preparing import discard_draft
from broadcast.use_cases.raising import draft_alert
from cms.exchange.proposing import draft_of, is_elsewhere, within
from cms.store.exchange import CapSender, Outcome, ReceivedCap, SqlCapMessages, name_hashes
from cms.store.uow import SqlUnitOfWork, UowFactory
from devices.areas import AreaId, AreaTree

EXCHANGE: Final = UserId("exchange")
"""The author of what was drafted from another system's word: nobody, so that two people still have to act."""
_ENDING: Final = frozenset(
    {Airs.DRAFT_CANCEL, Airs.DRAFT_ALL_CLEAR, Airs.DRAFT_DRILL_CANCEL, Airs.DRAFT_DRILL_ALL_CLEAR}
)
_OPEN: Final = (AlertStatus.DRAFT, AlertStatus.SUBMITTED, AlertStatus.ACTIVE)


class _AsExchange:
    """Drafting is all the exchange does, and a draft does nothing."""

    def require(self, actor: Actor, action: Action, areas: Iterable[AreaId], tree: AreaTree) -> None:
        del areas, tree
        assert actor.user_id == EXCHANGE
        assert action is Action.ALERT_RAISE


def keep(uow: SqlUnitOfWork, record: ReceivedCap) -> ReceivedCap:
    """Write the message down with its event, and commit. Raises IntegrityError where its name was heard meanwhile."""
    with uow:
        _write(uow, record)
        uow.commit()
    return record


@dataclass(frozen=True)
class Consequences:
    """``of`` does what a message taken asks for, in one transaction with writing it down."""

    uow: UowFactory
    voices: Voices
    new_id: Callable[[], str]

    def of(self, message: CapMessage, record: ReceivedCap, known: CapSender | None, now: datetime) -> ReceivedCap:
        """What was written down. Raises IntegrityError where a message of its name was heard meanwhile."""
        if record.airs in _ENDING:
            uow = self.uow()
            with uow:
                asked = _asked(uow, record, _alert_about(uow, message, known), now)
                _write(uow, asked)
                uow.commit()
            return asked
        return self._drafted(message, record, known, now)

    def _drafted(self, message: CapMessage, record: ReceivedCap, known: CapSender | None, now: datetime) -> ReceivedCap:
        with (uow := self.uow()):
            about = _alert_about(uow, message, known)
            tree = uow.places.tree()
            hours_max = uow.alert_policy.get().hours_max
        proposal = Proposer(tree, now.astimezone(ZoneInfo(DEFAULT_ZONE)).date()).propose(message)
        audience = within(proposal.audience, known.area_ids if known else (), tree)
        drafted = draft_of(
            message,
            audience,
            self.voices,
            authority=known.name if known is not None and record.verdict is Verdict.ACCEPT else "",
            updates_id=about.id if about is not None and about.status is AlertStatus.ACTIVE else None,
            now=now,
            hours_max=hours_max,
        )
        notes = (*record.notes, *drafted.notes, *(("BEYOND_RIGHTS",) if audience != proposal.audience else ()))
        record = replace(record, findings=(*record.findings, *proposal.findings), notes=notes)
        if about is None and is_elsewhere(message, proposal.audience, tree):
            return keep(self.uow(), replace(record, notes=("ELSEWHERE",)))
        by = Actor(EXCHANGE, (known.name if known else message.sender)[:200], ())
        before = about.id if about is not None and about.status is not AlertStatus.ACTIVE else None
        # A shape that cannot be sent to devices is left out, and the areas are meant as a whole.
        plain = replace(drafted.draft, audience=Audience(audience.targets))
        left_out = replace(record, notes=(*notes, "SHAPE_LEFT_OUT"))
        problems: tuple[Problem, ...] = ()
        for draft, noted in ((drafted.draft, record), (plain, left_out)):
            try:
                return self._draft(draft, noted, before, by, now)
            except InvalidError as error:
                problems = tuple(error.problems)
        why = tuple(f"{problem.code}:{problem.field}" for problem in problems)
        return keep(self.uow(), replace(record, outcome=Outcome.FAILED, notes=(*notes, *why)))

    def _draft(
        self, draft: AlertDraft, record: ReceivedCap, before: AlertId | None, by: Actor, now: datetime
    ) -> ReceivedCap:
        """Raises InvalidError, with nothing done."""
        uow = self.uow()
        done = replace(record, outcome=Outcome.DRAFTED, alert_id=AlertId(self.new_id()))
        if before is not None:
            done = replace(done, notes=(*done.notes, f"REPLACES_DRAFT:{before}"))

        def beside() -> None:
            if before is not None and record.verdict is Verdict.ACCEPT:
                _take_away(uow, before, now)
            _write(uow, done)

        uow.before_commit(beside)
        draft_alert(
            uow,
            draft=draft,
            actor=by,
            authority=_AsExchange(),
            voices=self.voices,
            now=now,
            new_id=lambda: str(done.alert_id),
        )
        return done


def _asked(uow: SqlUnitOfWork, record: ReceivedCap, about: Alert | None, now: datetime) -> ReceivedCap:
    """An end: of what sounds it is a question; an untouched draft that a known sender takes back is gone."""
    if about is None or about.status not in _OPEN:
        return replace(record, notes=(*record.notes, "NOTHING_OF_OURS"))
    if record.verdict is Verdict.ACCEPT and _take_away(uow, about.id, now):
        return replace(record, outcome=Outcome.DISCARDED, alert_id=about.id)
    return replace(record, outcome=Outcome.ASKS, alert_id=about.id)


def _take_away(uow: SqlUnitOfWork, alert_id: AlertId, now: datetime) -> bool:
    """Discard a draft of the exchange that no person has touched; whether it was one."""
    alert = uow.alerts.get(alert_id)
    is_untouched = alert.version - alert.own_versions == 1 and alert.status is AlertStatus.DRAFT
    if alert.author_id != EXCHANGE or not is_untouched:
        return False
    gone = discard_draft(uow, alert, now)
    uow.record(machine_event("discarded", gone, EXCHANGE, cap=gone.cap_ref))
    return True


def _alert_about(uow: SqlUnitOfWork, message: CapMessage, known: CapSender | None) -> Alert | None:
    """The alert drafted from what the message refers to: an active one, else the newest.

    Only through messages that the sender may speak for: its own, and those of senders below it.
    """
    mine = {message.sender, *(known.superior_of if known else ())}
    names = name_hashes(each for each in message.references if each.sender in mine)
    heard = SqlCapMessages(uow.session).around(names, with_referring=False)
    alerts = [uow.alerts.get(each.alert_id) for each in heard if each.alert_id]
    ranked = sorted(alerts, key=lambda alert: (alert.status is AlertStatus.ACTIVE, alert.created_at, alert.id))
    return ranked[-1] if ranked else None


def _write(uow: SqlUnitOfWork, record: ReceivedCap) -> None:
    SqlCapMessages(uow.session).add(record)
    detail: dict[str, object] = {
        "sender": record.sender,
        "identifier": record.identifier,
        "verdict": record.verdict.value,
        "code": record.code,
        "source": record.source,
        "outcome": record.outcome.value,
        "alert": record.alert_id,
        "notes": list(record.notes),
    }
    uow.record(Event("cap.received", record.id, record.received_at, EXCHANGE, EXCHANGE, detail))
