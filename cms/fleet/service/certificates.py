"""Device certificates: issued once per claim, renewed by the device, seen in use, revoked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from cms.fleet.queries.devices import ENROLMENT_REFUSED, RENEWAL_REFUSED, is_renewal_refused_since
from cms.fleet.repository.devices import Devices
from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from devices import enrolment
from devices.enrolment import BadRequestError, Credential
from devices.lifecycle import (
    TAKES_CERTIFICATES,
    TRANSITIONS,
    CertificateState,
    DeviceLifecycle,
    IssuedCertificate,
    LifecycleAction,
    LifecycleState,
)
from devices.model import Device, DeviceId
from devices.protocol import claims
from devices.protocol.messages import Code
from province.events import Event
from province.people import Actor, UserId, program
from province.state_machine import following

GIVEN_MOST: Final = {timedelta(days=1): 4, timedelta(days=30): 12}
"""A device needs one in sixteen months, and another for each power cut in the middle of it."""
_GATEWAY: Final = program("gateway")
_GOOD = (CertificateState.ISSUED, CertificateState.IN_USE)


@dataclass(frozen=True, slots=True)
class SigningAuthority:
    """Signing authority, and the lifetime of its certificates."""

    ca: Credential
    life: timedelta


@dataclass(frozen=True, slots=True)
class CertificateResult:
    """Certificate (PEM), or the code of the refusal."""

    code: Code | None
    certificate: str = ""


def enrol(uow: UnitOfWork, life: DeviceLifecycle, csr: str, by: SigningAuthority, now: datetime) -> CertificateResult:
    """Use the open claim for this request, whose proof is verified; the same request again gets the same answer.

    The caller commits.
    """
    if life.state is not LifecycleState.CLAIMED or life.device_id is None:
        return CertificateResult(Code.NOT_CLAIMED)
    asked = claims.csr_sha256(csr)
    if life.enrolled_csr:
        held = uow[DeviceLifecycles].certificate_for(life.device_id, asked)
        if held is not None and life.enrolled_csr == asked:
            return CertificateResult(None, held.pem)
        _refuse(uow, life.device_id, Code.ALREADY_ISSUED, now)
        return CertificateResult(Code.ALREADY_ISSUED)
    try:
        made = _issue(uow, life.device_id, csr, by, now)
    except BadRequestError:
        return CertificateResult(Code.BAD_REQUEST)
    uow[DeviceLifecycles].save(
        replace(life, enrolled_csr=asked, failures=0, locked_until_at=None, version=life.version + 1)
    )
    return CertificateResult(None, made.pem)


def renew(uow: UnitOfWork, device: Device, csr: str, by: SigningAuthority, now: datetime) -> CertificateResult:
    """Issue another certificate beside the present one, which stays valid until this one is used. The caller commits.

    ``LOCKED`` if the device asked for too many: each stays on the revocation list for its whole lifetime.
    """
    life = uow[DeviceLifecycles].of_device(device.id)
    if device.retired_at is not None or (life is not None and life.state not in TAKES_CERTIFICATES):
        return CertificateResult(Code.NOT_CLAIMED)
    held = uow[DeviceLifecycles].certificate_for(device.id, claims.csr_sha256(csr))
    if held is not None and held.state in _GOOD:
        return CertificateResult(None, held.pem)
    if _has_enough(uow, device.id, now):
        return CertificateResult(Code.LOCKED)
    try:
        made = _issue(uow, device.id, csr, by, now)
    except BadRequestError:
        return CertificateResult(Code.BAD_REQUEST)
    # One pending at a time: a device that asks again and again has only the last.
    others = [
        each for each in uow[DeviceLifecycles].certificates_of(device.id) if each.csr and each.number != made.number
    ]
    _supersede(uow, [each for each in others if each.state is CertificateState.ISSUED], now)
    return CertificateResult(None, made.pem)


def seen(uow: UnitOfWork, device: Device, number: str, now: datetime) -> None:
    """Record a connection with this certificate: earlier ones end, and a claimed box is in service.

    The caller commits.
    """
    held = {each.number: each for each in uow[DeviceLifecycles].certificates_of(device.id)}
    used = held.get(number)
    if used is not None and used.state is CertificateState.ISSUED:
        uow[DeviceLifecycles].save_certificate(replace(used, state=CertificateState.IN_USE))
        others = [each for each in held.values() if each.number != number and each.state in _GOOD]
        _supersede(uow, [each for each in others if each.issued_at <= used.issued_at], now)
    life = uow[DeviceLifecycles].of_device(device.id)
    if life is not None and life.state is LifecycleState.CLAIMED and used is not None and used.csr == life.enrolled_csr:
        state = following(TRANSITIONS, life.state, LifecycleAction.COME_IN)
        uow[DeviceLifecycles].save(replace(life, state=state, since_at=now, version=life.version + 1))
        by = Actor(UserId(device.id), device.name, ())
        uow.record(Event.of(by, "device.first_connected", device.id, now, serial=life.serial))


def take_back(uow: UnitOfWork, device_id: DeviceId, now: datetime) -> None:
    """Revoke all its certificates; the gateway has the broker refuse them, and ends its connection.

    The caller commits.
    """
    for each in uow[DeviceLifecycles].certificates_of(device_id):
        if each.state in _GOOD:
            _end(uow, each, CertificateState.REVOKED, now)
    # Its connection is ended without its last will being published.
    uow[Devices].lose(device_id, now)
    uow.outbox.add(OutboxKind.REVOCATION, device_id)


def list_superseded(uow: UnitOfWork) -> None:
    """Request a list with the superseded ones, not urgent: the present connection was made with a newer one."""
    uow.outbox.add(OutboxKind.REVOCATION, "")


def record_delivered(
    uow: UnitOfWork,
    device_id: DeviceId,
    pem: str,
    now: datetime,
    state: CertificateState = CertificateState.ISSUED,
) -> None:
    """Record a certificate made here with its key, for a bundle; nothing if it is known. The caller commits."""
    says = enrolment.about(pem)
    if all(each.number != says.number for each in uow[DeviceLifecycles].certificates_of(device_id)):
        made = IssuedCertificate(says.number, device_id, state, now, says.ends_at, pem)
        uow[DeviceLifecycles].add_certificate(made if state in _GOOD else replace(made, ended_at=now))


def _issue(uow: UnitOfWork, device_id: DeviceId, csr: str, by: SigningAuthority, now: datetime) -> IssuedCertificate:
    pem = enrolment.sign_request(by.ca, device_id, csr, now, by.life)
    says = enrolment.about(pem)
    asked = claims.csr_sha256(csr)
    made = IssuedCertificate(says.number, device_id, CertificateState.ISSUED, now, says.ends_at, pem, asked)
    uow[DeviceLifecycles].add_certificate(made)
    until = f"{says.ends_at:%Y-%m-%d}"
    uow.record(Event.of(_GATEWAY, "device.certificate_issued", device_id, now, number=says.number, until=until))
    return made


def _has_enough(uow: UnitOfWork, device_id: DeviceId, now: datetime) -> bool:
    """Return whether it was issued as many as it may have; the first refusal of a day is recorded."""
    given = [each.issued_at for each in uow[DeviceLifecycles].certificates_of(device_id) if each.csr]
    if all(sum(at > now - span for at in given) < most for span, most in GIVEN_MOST.items()):
        return False
    if not is_renewal_refused_since(uow.session, device_id, now - timedelta(days=1)):
        uow.record(Event.of(_GATEWAY, RENEWAL_REFUSED, device_id, now, code=Code.LOCKED.value, given=len(given)))
    return True


def _supersede(uow: UnitOfWork, certificates: Sequence[IssuedCertificate], now: datetime) -> None:
    for each in certificates:
        _end(uow, each, CertificateState.SUPERSEDED, now)
    if certificates:
        list_superseded(uow)


def _end(uow: UnitOfWork, certificate: IssuedCertificate, state: CertificateState, now: datetime) -> None:
    uow[DeviceLifecycles].save_certificate(replace(certificate, state=state, ended_at=now))


def _refuse(uow: UnitOfWork, subject: str, code: Code, now: datetime) -> None:
    uow.record(Event.of(_GATEWAY, ENROLMENT_REFUSED, subject, now, code=code.value))
