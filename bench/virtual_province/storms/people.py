"""People in a storm: within a second they raise, update, cancel, stop and drill, by the use cases of the screens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bench.virtual_province.storms.facts import Cancelled, Fact, Lifted, Raised, Repeated, Stopped
from bench.virtual_province.storms.stage import COMMUNES, DISTRICTS, PEOPLE, PROVINCE, StormStage, communes_of
from broadcast.alerts.hazard_rules import AlertLevel, Rounds
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Alert, AlertFacts, AlertId, AlertKind, AlertStatus, Audience, Wording
from broadcast.alerts.orders import StopId
from broadcast.alerts.script import encoded, script
from broadcast.bulletins.model import Rendition, Sound, SoundState, Targets
from cms.alerts.repository.alerts import Alerts, Declarations
from cms.alerts.repository.orders import Orders
from cms.alerts.service import approval, ends, stop_orders
from cms.alerts.service.orders import order_of
from cms.platform.gateway.messages import to_ms
from province.areas import AreaId
from province.call import Call
from province.errors import DomainError
from province.people import Actor, UserId

REASON: Final = "Diễn tập bão lệnh"
SPEECH_MS: Final = 4_000
_WITHIN_DISTRICT: Final = (AreaId("huyen-a"), *(AreaId(each) for each in DISTRICTS[AreaId("huyen-a")]))


class StormPeople:
    """People at random: ``act`` does one thing that is possible now. ``facts`` is what was committed, in its order."""

    def __init__(self, stage: StormStage) -> None:
        self.facts: list[Fact] = []
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._stage = stage
        self._context = stage.context
        self._dice = stage.dice
        self._names = 0
        self._stops: list[str] = []

    def act(self) -> None:
        """Do one thing at random. A refusal by the rules at this moment is counted."""
        deeds: tuple[tuple[str, Callable[[], Fact]], ...] = (
            *((("alert", self._raise),) * 4),
            ("drill", lambda: self._raise(is_drill=True)),
            *((("update", self._update),) * 4),
            *((("cancel", self._cancel),) * 2),
            ("undo", self._undo),
            ("all_clear", self._all_clear),
            *((("stop", self._stop),) * 2),
            ("lift", self._lift),
            ("again", self._again),
        )
        name, deed = self._dice.choice(deeds)
        try:
            fact = deed()
        except (DomainError, IndexError) as error:
            self.refused[f"{name} {type(error).__name__}"] += 1
            return
        self.facts.append(fact)
        self.done[name] += 1

    # Alerts.

    def _raise(self, *, is_drill: bool = False) -> Fact:
        by = self._two_people()
        return self._approved(self._written(by, self._audience(by), is_drill=is_drill), by)

    def _update(self) -> Fact:
        old = self._dice.choice(self._active())
        by = self._two_people()
        audience = self._dice.choice([old.audience.targets, self._audience(by)])
        return self._approved(self._written(by, audience, is_drill=old.is_drill, updates=old), by)

    def _written(
        self, by: tuple[str, str], targets: Targets, *, is_drill: bool = False, updates: Alert | None = None
    ) -> Alert:
        """Store an alert as its first person submitted it."""
        context, dice = self._context, self._dice
        now = context.now()
        self._names += 1
        plain = Alert(
            id=AlertId(context.new_id()),
            kind=AlertKind.DRILL if is_drill else AlertKind.LIVE,
            hazard=Hazard.FLASH_FLOOD,
            level=dice.choice(list(AlertLevel)),
            headline=f"Lũ quét {self._names}",
            audience=Audience(targets),
            facts=AlertFacts(place="Sông Cái", advice="Lên chỗ cao", authority="Ban chỉ huy"),
            wordings=(Wording("vi", f"Nước lên nhanh, tin thứ {self._names}."),),
            rounds=Rounds(),
            expires_at=now + timedelta(seconds=dice.choice([15, 40, 3_600, 3_600, 3_600, 3_600])),
            author_id=UserId(by[0]),
            author_name=by[0],
            created_at=now,
            changed_at=now,
            status=AlertStatus.SUBMITTED,
            updates_id=None if updates is None else updates.id,
            is_minor=updates is not None and dice.random() < 0.5,  # noqa: PLR2004 - every other one
            is_silent=dice.random() < 0.1,  # noqa: PLR2004 - one in ten
            submitter_id=UserId(by[0]),
            submitter_name=by[0],
            submitted_at=now,
        )
        alert = replace(plain, wordings=tuple(self._sounded(plain, each) for each in plain.wordings))
        with context.uow() as unit:
            unit[Alerts].add(alert)
            unit.commit()
        return alert

    def _sounded(self, alert: Alert, wording: Wording) -> Wording:
        """Return the wording with the sound that the worker would make."""
        made_from = encoded(script(alert, wording, is_again=False))
        sha256 = self._context.content.put_bytes(b"OggS" + made_from.encode())
        size = self._context.content.stat(sha256).bytes
        rendition = Rendition("alert-opus", sha256, size, SPEECH_MS, "audio/ogg")
        return replace(wording, sound=Sound(SoundState.READY, made_from, renditions=(rendition,)))

    def _approved(self, alert: Alert, by: tuple[str, str]) -> Fact:
        call = self._call(by[1])
        active = approval.approve(
            self._context.uow(), alert.id, expected_version=alert.version, call=call, voices=self._context.voices
        )
        return self._raised(active, by)

    def _cancel(self) -> Fact:
        alert, call = self._dice.choice(self._active()), self._anybody()
        ends.cancel(self._context.uow(), alert.id, reason=REASON, call=call, voices=self._context.voices)
        return Cancelled(to_ms(call.now), alert.id)

    def _undo(self) -> Fact:
        cancelled = [each.alert for each in self.facts if isinstance(each, Cancelled)]
        call = self._anybody()
        alert = ends.undo_cancel(self._context.uow(), AlertId(cancelled[-1]), call=call, voices=self._context.voices)
        return replace(self._raised(alert, ()), updates="")

    def _all_clear(self) -> Fact:
        alert, call = self._dice.choice(self._active()), self._anybody()
        sent = ends.all_clear(self._context.uow(), alert.id, call=call, voices=self._context.voices)
        return self._raised(sent, ())

    def _again(self) -> Fact:
        alert, call = self._dice.choice(self._active()), self._anybody()
        repeated = ends.sound_again(self._context.uow(), alert.id, call=call)
        return Repeated(self._issued_ms(repeated), alert.id, str(repeated.order_id))

    def _raised(self, alert: Alert, by: tuple[str, ...]) -> Raised:
        return Raised(
            at_ms=self._issued_ms(alert),
            alert=alert.id,
            order=str(alert.order_id),
            level=int(alert.level),
            communes=_communes(alert.audience.targets),
            until_ms=to_ms(alert.expires_at),
            by=tuple(communes_of(PEOPLE[each]) for each in by),
            is_drill=alert.is_drill,
            is_calm=alert.is_calm,
            is_minor=alert.is_minor,
            is_silent=alert.is_silent,
            updates=str(alert.updates_id or ""),
        )

    def _issued_ms(self, alert: Alert) -> int:
        with self._context.uow.reading() as unit:
            return to_ms(unit[Orders].get(order_of(alert)).issued_at)

    # Stops.

    def _stop(self) -> Fact:
        call, mutes = self._anybody(), self._dice.random() < 0.5  # noqa: PLR2004 - every other one
        area_id = self._dice.choice([PROVINCE, *DISTRICTS, *COMMUNES])
        stop = stop_orders.stop_everything(
            self._context.uow(),
            areas=(area_id,),
            reason=REASON,
            call=call,
            hush_for=timedelta(minutes=self._dice.choice([0, 0, 30, 60])),
            spares_alerts=not mutes,
            mutes_alerts=mutes,
        )
        self._stops.append(stop.id)
        until_ms = 0 if stop.hush_until_at is None else to_ms(stop.hush_until_at)
        return Stopped(to_ms(stop.at), stop.id, communes_of(area_id), stop.mutes_alerts, until_ms)

    def _lift(self) -> Fact:
        call, stop_id = self._anybody(), self._dice.choice(self._stops)
        stop_orders.lift(self._context.uow(), StopId(stop_id), call=call)
        return Lifted(to_ms(call.now), stop_id)

    # Who and where.

    def _two_people(self) -> tuple[str, str]:
        first, second = self._dice.sample(list(PEOPLE), 2)
        return first, second

    def _audience(self, by: tuple[str, str]) -> Targets:
        """Return areas where both may declare; now and then without a part of them."""
        everywhere = (PROVINCE, PROVINCE, *DISTRICTS, *COMMUNES)
        places = everywhere if all(PEOPLE[each] == PROVINCE for each in by) else _WITHIN_DISTRICT
        area_id = self._dice.choice(places)
        below = sorted(communes_of(area_id))
        excluded = (AreaId(self._dice.choice(below)),) if len(below) > 1 and self._dice.random() < 0.2 else ()  # noqa: PLR2004 - one in five
        return Targets((area_id,), excluded)

    def _active(self) -> list[Alert]:
        with self._context.uow.reading() as unit:
            return sorted(unit[Alerts].active(), key=lambda alert: alert.id)

    def _anybody(self) -> Call:
        return self._call("u-tinh-1")

    def _call(self, name: str) -> Call:
        with self._context.uow.reading() as unit:
            actor: Actor = unit[Declarations].actor(UserId(name))
        return self._context.call(replace(actor, second_factor_at=self._context.now()))


def _communes(targets: Targets) -> frozenset[str]:
    meant = frozenset[str]().union(*(communes_of(each) for each in targets.areas))
    return meant.difference(*(communes_of(each) for each in targets.exclude))
