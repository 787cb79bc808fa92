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
from cms.fleet.queries.lifecycle import RENEWAL_REFUSED
from cms.fleet.repository.devices import Devices
from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.fleet.service import certificates as certifying
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
from firmware_sim.core.session.device_config import Identity
from firmware_sim.provisioning import certificates as identity_card
from firmware_sim.provisioning.renewal import REFUSED_MOST, Renewal
from tests.builders.registrations import claimed, registered, settled_by_two
from tests.integration.gateway.platform.test_uplink import event_names
from tests.integration.gateway.station import XA_1, Station


class Pole:
    """Device with a folder; its messages are handled at once, and the answers reach it."""

    def __init__(self, station: Station, folder: Path) -> None:
        self.station, self.folder = station, folder
        registered(station.context, XA_1)
        life = claimed(station.context, XA_1)
        assert life.device_id is not None
        self.id: DeviceId = life.device_id
        shutil.copy(station.context.keyring.folder / "ca.pem", folder / "ca.pem")
        csr = identity_card.request_for(folder, "device")
        with station.context.uow() as unit:
            answer = certifying.enrol(unit, life, csr, authority(station.context), station.now)
            unit.commit()
        (folder / "device.pem").write_text(answer.certificate)
        (folder / "device.csr").unlink()
        self.uses = self.drops = 0
        self.at: datetime = station.now
        self.hearing = InboundHandler(station.context, station.letters, AlertMessages(station.context.keyring))
        keys = TrustedKeys.from_root(station.context.keyring.root_x, station.context.keyring.keyset_jws)
        self.renewal = Renewal(
            folder,
            Identity(self.id, station.context.keyring.root_x, b""),
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
def pole(station: Station, tmp_path: Path) -> Pole:
    folder = tmp_path / "pole"
    folder.mkdir()
    return Pole(station, folder)


def later(pole: Pole) -> None:
    """Move the clock past two thirds of the certificate's validity."""
    says = enrolment.about((pole.folder / "device.pem").read_text())
    pole.at = says.starts_at + (says.ends_at - says.starts_at) * 0.67


def test_before_two_thirds_nothing_is_asked(pole: Pole) -> None:
    pole.at = pole.at + timedelta(days=480)
    pole.connect()
    assert (pole.uses, list(pole.certificates().values())) == (0, [CertificateState.IN_USE])


def test_the_next_is_used_and_then_the_old_one_is_taken_back(pole: Pole) -> None:
    pole.connect()
    first = pole.renewal.number
    later(pole)
    pole.connect()
    assert (pole.uses, pole.drops) == (1, 1)
    second = pole.renewal.number
    assert pole.certificates() == {first: CertificateState.IN_USE, second: CertificateState.ISSUED}
    assert (pole.folder / "last.pem").exists()
    pole.at = pole.station.now
    pole.connect()
    assert pole.certificates() == {first: CertificateState.SUPERSEDED, second: CertificateState.IN_USE}
    assert not (pole.folder / "last.pem").exists()
    with pole.station.context.uow() as unit:
        assert [number for number, _ in unit[DeviceLifecycles].taken_back(pole.station.now)] == [first]


def test_a_certificate_near_its_end_is_a_fault_until_the_next_is_in_use(pole: Pole) -> None:
    watch = HealthWatch(pole.station.context.uow, lambda: pole.at, pole.station.context.new_id)
    pole.connect()
    watch.step()
    assert pole.ends() == []
    pole.is_deaf = True
    says = enrolment.about((pole.folder / "device.pem").read_text())
    pole.at = says.ends_at - timedelta(days=29, hours=1)
    watch.step()
    (fault,) = pole.ends()
    assert (fault.device_id, fault.is_open, fault.detail) == (pole.id, True, "29")
    pole.is_deaf = False
    pole.station.clock[0] = pole.at
    pole.connect()
    pole.at += timedelta(minutes=2)
    watch.step()
    assert [each.is_open for each in pole.ends()] == [True]  # it has not connected with the next certificate yet
    pole.connect()
    pole.at += timedelta(minutes=2)
    watch.step()
    assert [each.is_open for each in pole.ends()] == [False]


def test_an_answer_that_was_lost_is_asked_for_again_and_is_the_same(pole: Pole) -> None:
    pole.connect()
    later(pole)
    pole.is_deaf = True
    pole.connect()
    (waiting,) = [number for number, state in pole.certificates().items() if state is CertificateState.ISSUED]
    pole.is_deaf = False
    pole.connect()
    assert pole.renewal.number == waiting


def request() -> CertificateRequest:
    key = ec.generate_private_key(ec.SECP256R1())
    asked = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return CertificateRequest(v=1, csr=asked.public_bytes(serialization.Encoding.PEM).decode())


def test_a_device_that_asks_without_end_is_given_a_few_certificates_and_told_why(pole: Pole) -> None:
    pole.connect()
    before = len(pole.certificates())
    codes = [answer_code(pole, pole.say(request())) for _ in range(40)]
    given = codes.count(None)
    assert codes == [None] * given + [Code.LOCKED] * (40 - given)
    assert given == GIVEN_MOST[timedelta(days=1)] - before
    with pole.station.context.uow() as unit:
        assert len(unit[DeviceLifecycles].taken_back(pole.station.now)) <= given
    names = event_names(pole.station)
    assert (names.count("device.certificate_issued"), names.count(RENEWAL_REFUSED)) == (before + given, 1)


def test_the_list_of_a_device_that_asks_every_day_does_not_grow_without_end(pole: Pole) -> None:
    pole.connect()
    for _ in range(29):
        pole.station.pass_by(days=1)
        for _ in range(6):
            pole.say(request())
    assert len(pole.certificates()) == GIVEN_MOST[timedelta(days=30)]
    pole.station.pass_by(days=31)
    assert answer_code(pole, pole.say(request())) is None


def answer_code(pole: Pole, letters: Sequence[OutgoingMessage]) -> str | None:
    (letter,) = letters
    keys = TrustedKeys.from_root(pole.station.context.keyring.root_x, pole.station.context.keyring.keyset_jws)
    now_ms = int(pole.station.now.timestamp() * 1000)
    opened = keys.verify(letter.payload, KeyRole.PLAN, now_ms)
    return codec.decode(CertificateAnswer, opened.payload).code


def test_one_that_the_broker_does_not_take_is_put_aside_for_the_old_one(pole: Pole) -> None:
    pole.connect()
    first = pole.renewal.number
    later(pole)
    pole.connect()
    for _ in range(REFUSED_MOST):
        pole.renewal.refused()
    assert pole.renewal.number == first
    pole.renewal.refused()
    assert pole.renewal.number == first


@pytest.mark.parametrize("lost", ["key", "pem"])
def test_a_power_cut_between_two_files_is_put_right(pole: Pole, lost: str) -> None:
    pole.connect()
    later(pole)
    before = {ending: (pole.folder / f"device.{ending}").read_bytes() for ending in ("key", "pem")}
    pole.connect()
    after = {ending: (pole.folder / f"device.{ending}").read_bytes() for ending in ("key", "pem")}
    if lost == "key":
        # The new key is in its place, the new certificate is not yet.
        (pole.folder / "next.pem").write_bytes(after["pem"])
        (pole.folder / "device.pem").write_bytes(before["pem"])
    else:
        # Going back, the old key is in its place already.
        (pole.folder / "device.key").write_bytes(before["key"])
    identity_card.recover(pole.folder)
    whole = {ending: (pole.folder / f"device.{ending}").read_bytes() for ending in ("key", "pem")}
    assert whole == (after if lost == "key" else before)


def test_garbage_and_strangers_answers_are_not_used(pole: Pole) -> None:
    pole.connect()
    later(pole)
    pole.is_deaf = True
    pole.connect()
    pole.renewal.receive(topics.device_certificate(pole.id), b"garbage")
    pole.renewal.receive(topics.device_certificate("another"), b"garbage")
    assert pole.uses == 0


def test_a_device_that_was_taken_back_gets_none_and_bad_requests_are_refused(pole: Pole) -> None:
    pole.connect()
    assert renewed(pole, "no request") == "BAD_REQUEST"
    settled_by_two(pole.station.context, pole.id, LifecycleAction.REVOKE)
    assert renewed(pole, identity_card.request_for(pole.folder, "next")) == "NOT_CLAIMED"


def renewed(pole: Pole, csr: str) -> str | None:
    context = pole.station.context
    with context.uow() as unit:
        return certifying.renew(unit, unit[Devices].get(pole.id), csr, authority(context), pole.station.now).code
