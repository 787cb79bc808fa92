"""Repositories of gauges, readings, rules of limits, and rises."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select

from broadcast.alerts.model import AlertId
from broadcast.gauges.model import (
    Gauge,
    GaugeId,
    GaugeRise,
    GaugeRule,
    GaugeRuleId,
    GaugeRuleState,
    GaugeState,
    StoredReading,
)
from cms.gauges.tables import (
    GaugeReadingRow,
    GaugeRiseRow,
    GaugeRow,
    GaugeRuleRow,
    GaugeRuleStateRow,
    GaugeStateRow,
)
from cms.platform.store.insert_or_update import add_rows, put_rows
from cms.platform.store.records import KeyedRepository, VersionedRepository
from cms.platform.store.rows import among, change, columns_of, value_of
from cms.platform.store.uow import Repository

FORGOTTEN_AT_ONCE = 5_000


class Gauges(VersionedRepository[GaugeId, Gauge], row=GaugeRow, noun="gauge"):
    """Registered gauges."""

    def all(self) -> Sequence[Gauge]:
        """List the gauges that are not retired, by name."""
        return self._list(GaugeRow.retired_at.is_(None), order=(GaugeRow.name, GaugeRow.id))

    def locked(self, gauge_id: GaugeId) -> Gauge:
        """Return the gauge, whose readings nobody else takes until this unit of work ends. Raises NotFoundError."""
        self._session.execute(select(GaugeRow.id).where(GaugeRow.id == gauge_id).with_for_update())
        return self.get(gauge_id)

    def of_secret(self, secret_hash: str) -> Gauge | None:
        return self._first(GaugeRow.secret_hash == secret_hash, GaugeRow.retired_at.is_(None))


class GaugeStates(KeyedRepository[GaugeId, GaugeState], row=GaugeStateRow, noun="gauge_state", key="gauge_id"):
    """States of gauges; one that never sent anything has none."""

    def all(self) -> Sequence[GaugeState]:
        return self._list()

    def of(self, gauge_id: GaugeId) -> GaugeState:
        return self.find(gauge_id) or GaugeState(gauge_id)

    def save(self, state: GaugeState) -> None:
        put_rows(self._session, GaugeStateRow, [columns_of(state)])


class GaugeReadings(Repository):
    """Readings of gauges."""

    def add(self, readings: Sequence[StoredReading]) -> None:
        add_rows(self._session, GaugeReadingRow, map(columns_of, readings))

    def values_at(self, gauge_id: GaugeId, instants: Collection[datetime]) -> Mapping[datetime, float]:
        """Return the values that are known of these instants."""
        row = GaugeReadingRow
        wanted = select(row.at, row.value).where(row.gauge_id == gauge_id)
        known = wanted.where(row.at >= min(instants), row.at <= max(instants))
        asked = frozenset(instants)
        return {at: value for at, value in self._session.execute(known) if at in asked}

    def since(self, gauge_id: GaugeId, from_at: datetime, most: int) -> Sequence[StoredReading]:
        """List the newest readings from an instant on, the oldest first."""
        row = GaugeReadingRow
        mine = select(row).where(row.gauge_id == gauge_id, row.at >= from_at)
        newest = self._session.scalars(mine.order_by(row.at.desc()).limit(most))
        return [value_of(StoredReading, each) for each in newest][::-1]

    def forget(self, before_at: datetime) -> int:
        """Delete some of the readings from before an instant, the oldest first; return how many."""
        row = GaugeReadingRow
        until = select(row.at).where(row.at < before_at).order_by(row.at).limit(FORGOTTEN_AT_ONCE)
        instants = list(self._session.scalars(until))
        return change(self._session, delete(row).where(row.at <= instants[-1])) if instants else 0


class GaugeRules(VersionedRepository[GaugeRuleId, GaugeRule], row=GaugeRuleRow, noun="gauge_rule"):
    """Rules of limits."""

    def all(self) -> Sequence[GaugeRule]:
        return self._list(order=(GaugeRuleRow.name, GaugeRuleRow.id))

    def locked_of(self, gauge_id: GaugeId) -> Sequence[GaugeRule]:
        """List the rules of the gauge, which nobody else weighs until this unit of work ends."""
        wanted = [each.id for each in self.of_gauge(gauge_id)]
        if wanted:
            row = GaugeRuleRow
            self._session.execute(select(row.id).where(among(row.id, wanted)).order_by(row.id).with_for_update())
        return self.of_gauge(gauge_id)

    def of_gauge(self, gauge_id: GaugeId) -> Sequence[GaugeRule]:
        """List the rules in which the gauge has limits; there are few rules in all."""
        return [each for each in self.all() if each.of(gauge_id) is not None]


class GaugeRuleStates(
    KeyedRepository[GaugeRuleId, GaugeRuleState], row=GaugeRuleStateRow, noun="gauge_rule_state", key="rule_id"
):
    """States of rules."""

    def all(self) -> Sequence[GaugeRuleState]:
        return self._list()

    def of(self, rule_id: GaugeRuleId) -> GaugeRuleState:
        return self.find(rule_id) or GaugeRuleState(rule_id)

    def save(self, state: GaugeRuleState) -> None:
        put_rows(self._session, GaugeRuleStateRow, [columns_of(state)])


class GaugeRises(KeyedRepository[str, GaugeRise], row=GaugeRiseRow, noun="gauge_rise"):
    """Rises to limits."""

    def of_rules(self, rule_ids: Collection[GaugeRuleId], from_at: datetime, most: int) -> Sequence[GaugeRise]:
        """List the rises of these rules from an instant on, newest first."""
        row = GaugeRiseRow
        return self._list(among(row.rule_id, rule_ids), row.at >= from_at, order=(row.at.desc(), row.id), limit=most)

    def alerts_since(self, from_at: datetime) -> Sequence[AlertId]:
        """List the alerts drafted for rises from an instant on."""
        row = GaugeRiseRow
        mine = select(row.alert_id).where(row.at >= from_at, row.alert_id.is_not(None), row.fell_at.is_(None))
        return [each for each in self._session.scalars(mine.order_by(row.at, row.id)) if each]
