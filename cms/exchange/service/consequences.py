"""Consequences of an accepted message: a draft, a question for people, an untouched draft discarded.

Only a standing order, to which two people agreed beforehand, makes an alert of it without a hand.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from broadcast.alerts.cap.audience import Proposer
from broadcast.alerts.cap.message import CapMessage, Status
from broadcast.alerts.cap.verdict import Airs, CapVerdict
from broadcast.alerts.model import Alert, AlertId, AlertKind, AlertStatus, Audience
from broadcast.standing_orders.cap_warnings import warning_of
from broadcast.standing_orders.matching import Match, MatchOutcome
from broadcast.standing_orders.model import IncomingWarning
from cms.alerts.repository.alerts import AlertPolicies, Alerts
from cms.alerts.service.draft_fields import AlertDraft
from cms.alerts.service.drafts import discard_untouched, draft_alert
from cms.areas.repository import Places
from cms.exchange.model import CapSender, ExchangeOutcome, ReceivedCap
from cms.exchange.repository.exchange import CapMessages, name_hashes
from cms.exchange.service.proposals import draft_of, is_elsewhere, within
from cms.platform.store.uow import UnitOfWork, UowFactory
from cms.standing_orders.service import firing
from media.ports import Voices
from province.areas import AreaId, AreaTree
from province.call import Authority, Call
from province.errors import InvalidError, Problem
from province.events import Event
from province.people import Action, Actor, UserId, program
from province.policy import Policy
from province.wall_clock import local_date

EXCHANGE: Final = UserId("exchange")
"""Author of drafts made of another system's messages: no person, so that two people still have to act."""
_PROGRAM: Final = program(EXCHANGE)
_ENDING: Final = frozenset(
    {Airs.DRAFT_CANCEL, Airs.DRAFT_ALL_CLEAR, Airs.DRAFT_DRILL_CANCEL, Airs.DRAFT_DRILL_ALL_CLEAR}
)
_WAITING: Final = (AlertStatus.DRAFT, AlertStatus.SUBMITTED)
_FAMILY_MAX: Final = 100


@dataclass(frozen=True)
class _About:
    """Alerts that a message is about. ``waiting``: unsent drafts of the exchange, newest first."""

    active: Alert | None
    waiting: tuple[Alert, ...]

    @property
    def is_nothing(self) -> bool:
        return self.active is None and not self.waiting


@dataclass(frozen=True)
class _Drafting:
    """Circumstances of a draft. ``held``: the standing order that did not fire, and why."""

    by: Actor
    now: datetime
    warning: IncomingWarning
    held: Match | None


class _AsExchange:
    """Authority that only allows to draft, and to read what the draft would update: neither airs anything."""

    def require(self, actor: Actor, action: Action, areas: Iterable[AreaId], tree: AreaTree) -> None:
        del areas, tree
        assert actor.user_id == EXCHANGE
        assert action in (Action.ALERT_RAISE, Action.ALERT_READ)


def keep(uow: UnitOfWork, record: ReceivedCap) -> ReceivedCap:
    """Store the message with its event, and commit. Raises IntegrityError if one of its name was stored meanwhile."""
    with uow:
        _write(uow, record)
        uow.commit()
    return record


@dataclass(frozen=True)
class Consequences:
    """Handler of accepted messages: ``of`` does what one asks for, in the transaction that stores it."""

    uow: UowFactory
    voices: Voices
    new_id: Callable[[], str]
    authority: Authority = field(default_factory=Policy)

    def of(self, message: CapMessage, record: ReceivedCap, known: CapSender | None, now: datetime) -> ReceivedCap:
        """Handle and store the message. Raises IntegrityError if one of its name was stored meanwhile."""
        if record.airs in _ENDING:
            uow = self.uow()
            with uow:
                asked = _asked(uow, record, _about(uow, message, known), now)
                _write(uow, asked)
                uow.commit()
            return asked
        return self._drafted(message, record, known, now)

    def _drafted(self, message: CapMessage, record: ReceivedCap, known: CapSender | None, now: datetime) -> ReceivedCap:
        with (uow := self.uow().looking()):
            about = _about(uow, message, known)
            tree = uow[Places].tree()
            hours_max = uow[AlertPolicies].get().hours_max
        proposal = Proposer(tree, local_date(now)).propose(message)
        audience = within(proposal.audience, known.area_ids if known else (), tree)
        drafted = draft_of(
            message,
            audience,
            self.voices,
            authority=known.name if known is not None and record.verdict is CapVerdict.ACCEPT else "",
            updates_id=None if about.active is None else about.active.id,
            now=now,
            hours_max=hours_max,
        )
        notes = (*record.notes, *drafted.notes, *(("BEYOND_RIGHTS",) if audience != proposal.audience else ()))
        record = replace(record, findings=(*record.findings, *proposal.findings), notes=notes)
        if about.is_nothing and is_elsewhere(message, proposal.audience, tree):
            return keep(self.uow(), replace(record, notes=("ELSEWHERE",)))
        warning = warning_of(
            message,
            audience,
            record.findings,
            hazard=drafted.draft.hazard,
            channel=record.source,
            is_pinned=known is not None and bool(known.certificate_pem),
        )
        found = self._ordered(warning, record, drafted.draft, now)
        if isinstance(found, ReceivedCap):
            return found
        # Only a verified message bears the name of its registered sender.
        is_proved = known is not None and record.verdict is CapVerdict.ACCEPT
        by = Actor(EXCHANGE, (known.name if known and is_proved else f"Chưa xác minh: {message.sender}")[:200], ())
        # A shape that cannot be sent to devices is left out, and the whole areas are targeted.
        plain = replace(drafted.draft, audience=Audience(audience.targets))
        left_out = replace(record, notes=(*notes, "SHAPE_LEFT_OUT"))
        problems: tuple[Problem, ...] = ()
        for draft, noted in ((drafted.draft, record), (plain, left_out)):
            try:
                return self._draft(draft, noted, about.waiting, _Drafting(by, now, warning, found))
            except InvalidError as error:
                problems = tuple(error.problems)
        why = tuple(f"{problem.code}:{problem.field}" for problem in problems)
        failed = replace(record, outcome=ExchangeOutcome.FAILED, notes=(*notes, *why))
        with (uow := self.uow()):
            if found is not None:
                firing.hold(uow, found, warning, None, now)
            _write(uow, failed)
            uow.commit()
        return failed

    def _ordered(
        self, warning: IncomingWarning, record: ReceivedCap, draft: AlertDraft, now: datetime
    ) -> ReceivedCap | Match | None:
        """Return the record of what fired or was heard before; else the match that is held; None if none is meant."""
        with (looking := self.uow().looking()):
            if not firing.is_concerned(looking, warning):
                return None
        call = Call(firing.WARNER, self.authority, now, self.new_id)
        with (uow := self.uow().urgent()):
            found, alert_id = firing.settle(uow, warning, cap_ref=draft.cap_ref, call=call, voices=self.voices)
            if alert_id is None:
                return found if found.order is not None else None
            is_fired = found.outcome is MatchOutcome.FIRES
            outcome = ExchangeOutcome.FIRED if is_fired else ExchangeOutcome.REPEATED
            done = replace(record, outcome=outcome, alert_id=alert_id)
            _write(uow, done)
            uow.commit()
        return done

    def _draft(
        self, draft: AlertDraft, record: ReceivedCap, before: Sequence[Alert], drafting: _Drafting
    ) -> ReceivedCap:
        """Make the draft. Raises InvalidError, with nothing changed."""
        uow, now = self.uow(), drafting.now
        notes = (*record.notes, *(f"REPLACES_DRAFT:{each.id}" for each in before))
        done = replace(record, outcome=ExchangeOutcome.DRAFTED, alert_id=AlertId(self.new_id()), notes=notes)

        def beside() -> None:
            if record.verdict is CapVerdict.ACCEPT:
                for each in before:
                    discard_untouched(uow, each.id, _PROGRAM, now)
            if drafting.held is not None:
                firing.hold(uow, drafting.held, drafting.warning, done.alert_id, now)
            _write(uow, done)

        uow.before_commit(beside)
        call = Call(drafting.by, _AsExchange(), now, lambda: str(done.alert_id))
        draft_alert(uow, draft=draft, call=call, voices=self.voices)
        return done


def _asked(uow: UnitOfWork, record: ReceivedCap, about: _About, now: datetime) -> ReceivedCap:
    """Handle an end: ask about an active alert; discard untouched drafts that a verified sender withdraws."""
    is_known = record.verdict is CapVerdict.ACCEPT
    left = [each for each in about.waiting if not (is_known and discard_untouched(uow, each.id, _PROGRAM, now))]
    gone = [each for each in about.waiting if each not in left]
    asked = about.active or next(iter(left), None)
    if asked is not None:
        return replace(record, outcome=ExchangeOutcome.ASKS, alert_id=asked.id)
    if gone:
        return replace(record, outcome=ExchangeOutcome.DISCARDED, alert_id=gone[0].id)
    return replace(record, notes=(*record.notes, "NOTHING_OF_OURS"))


def _about(uow: UnitOfWork, message: CapMessage, known: CapSender | None) -> _About:
    """Find the alerts and drafts of the messages that it refers to, through updates in both directions.

    Only through messages that the sender may speak for: its own, and those of senders below it.
    """
    mine = {message.sender, *(known.superior_of if known else ())}
    store = uow[CapMessages]
    heard = store.around(name_hashes(each for each in message.references if each.sender in mine), with_referring=False)
    found: dict[AlertId, Alert] = {}
    ahead = [each.alert_id for each in heard if each.alert_id]
    while ahead and len(found) < _FAMILY_MAX:
        alert = uow[Alerts].get(ahead.pop())
        found[alert.id] = alert
        near = [*store.followers(alert.id), *([alert.updates_id] if alert.updates_id else [])]
        ahead += [each for each in near if each not in found]
    # A drill never affects a real alert, nor the other way round.
    kind = AlertKind.DRILL if message.status is Status.EXERCISE else AlertKind.LIVE
    same = [each for each in found.values() if each.kind is kind]
    family = sorted(same, key=lambda alert: (alert.created_at, alert.id), reverse=True)
    active = next((alert for alert in family if alert.status is AlertStatus.ACTIVE), None)
    waiting = tuple(each for each in family if each.author_id == EXCHANGE and each.status in _WAITING)
    return _About(active, waiting)


def _write(uow: UnitOfWork, record: ReceivedCap) -> None:
    uow[CapMessages].add(record)
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
    uow.record(Event.of(program(EXCHANGE), "cap.received", record.id, record.received_at, **detail))
