"""Repository of firmware images, roll-outs and their devices."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, func, insert, not_, or_, select, update

from cms.bulletins.tables.bulletins import PlanItemRow
from cms.firmware.tables import DeviceFirmwareRow, FirmwareImageRow, RolloutMemberRow, RolloutRow
from cms.fleet.tables import DeviceRow, DeviceStatusRow, in_service, obeys
from cms.platform.store.insert_or_update import add_rows, insert_or
from cms.platform.store.records import VersionedRepository
from cms.platform.store.rows import among, columns_of, names_of, value_of, values_of
from devices.firmware.model import (
    IN_FLIGHT,
    Expected,
    FirmwareImage,
    ImageId,
    Installed,
    Member,
    Rollout,
    RolloutId,
    RolloutState,
)
from devices.model import DeviceId, DeviceKind
from province.areas import AreaId

_OPEN = tuple(state for state in RolloutState if state not in (RolloutState.STOPPED, RolloutState.DONE))
_ON_ITS_WAY = (
    select(RolloutRow, RolloutMemberRow, FirmwareImageRow)
    .join(RolloutRow, RolloutRow.id == RolloutMemberRow.rollout_id)
    .join(FirmwareImageRow, FirmwareImageRow.id == RolloutMemberRow.image_id)
    .where(RolloutMemberRow.device_id == bindparam("sought"), RolloutMemberRow.state.in_(sorted(IN_FLIGHT)))
    .order_by(RolloutMemberRow.sent_at.desc())
    .limit(1)
)
_DONE = select(RolloutRow.area_id, RolloutRow.image_ids).where(RolloutRow.state == RolloutState.DONE)


class FirmwareRecords(VersionedRepository[RolloutId, Rollout], row=RolloutRow, noun="firmware_rollout"):
    """Repository of firmware. A roll-out is changed only against its present version."""

    # Images.

    def add_image(self, image: FirmwareImage) -> None:
        self._session.execute(insert(FirmwareImageRow), [columns_of(image)])

    def find_image(self, image_id: ImageId) -> FirmwareImage | None:
        return self._found(FirmwareImage, select(FirmwareImageRow).where(FirmwareImageRow.id == image_id))

    def numbered(self, model: str, number: int) -> FirmwareImage | None:
        """Find a model's image of this number; the number is unique for a model."""
        row = FirmwareImageRow
        return self._found(FirmwareImage, select(row).where(row.model == model, row.number == number))

    def images(self) -> Sequence[FirmwareImage]:
        """List images by model, the highest number first."""
        row = FirmwareImageRow
        return self._listed(FirmwareImage, select(row).order_by(row.model, row.number.desc()))

    # Roll-outs.

    def add(self, rollout: Rollout, members: Iterable[Member] = ()) -> None:
        super().add(rollout)
        add_rows(self._session, RolloutMemberRow, map(columns_of, members))

    def rollouts(self) -> Sequence[Rollout]:
        """List roll-outs, newest first."""
        return self._list(order=(RolloutRow.created_at.desc(), RolloutRow.id.desc()))

    def running(self) -> Sequence[Rollout]:
        """List roll-outs whose figures may advance them, or whose devices may be silent for too long."""
        is_running = RolloutRow.state.in_([RolloutState.CANARY, RolloutState.HELD, RolloutState.WAVES])
        return self._list(is_running, order=(RolloutRow.created_at, RolloutRow.id))

    # Members.

    def members(self, rollout_id: RolloutId) -> Sequence[Member]:
        """List the devices of a roll-out, by device."""
        return values_of(self._session, Member, RolloutMemberRow, RolloutMemberRow.__table__.c.rollout_id == rollout_id)

    def member(self, rollout_id: RolloutId, device_id: DeviceId) -> Member | None:
        row = RolloutMemberRow
        return self._found(Member, select(row).where(row.rollout_id == rollout_id, row.device_id == device_id))

    def on_its_way(self, device_id: DeviceId) -> tuple[Rollout, Member, FirmwareImage] | None:
        """Return the update that the device was sent last and has not settled."""
        found = self._session.execute(_ON_ITS_WAY, {"sought": device_id}).first()
        if found is None:
            return None
        return value_of(Rollout, found[0]), value_of(Member, found[1]), value_of(FirmwareImage, found[2])

    def move(self, pairs: Sequence[tuple[Member, Member]]) -> Sequence[Member]:
        """Replace each first member by its second, for hundreds of one roll-out; returns those that were stored.

        The others were changed by their devices' reports meanwhile.
        """
        if not pairs:
            return []
        row = RolloutMemberRow
        rollout_id = pairs[0][0].rollout_id
        there = self._session.execute(
            select(row.device_id, row.state, row.attempt, row.code)
            .where(row.rollout_id == rollout_id, row.device_id.in_([old.device_id for old, _ in pairs]))
            .with_for_update()
        )
        stands = {device_id: (state, attempt, code) for device_id, state, attempt, code in there}
        moved = [new for old, new in pairs if stands.get(old.device_id) == (old.state, old.attempt, old.code)]
        if moved:
            names = [name for name in names_of(Member) if name not in ("rollout_id", "device_id")]
            word = (
                update(row)
                .where(row.rollout_id == rollout_id, row.device_id == bindparam("of_device"))
                .values({name: bindparam(name) for name in names})
            )
            rows = [{"of_device": each.device_id, **{name: getattr(each, name) for name in names}} for each in moved]
            self._session.connection().execute(word, rows)
        return moved

    def taken(self) -> frozenset[DeviceId]:
        """Return the devices of open roll-outs."""
        row = RolloutMemberRow
        query = select(row.device_id).join(RolloutRow, RolloutRow.id == row.rollout_id)
        return frozenset(self._session.scalars(query.where(RolloutRow.state.in_(_OPEN))))

    def out_of_service(self, rollout_id: RolloutId) -> frozenset[DeviceId]:
        """Return the roll-out's devices that are retired or revoked."""
        row = RolloutMemberRow
        query = select(row.device_id).join(DeviceRow, DeviceRow.id == row.device_id)
        return frozenset(self._session.scalars(query.where(row.rollout_id == rollout_id, not_(in_service()))))

    # Devices.

    def note_installed(self, told: Collection[Installed]) -> None:
        """Store what devices report as installed; a changed number counts as installed when it was first reported."""
        rows = [columns_of(each) for each in told]
        if rows:
            word = insert_or(self._session, DeviceFirmwareRow)
            names = [name for name in rows[0] if name not in ("device_id", "installed_at")]
            row, new = DeviceFirmwareRow, word.excluded
            is_another = or_(row.number != new["number"], row.model != new["model"])
            since = case((is_another, new["heard_at"]), else_=row.installed_at)
            kept = word.on_conflict_do_update(
                index_elements=["device_id"], set_={**{name: new[name] for name in names}, "installed_at": since}
            )
            self._session.connection().execute(kept, rows)

    def installed(self, device_ids: Collection[DeviceId] | None = None) -> dict[DeviceId, Installed]:
        """Return the installed firmware of these devices (None: all), as far as they reported it."""
        where = () if device_ids is None else (among(DeviceFirmwareRow.device_id, device_ids),)
        return {each.device_id: each for each in values_of(self._session, Installed, DeviceFirmwareRow, *where)}

    def expected(self) -> Sequence[Expected]:
        """List the firmware to expect from finished roll-outs, each with its area."""
        done = self._session.execute(_DONE)
        areas = [(area_id, image_id) for area_id, image_ids in done for image_id in image_ids]
        images = {each.id: each for each in self.images()} if areas else {}
        return [
            Expected(area_id, images[image_id].model, images[image_id].number, images[image_id].version)
            for area_id, image_id in areas
        ]

    def presence(self, area_ids: Collection[AreaId]) -> Sequence[tuple[DeviceId, AreaId, bool, bool]]:
        """List the devices there that obey: id, area, whether it is a cluster, whether it is connected."""
        rows = self._session.execute(
            select(DeviceRow.id, DeviceRow.area_id, DeviceRow.kind, func.coalesce(DeviceStatusRow.online, False))
            .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == DeviceRow.id)
            .where(among(DeviceRow.area_id, area_ids), obeys())
        )
        return [(name, area_id, kind is DeviceKind.CLUSTER, bool(online)) for name, area_id, kind, online in rows]

    def near_item(self, area_ids: Collection[AreaId], now: datetime, within: timedelta) -> frozenset[AreaId]:
        """Return those of these areas where something is on air now or begins within this time."""
        item = PlanItemRow
        is_near = (item.placed.is_(True), item.start_at <= now + within, item.end_at > now)
        query = select(item.area_id).where(among(item.area_id, area_ids), *is_near).distinct()
        return frozenset(self._session.scalars(query))
