"""Emergencies of the central system: each fires a standing order, or becomes the draft of an alert with an alarm."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import AlertFacts, AlertId, AlertKind, AlertStatus, Audience, Purpose
from broadcast.bulletins.model import Targets
from broadcast.exchange.central import CentralBulletin
from broadcast.speech.normalization import VIETNAMESE
from broadcast.standing_orders.central_warnings import emergency_of
from broadcast.standing_orders.matching import Match, MatchOutcome
from broadcast.standing_orders.model import IncomingWarning
from cms.alerts.repository.alerts import Alerts
from cms.alerts.service.draft_fields import FACT_MAX, HEADLINE_MAX, TEXT_MAX, AlertDraft, WordingDraft
from cms.alerts.service.drafts import draft_alert
from cms.areas.repository import Places
from cms.exchange.model import CentralOutcome, CentralRecord
from cms.exchange.repository.central import CentralRecords
from cms.platform.store.uow import UnitOfWork, UowFactory
from cms.standing_orders.service import firing
from media.ports import Voices
from province.areas import AreaId, AreaTree
from province.call import Authority, Call
from province.errors import InvalidError
from province.events import Event
from province.people import Action, Actor, UserId
from province.policy import Policy

CENTRAL: Final = Actor(UserId("central"), "Hệ thống thông tin nguồn trung ương", ())
"""Author of their bulletins and alerts: no person, so that two people still have to act."""
_CODE: Final = "gso"


class _AsDrafting:
    """Authority that only allows to draft an alert, and to read what it would update: neither airs anything."""

    def require(self, actor: Actor, action: Action, areas: Iterable[AreaId], tree: AreaTree) -> None:
        del areas, tree
        assert actor == CENTRAL
        assert action in (Action.ALERT_RAISE, Action.ALERT_READ)


@dataclass(frozen=True)
class Emergencies:
    """Handler of emergencies. ``is_proved``: the link is encrypted, so that it is the central system who speaks.

    ``contact_at``: the last contact before this one; an emergency says no time of its own.
    """

    uow: UowFactory
    voices: Voices
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    is_proved: bool
    contact_at: datetime
    authority: Authority = field(default_factory=Policy)

    def take(self, record: CentralRecord, read: CentralBulletin, before: Sequence[CentralRecord]) -> CentralRecord:
        """Fire what it fires, else draft an alert; store the record in the same transaction and return it.

        One that the central system has withdrawn asks people about its alert.
        """
        now = self.now()
        if read.is_withdrawn and before[0].alert_id is not None:
            return self._withdrawn(record, before[0].alert_id)
        with self.uow().looking() as looking:
            areas, unknown = areas_of(read, looking[Places].tree())
        reason = f"AREA_UNKNOWN {' '.join(unknown)}"[:500] if unknown else ""
        record = replace(record, reason=reason)
        warning = emergency_of(
            read,
            Audience(Targets(areas)),
            is_proved=self.is_proved,
            is_first=not before,
            is_whole=not unknown,
            sent_at=self.contact_at,
        )
        call = Call(firing.WARNER, self.authority, now, self.new_id)
        with (uow := self.uow().urgent()):
            found, alert_id = firing.settle(uow, warning, cap_ref="", call=call, voices=self.voices)
            if alert_id is not None:
                is_fired = found.outcome is MatchOutcome.FIRES
                outcome = CentralOutcome.FIRED if is_fired else CentralOutcome.REPEATED
                kept = replace(record, outcome=outcome, alert_id=alert_id)
                _write(uow, kept, now)
                uow.commit()
                return kept
        return self._drafted(record, read, warning, found, before)

    def _withdrawn(self, record: CentralRecord, alert_id: AlertId) -> CentralRecord:
        """Ask people about the alert of an emergency that the central system has withdrawn."""
        kept = replace(record, outcome=CentralOutcome.ASKS_WITHDRAWAL, alert_id=alert_id)
        with (uow := self.uow()):
            _write(uow, kept, self.now())
            areas = list(uow[Alerts].get(alert_id).audience.targets.areas)
            told = {"alert": alert_id, "title": record.title, "areas": areas, "is_withdrawn": True}
            uow.record(Event.of(CENTRAL, "central.emergency", record.id, self.now(), **told))
            uow.commit()
        return kept

    def _drafted(
        self,
        record: CentralRecord,
        read: CentralBulletin,
        warning: IncomingWarning,
        found: Match,
        before: Sequence[CentralRecord],
    ) -> CentralRecord:
        now, uow = self.now(), self.uow()
        with self.uow().looking() as looking:
            earlier = next((each.alert_id for each in before if each.alert_id is not None), None)
            old = None if earlier is None else looking[Alerts].find(earlier)
        updates_id = old.id if old is not None and old.status is AlertStatus.ACTIVE else None
        kept = replace(record, outcome=CentralOutcome.ALERT_DRAFTED, alert_id=AlertId(self.new_id()))
        draft = AlertDraft(
            kind=AlertKind.LIVE,
            hazard=warning.hazard,
            level=AlertLevel.TWO,
            headline=read.title[:HEADLINE_MAX],
            audience=warning.audience,
            facts=AlertFacts(authority=(read.origin or read.author_name or CENTRAL.name)[:FACT_MAX]),
            wordings=(WordingDraft(VIETNAMESE, (read.text or read.title)[:TEXT_MAX]),),
            purpose=Purpose.WARNING if updates_id is None else Purpose.UPDATE,
            updates_id=updates_id,
        )

        def beside() -> None:
            _write(uow, kept, now)
            if found.order is not None:
                firing.hold(uow, found, warning, kept.alert_id, now)
            else:
                # Codes of none of ours: everybody with the right in the province looks at it.
                areas = list(warning.audience.targets.areas) or [each.id for each in uow[Places].tree().children(None)]
                told = {"alert": kept.alert_id, "title": read.title, "areas": areas, "is_withdrawn": False}
                uow.record(Event.of(CENTRAL, "central.emergency", record.id, now, **told))

        uow.before_commit(beside)
        call = Call(CENTRAL, _AsDrafting(), now, lambda: str(kept.alert_id))
        try:
            draft_alert(uow, draft=draft, call=call, voices=self.voices)
        except InvalidError as error:
            codes = " ".join(f"{each.code} {each.field}" for each in error.problems)
            kept = replace(record, outcome=CentralOutcome.REFUSED, reason=codes[:500])
            with (refused := self.uow()):
                _write(refused, kept, now)
                refused.commit()
        return kept


def areas_of(read: CentralBulletin, tree: AreaTree) -> tuple[tuple[AreaId, ...], list[str]]:
    """Return the areas in force of these official codes, and the codes that match none."""
    by_code = {area.codes[_CODE]: area.id for area in tree if area.valid_to is None and area.codes.get(_CODE)}
    known = [by_code[code] for code in read.area_codes if code in by_code]
    return tree.roots_of(known), [code for code in read.area_codes if code not in by_code]


def received_event(record: CentralRecord, at: datetime) -> Event:
    return Event.of(
        CENTRAL,
        "central.received",
        record.id,
        at,
        central_id=record.central_id,
        version=record.central_version,
        outcome=record.outcome.value,
        reason=record.reason,
        bulletin=record.bulletin_id,
        alert=record.alert_id,
    )


def _write(uow: UnitOfWork, record: CentralRecord, at: datetime) -> None:
    uow[CentralRecords].put(record)
    uow.record(received_event(record, at))
