"""Repositories of local alerts, key holders, issued local orders and key presses."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select, update

from broadcast.alerts.local_alerts import (
    KeyHolder,
    KeyHolderId,
    KeyPress,
    LocalAlert,
    LocalAlertId,
    LocalAlertStatus,
    LocalIssue,
    said_sha256,
)
from broadcast.alerts.model import AlertId
from broadcast.bulletins.model import Sound
from cms.local_alerts.tables import DeviceKeyRow, KeyHolderRow, KeyPressRow, LocalAlertRow, LocalIssueRow
from cms.platform.store.insert_or_update import add_rows, put_rows
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import among, change, columns_of
from devices.model import DeviceId
from province.areas import AreaId


class LocalAlerts(KeyedRepository[LocalAlertId, LocalAlert], row=LocalAlertRow, noun="local_alert"):
    """Local alerts of all places."""

    def standing(self) -> Sequence[LocalAlert]:
        """List those that are proposed or approved, by place, oldest first."""
        order = (LocalAlertRow.area_id, LocalAlertRow.proposed_at, LocalAlertRow.id)
        return self._list(LocalAlertRow.status != LocalAlertStatus.WITHDRAWN, order=order)

    def approved(self) -> Mapping[AreaId, Sequence[LocalAlert]]:
        """Return the approved ones by place."""
        found: dict[AreaId, list[LocalAlert]] = {}
        for each in self.standing():
            if each.status is LocalAlertStatus.APPROVED:
                found.setdefault(each.area_id, []).append(each)
        return found

    def save(self, alert: LocalAlert) -> None:
        row = update(LocalAlertRow).where(LocalAlertRow.id == alert.id)
        change(self._session, row.values(self._columns(alert)))

    def spoken(self, made_from: str) -> tuple[Sound, Sound] | None:
        """Return the speech of an approved one with these very words, and that of its later rounds; None: not made."""
        is_it = (LocalAlertRow.said_sha256 == said_sha256(made_from), LocalAlertRow.status == LocalAlertStatus.APPROVED)
        found = self._first(*is_it, order=(LocalAlertRow.id,)) if made_from else None
        return None if found is None or not found.spoken else (found.sound, found.again)

    def _columns(self, value: LocalAlert) -> dict[str, Any]:
        return {**super()._columns(value), "said_sha256": value.text_sha256}


class KeyHolders(KeyedRepository[KeyHolderId, KeyHolder], row=KeyHolderRow, noun="key_holder"):
    """Key holders, and the devices whose keys they have."""

    def standing(self) -> Sequence[KeyHolder]:
        """List those whose PIN holds, by name."""
        return self._list(KeyHolderRow.withdrawn_at.is_(None), order=(KeyHolderRow.person_name, KeyHolderRow.id))

    def save(self, holder: KeyHolder) -> None:
        change(self._session, update(KeyHolderRow).where(KeyHolderRow.id == holder.id).values(columns_of(holder)))

    def give(self, holder_id: KeyHolderId, device_ids: Iterable[DeviceId]) -> None:
        """Note whose keys the holder has, in place of those before."""
        change(self._session, delete(DeviceKeyRow).where(DeviceKeyRow.holder_id == holder_id))
        keys = sorted(set(device_ids))
        add_rows(self._session, DeviceKeyRow, ({"holder_id": holder_id, "device_id": each} for each in keys))

    def devices_of(self, holder_ids: Collection[KeyHolderId]) -> Mapping[KeyHolderId, Sequence[DeviceId]]:
        """Return the devices of each of these holders, by id."""
        row = DeviceKeyRow
        query = select(row.holder_id, row.device_id).where(among(row.holder_id, holder_ids)).order_by(row.device_id)
        found: dict[KeyHolderId, list[DeviceId]] = {}
        for holder_id, device_id in self._session.execute(query):
            found.setdefault(holder_id, []).append(device_id)
        return found

    def by_device(self, device_ids: Collection[DeviceId] | None = None) -> Mapping[DeviceId, Sequence[KeyHolder]]:
        """Return the holders whose PIN holds, by device; of these devices alone, where they are named."""
        row = DeviceKeyRow
        query = select(row.device_id, row.holder_id).order_by(row.device_id, row.holder_id)
        query = query if device_ids is None else query.where(among(row.device_id, device_ids))
        holders = {each.id: each for each in self.standing()}
        found: dict[DeviceId, list[KeyHolder]] = {}
        for device_id, holder_id in self._session.execute(query):
            if holder_id in holders:
                found.setdefault(device_id, []).append(holders[holder_id])
        return found


class LocalIssues(KeyedRepository[DeviceId, LocalIssue], row=LocalIssueRow, noun="local_issue", key="device_id"):
    """Local orders as issued to each device, and as it holds them."""

    def standing(self) -> Mapping[DeviceId, LocalIssue]:
        """Return the issues that withdraw nothing, by device."""
        return {each.device_id: each for each in self._list(LocalIssueRow.mark != "")}

    def put_all(self, issues: Iterable[LocalIssue]) -> None:
        put_rows(self._session, LocalIssueRow, [columns_of(each) for each in issues])


class KeyPresses(KeyedRepository[AlertId, KeyPress], row=KeyPressRow, noun="key_press", key="alert_id"):
    """Alerts that were raised at devices."""

    def latest(self, limit: int) -> Sequence[KeyPress]:
        return self._list(order=(KeyPressRow.told_at.desc(), KeyPressRow.alert_id), limit=limit)
