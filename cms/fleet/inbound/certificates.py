"""Certificates in use and certificate renewals: the inbound messages of devices about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from cms.fleet.jobs.enrolment import authority
from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.fleet.service import certificates
from cms.platform.context import Context
from cms.platform.gateway.messages import MessageBuilder, OutgoingMessage
from cms.platform.store.uow import UnitOfWork
from devices import enrolment
from devices.model import Device
from devices.protocol import claims, topics
from devices.protocol.messages import CertificateRequest, State

if TYPE_CHECKING:
    from cms.platform.gateway.inbound import InboundMessage


def take(
    unit: UnitOfWork,
    heard: Sequence[tuple[Device, InboundMessage]],
    context: Context,
    letters: MessageBuilder,
    *,
    now: datetime,
) -> Sequence[OutgoingMessage]:
    """Record which certificates are in use; return the answers to renewal requests."""
    births = {
        device.id: (device, word.body.cert)
        for device, word in heard
        if isinstance(word.body, State) and word.body.cert and word.body.st == "online" and not word.is_retained
    }
    if births:
        known = unit[DeviceLifecycles].in_use(number for _, number in births.values())
        for device, number in births.values():
            if number not in known:
                _connected(unit, device, number, context, now)
    return [
        _renewed(unit, device, word.body.csr, context, letters, now=now)
        for device, word in heard
        if isinstance(word.body, CertificateRequest)
    ]


def _connected(unit: UnitOfWork, device: Device, number: str, context: Context, now: datetime) -> None:
    """Record the connection with this certificate; one issued at delivery is recorded when it is first seen."""
    if all(each.number != number for each in unit[DeviceLifecycles].certificates_of(device.id)):
        delivered = context.settings.devices_dir / device.id / "device.pem"
        if delivered.exists() and enrolment.about(pem := delivered.read_text(encoding="ascii")).number == number:
            certificates.record_delivered(unit, device.id, pem, now)
    certificates.seen(unit, device, number, now)


def _renewed(
    unit: UnitOfWork, device: Device, csr: str, context: Context, letters: MessageBuilder, *, now: datetime
) -> OutgoingMessage:
    """Renew the certificate. The topic identifies the device: the broker checked it against the current certificate."""
    answer = certificates.renew(unit, device, csr, authority(context), now)
    topic, asked = topics.device_certificate(device.id), claims.csr_sha256(csr)
    return letters.certificate(topic, device.serial, asked, answer, device if answer.code is None else None)
