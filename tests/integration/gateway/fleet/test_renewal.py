"""Certificate renewal: requested by the device, in use before the old one ends, and no moment without one."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cms.alerts.messages.alerts import AlertMessages
from cms.fleet.inbound.handler import InboundHandler
from cms.fleet.jobs.enrolment import authority
from cms.fleet.queries.devices import RENEWAL_REFUSED
from cms.fleet.repository.devices import Devices
from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.fleet.service import certificates as certificate_service
from cms.fleet.service.certificates import GIVEN_MOST
from cms.health.repository.faults import FaultRecords
from cms.health.service.watch import HealthWatch
from cms.platform.gateway.inbound import InboundMessage
from cms.platform.gateway.messages import OutgoingMessage
from cms.platform.store.engine import reading
from devices import enrolment
from devices.health.faults import Fault
from devices.health.kinds import FaultKind
from devices.lifecycle import CertificateState, LifecycleAction
from devices.model import DeviceId
from devices.protocol import codec, topics
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import CertificateAnswer, CertificateRequest, Code, KeyRole, State, Wire
from firmware_sim.core.effects import Publish
from firmware_sim.core.session.device_config import ProvisionedIdentity
from firmware_sim.provisioning import certificates as device_certificates
from firmware_sim.provisioning.renewal import REFUSED_MOST, Renewal
from tests.builders.registrations import claimed, registered, settled_by_two
from tests.integration.gateway.platform.test_uplink import event_names
from tests.integration.gateway.station import XA_1, Station


class DeviceHarness:
    """Device with a folder; its messages are handled at once, and the answers reach it."""

    def __init__(self, station: Station, folder: Path) -> None:
        self.station, self.folder = station, folder
        registered(station.context, XA_1)
        life = claimed(station.context, XA_1)
        assert life.device_id is not None
        self.id: DeviceId = life.device_id
        shutil.copy(station.context.keyring.folder / "ca.pem", folder / "ca.pem")
        csr = device_certificates.request_for(folder, "device")
        with station.context.uow() as unit:
            answer = certificate_service.enrol(unit, life, csr, authority(station.context), station.now)
            unit.commit()
        (folder / "device.pem").write_text(answer.certificate)
        (folder / "device.csr").unlink()
        self.uses = self.drops = 0
        self.at: datetime = station.now
        self.hearing = InboundHandler(station.context, station.letters, AlertMessages(station.context.keyring))
        keys = TrustedKeys.from_root(station.context.keyring.root_x, station.context.keyring.keyset_jws)
        self.renewal = Renewal(
            folder,
            ProvisionedIdentity(self.id, station.context.keyring.root_x, b""),
            keys=lambda: keys,
            send=self._send,
            use=self._use,
            drop=self._drop,
            now=lambda: self.at,
        )
        self.is_deaf = False

    def connect(self) -> None:
        state = State(v=1, st="online", conn=1, boot="b", ts=1, cert=self.renewal.number)
        self.say(state)
        self.renewal.connected()

    def say(self, body: Wire) -> Sequence[OutgoingMessage]:
        with self.station.context.uow() as unit:
            letters = self.hearing.apply(unit, [InboundMessage(self.id, body)], self.station.now)
            unit.commit()
        return letters

    def certificates(self) -> dict[str, CertificateState]:
        with self.station.context.uow() as unit:
            return {each.number: each.state for each in unit[DeviceLifecycles].certificates_of(self.id)}

    def ends(self) -> list[Fault]:
        """Return the faults of a certificate near its end, open or recently closed."""
        with reading(self.station.context.engine) as session:
            living = FaultRecords(session).living(self.at - timedelta(hours=1))
        return [each for each in living if each.kind is FaultKind.CERTIFICATE_ENDS]

    def _send(self, message: Publish) -> None:
        for letter in self.say(codec.decode(CertificateRequest, message.body)):
            if not self.is_deaf:
                self.renewal.receive(letter.topic, letter.payload)

    def _use(self) -> None:
        self.uses += 1

    def _drop(self) -> None:
        self.drops += 1


@pytest.fixture
def device(station: Station, tmp_path: Path) -> DeviceHarness:
    folder = tmp_path / "device"
    folder.mkdir()
    return DeviceHarness(station, folder)


def later(device: DeviceHarness) -> None:
    """Move the clock past two thirds of the certificate's validity."""
    says = enrolment.about((device.folder / "device.pem").read_text())
    device.at = says.starts_at + (says.ends_at - says.starts_at) * 0.67


def test_before_two_thirds_nothing_is_asked(device: DeviceHarness) -> None:
    device.at = device.at + timedelta(days=480)
    device.connect()
    assert (device.uses, list(device.certificates().values())) == (0, [CertificateState.IN_USE])


def test_the_next_is_used_and_then_the_old_one_is_taken_back(device: DeviceHarness) -> None:
    device.connect()
    first = device.renewal.number
    later(device)
    device.connect()
    assert (device.uses, device.drops) == (1, 1)
    second = device.renewal.number
    assert device.certificates() == {first: CertificateState.IN_USE, second: CertificateState.ISSUED}
    assert (device.folder / "last.pem").exists()
    device.at = device.station.now
    device.connect()
    assert device.certificates() == {first: CertificateState.SUPERSEDED, second: CertificateState.IN_USE}
    assert not (device.folder / "last.pem").exists()
    with device.station.context.uow() as unit:
        assert [number for number, _ in unit[DeviceLifecycles].taken_back(device.station.now)] == [first]


def test_a_certificate_near_its_end_is_a_fault_until_the_next_is_in_use(device: DeviceHarness) -> None:
    watch = HealthWatch(device.station.context.uow, lambda: device.at, device.station.context.new_id)
    device.connect()
    watch.step()
    assert device.ends() == []
    device.is_deaf = True
    says = enrolment.about((device.folder / "device.pem").read_text())
    device.at = says.ends_at - timedelta(days=29, hours=1)
    watch.step()
    (fault,) = device.ends()
    assert (fault.device_id, fault.is_open, fault.detail) == (device.id, True, "29")
    device.is_deaf = False
    device.station.clock[0] = device.at
    device.connect()
    device.at += timedelta(minutes=2)
    watch.step()
    assert [each.is_open for each in device.ends()] == [True]  # it has not connected with the next certificate yet
    device.connect()
    device.at += timedelta(minutes=2)
    watch.step()
    assert [each.is_open for each in device.ends()] == [False]


def test_an_answer_that_was_lost_is_asked_for_again_and_is_the_same(device: DeviceHarness) -> None:
    device.connect()
    later(device)
    device.is_deaf = True
    device.connect()
    (waiting,) = [number for number, state in device.certificates().items() if state is CertificateState.ISSUED]
    device.is_deaf = False
    device.connect()
    assert device.renewal.number == waiting


def request() -> CertificateRequest:
    key = ec.generate_private_key(ec.SECP256R1())
    asked = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return CertificateRequest(v=1, csr=asked.public_bytes(serialization.Encoding.PEM).decode())


def test_a_device_that_asks_without_end_is_given_a_few_certificates_and_told_why(device: DeviceHarness) -> None:
    device.connect()
    before = len(device.certificates())
    codes = [answer_code(device, device.say(request())) for _ in range(40)]
    given = codes.count(None)
    assert codes == [None] * given + [Code.LOCKED] * (40 - given)
    assert given == GIVEN_MOST[timedelta(days=1)] - before
    with device.station.context.uow() as unit:
        assert len(unit[DeviceLifecycles].taken_back(device.station.now)) <= given
    names = event_names(device.station)
    assert (names.count("device.certificate_issued"), names.count(RENEWAL_REFUSED)) == (before + given, 1)


def test_the_list_of_a_device_that_asks_every_day_does_not_grow_without_end(device: DeviceHarness) -> None:
    device.connect()
    for _ in range(29):
        device.station.pass_by(days=1)
        for _ in range(6):
            device.say(request())
    assert len(device.certificates()) == GIVEN_MOST[timedelta(days=30)]
    device.station.pass_by(days=31)
    assert answer_code(device, device.say(request())) is None


def answer_code(device: DeviceHarness, letters: Sequence[OutgoingMessage]) -> str | None:
    (letter,) = letters
    keys = TrustedKeys.from_root(device.station.context.keyring.root_x, device.station.context.keyring.keyset_jws)
    now_ms = int(device.station.now.timestamp() * 1000)
    opened = keys.verify(letter.payload, KeyRole.PLAN, now_ms)
    return codec.decode(CertificateAnswer, opened.payload).code


def test_one_that_the_broker_does_not_take_is_put_aside_for_the_old_one(device: DeviceHarness) -> None:
    device.connect()
    first = device.renewal.number
    later(device)
    device.connect()
    for _ in range(REFUSED_MOST):
        device.renewal.refused()
    assert device.renewal.number == first
    device.renewal.refused()
    assert device.renewal.number == first


@pytest.mark.parametrize("lost", ["key", "pem"])
def test_a_power_cut_between_two_files_is_put_right(device: DeviceHarness, lost: str) -> None:
    device.connect()
    later(device)
    before = {ending: (device.folder / f"device.{ending}").read_bytes() for ending in ("key", "pem")}
    device.connect()
    after = {ending: (device.folder / f"device.{ending}").read_bytes() for ending in ("key", "pem")}
    if lost == "key":
        # The new key is in its place, the new certificate is not yet.
        (device.folder / "next.pem").write_bytes(after["pem"])
        (device.folder / "device.pem").write_bytes(before["pem"])
    else:
        # Going back, the old key is in its place already.
        (device.folder / "device.key").write_bytes(before["key"])
    device_certificates.recover(device.folder)
    whole = {ending: (device.folder / f"device.{ending}").read_bytes() for ending in ("key", "pem")}
    assert whole == (after if lost == "key" else before)


def test_garbage_and_strangers_answers_are_not_used(device: DeviceHarness) -> None:
    device.connect()
    later(device)
    device.is_deaf = True
    device.connect()
    device.renewal.receive(topics.device_certificate(device.id), b"garbage")
    device.renewal.receive(topics.device_certificate("another"), b"garbage")
    assert device.uses == 0


def test_a_device_that_was_taken_back_gets_none_and_bad_requests_are_refused(device: DeviceHarness) -> None:
    device.connect()
    assert renewed(device, "no request") == "BAD_REQUEST"
    settled_by_two(device.station.context, device.id, LifecycleAction.REVOKE)
    assert renewed(device, device_certificates.request_for(device.folder, "next")) == "NOT_CLAIMED"


def renewed(device: DeviceHarness, csr: str) -> str | None:
    context = device.station.context
    with context.uow() as unit:
        return certificate_service.renew(
            unit, unit[Devices].get(device.id), csr, authority(context), device.station.now
        ).code
