"""Repository of the register of boxes, and of devices' certificates."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from cms.fleet.tables import DeviceRow, IssuedCertificateRow, LifecycleRow
from cms.platform.store.records import VersionedRepository
from cms.platform.store.rows import among, change, columns_of
from devices.lifecycle import TAKES_CERTIFICATES, CertificateState, DeviceLifecycle, IssuedCertificate, LifecycleState
from devices.model import DeviceId

_TAKEN_BACK = (CertificateState.SUPERSEDED, CertificateState.REVOKED)
_ENDS = (
    select(IssuedCertificateRow.device_id, func.max(IssuedCertificateRow.ends_at))
    .where(IssuedCertificateRow.state == CertificateState.IN_USE)
    .group_by(IssuedCertificateRow.device_id)
)


def shut_out(session: Session, device_ids: Collection[DeviceId]) -> frozenset[DeviceId]:
    """Return those of these devices without a valid certificate: retired, or their box was revoked."""
    retired = select(DeviceRow.id).where(among(DeviceRow.id, device_ids), DeviceRow.retired_at.is_not(None))
    lives = DeviceLifecycles(session).of_devices(device_ids)
    revoked = {device_id for device_id, life in lives.items() if life.state not in TAKES_CERTIFICATES}
    return frozenset(session.scalars(retired)) | revoked


class DeviceLifecycles(VersionedRepository[str, DeviceLifecycle], row=LifecycleRow, noun="device", key="serial"):
    """Repository of life cycles, by serial and by the box's device."""

    def known(self, serials: Iterable[str]) -> frozenset[str]:
        """Return those of these serials that are in the register."""
        return frozenset(self._session.scalars(select(LifecycleRow.serial).where(among(LifecycleRow.serial, serials))))

    def of_device(self, device_id: DeviceId) -> DeviceLifecycle | None:
        """Return the life cycle of the device's present box; None for one that was delivered with its certificate."""
        lives = self._list(LifecycleRow.device_id == device_id, order=(LifecycleRow.since_at.desc(),))
        # A replaced box keeps its device id: its history is shown there.
        return next((each for each in lives if each.state is not LifecycleState.RETIRED), lives[0] if lives else None)

    def of_devices(self, device_ids: Iterable[DeviceId]) -> dict[DeviceId, DeviceLifecycle]:
        """Return the same for many devices; those without one are left out."""
        found: dict[DeviceId, DeviceLifecycle] = {}
        for life in self._list(among(LifecycleRow.device_id, device_ids), order=(LifecycleRow.since_at,)):
            assert life.device_id is not None
            if life.state is not LifecycleState.RETIRED or life.device_id not in found:
                found[life.device_id] = life
        return found

    def in_states(self, states: Collection[LifecycleState]) -> Sequence[DeviceLifecycle]:
        """List the boxes in these states, newest first."""
        return self._list(LifecycleRow.state.in_(states), order=(LifecycleRow.since_at.desc(), LifecycleRow.serial))

    def certificates_of(self, device_id: DeviceId) -> Sequence[IssuedCertificate]:
        """List a device's certificates, newest first."""
        row = IssuedCertificateRow
        query = select(row).where(row.device_id == device_id).order_by(row.issued_at.desc(), row.number)
        return self._listed(IssuedCertificate, query)

    def ends_of(self) -> dict[DeviceId, datetime]:
        """Return when the last certificate in use of each device ends; devices without one are left out."""
        return {row[0]: row[1] for row in self._session.execute(_ENDS)}

    def certificate_for(self, device_id: DeviceId, csr: str) -> IssuedCertificate | None:
        """Return the certificate that answered this request, if any."""
        return next((each for each in self.certificates_of(device_id) if each.csr == csr), None)

    def in_use(self, numbers: Iterable[str]) -> frozenset[str]:
        """Return those of these certificates that are known to be in use."""
        row = IssuedCertificateRow
        query = select(row.number).where(among(row.number, numbers), row.state == CertificateState.IN_USE)
        return frozenset(self._session.scalars(query))

    def add_certificate(self, certificate: IssuedCertificate) -> None:
        self._session.execute(insert(IssuedCertificateRow), [columns_of(certificate)])

    def save_certificate(self, certificate: IssuedCertificate) -> None:
        is_it = IssuedCertificateRow.number == certificate.number
        change(self._session, update(IssuedCertificateRow).where(is_it).values(columns_of(certificate)))

    def holders(self, numbers: Iterable[str]) -> frozenset[DeviceId]:
        """Return the devices of the certificates with these numbers."""
        row = IssuedCertificateRow
        return frozenset(self._session.scalars(select(row.device_id).where(among(row.number, numbers))))

    def taken_back(self, now: datetime) -> Sequence[tuple[str, datetime]]:
        """List the revocations for the broker: number and instant, of certificates that have not expired."""
        row = IssuedCertificateRow
        query = select(row.number, row.ended_at).where(row.state.in_(_TAKEN_BACK), row.ends_at > now)
        return [(number, ended_at or now) for number, ended_at in self._session.execute(query.order_by(row.number))]
