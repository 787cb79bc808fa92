"""Repository of sound references: learnt when a box is commissioned, read when proof of sound is judged."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import delete, insert, select

from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.health.tables.faults import SoundReferenceRow
from cms.platform.store.rows import among, columns_of, value_of
from cms.platform.store.uow import Repository
from devices.health.sound_proof import SoundReference
from devices.model import DeviceId


class SoundReferences(Repository):
    """Repository of references, one at most for each device."""

    def of(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, SoundReference]:
        if not device_ids:
            return {}
        rows = self._session.scalars(select(SoundReferenceRow).where(among(SoundReferenceRow.device_id, device_ids)))
        return {row.device_id: value_of(SoundReference, row) for row in rows}

    def learn(self, measured: Iterable[SoundReference]) -> None:
        """Keep the first of each box: a later one would follow a loudspeaker that slowly fails.

        A box that was claimed after its device's reference was measured is another one, and measures its own.
        """
        new = {each.device_id: each for each in measured if each.amp_ma is not None or each.mic_db is not None}
        if not new:
            return
        known, lives = self.of(new), DeviceLifecycles(self._session).of_devices(new)
        for device_id, reference in new.items():
            old, life = known.get(device_id), lives.get(device_id)
            claimed_at = None if life is None else life.claimed_at
            if old is not None and (claimed_at is None or claimed_at <= old.measured_at):
                continue
            self._session.execute(delete(SoundReferenceRow).where(SoundReferenceRow.device_id == device_id))
            self._session.execute(insert(SoundReferenceRow), [columns_of(reference)])
