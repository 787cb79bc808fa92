"""Two hosts on one PostgreSQL and one S3 server: each serves what the other took, and nothing waits for one of them."""

from __future__ import annotations

import hashlib
import io
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from bench.signing import local_signer
from broadcast.live.model import LiveId
from cms import bootstrap, gateway
from cms.bulletins.service import recordings
from cms.bulletins.service.recordings import RecordingSender
from cms.fleet.jobs import access_control
from cms.fleet.jobs.access_control import CertificateRevoker
from cms.fleet.service import certificates
from cms.live.service import pipe
from cms.live.service.pipe import LiveInlet, UnsealedFrame
from cms.platform.context import Context
from cms.platform.epoch import Epoch
from cms.platform.gateway import outbox_notifier
from cms.platform.gateway.outbox_notifier import OutboxNotifier
from cms.platform.keyring import Keyring
from cms.platform.process.disk import Disk
from cms.platform.process.heartbeats import Heartbeats
from cms.platform.settings import Settings
from cms.platform.store import process_lease
from cms.platform.store.heartbeats import GATEWAY
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.process_lease import ProcessLease, tell_holder
from devices import enrolment
from devices.lifecycle import LifecycleAction
from devices.model import DeviceId
from devices.mqtt.link import Endpoint
from devices.mqtt.revocations import CRL_NAME
from devices.protocol.live import LiveFrame
from media.s3_bucket import S3Bucket
from province.people import UserId
from tests.builders import bulletins
from tests.builders.registrations import settled_by_two
from tests.databases import postgres
from tests.integration.gateway.station import LOA_1, LOA_2, make_station
from tests.integration.process import until
from tests.object_server import ACCESS_KEY, SECRET_KEY, ObjectServer
from tests.postgres import PostgresServer

__all__ = ["postgres"]


@dataclass(frozen=True)
class Hosts:
    """Host whose gateway is active, and another."""

    active: Context
    other: Context


@pytest.fixture
def hosts(postgres: PostgresServer, object_server: ObjectServer, tmp_path: Path) -> Iterator[Hosts]:
    access = object_server.access()
    S3Bucket(access).put("first", b"makes the bucket")
    with postgres.lent_database() as url:
        station, engine = make_station(tmp_path / "active", url=url)
        shutil.copytree(station.context.settings.keys_dir, tmp_path / "other" / "keys")

        def host(name: str) -> Context:
            settings = Settings(
                home=tmp_path / name,
                database_url=url,
                s3_endpoint=access.endpoint,
                s3_bucket=access.bucket,
                s3_access_key=ACCESS_KEY,
                s3_secret_key=SECRET_KEY,
                enrol_port=0,
            )
            bootstrap.prepare(settings)
            content = bootstrap.content_store_of(settings)
            return replace(
                station.context,
                settings=settings,
                keyring=Keyring.load(settings, local_signer(settings)),
                content=content,
                uploads=bootstrap.uploads_of(settings, content),
                check=bootstrap.recording_check_of(settings),
                disk=lambda: Disk(50 * 10**9, 100 * 10**9),
            )

        yield Hosts(host("active"), host("other"))
        engine.dispose()


def delivered(hosts: Hosts, device_id: DeviceId) -> str:
    """Record the certificate that a device was delivered with; return its number."""
    issued = enrolment.issue_device(hosts.active.keyring.issuer(), device_id, hosts.active.now()).certificate.decode()
    with hosts.active.uow() as unit:
        certificates.record_delivered(unit, device_id, issued, hosts.active.now())
        unit.commit()
    return enrolment.about(issued).number


def listed(host: Context) -> frozenset[str]:
    """Return the certificates that the broker of this host refuses."""
    return enrolment.listed((host.settings.keys_dir / CRL_NAME).read_bytes())


def test_a_recording_begun_on_one_host_is_finished_on_the_other_and_heard_on_both(hosts: Hosts) -> None:
    sender, data = RecordingSender(UserId("u1")), bulletins.wav()
    upload = recordings.begin(hosts.active, sender, "tin.wav", len(data), "1")
    recordings.write(hosts.active, sender, upload.id, 0, io.BytesIO(data[:5_000]))
    recordings.write(hosts.other, sender, upload.id, 5_000, io.BytesIO(data[5_000:]))

    kept = recordings.finish(hosts.other, sender, upload.id)

    assert kept.stored.sha256 == hashlib.sha256(data).hexdigest()
    assert recordings.finish(hosts.active, sender, upload.id).stored == kept.stored
    assert hosts.active.content.read_bytes(kept.stored.sha256) == data


def test_a_revocation_is_in_force_at_the_broker_of_the_other_host(hosts: Hosts) -> None:
    ended: dict[str, list[str]] = {"active": [], "other": []}

    def note(name: str, where: Endpoint, _keep_alive_s: int) -> None:
        ended[name].append(where.client_id)

    delivered(hosts, LOA_1)
    number = delivered(hosts, LOA_2)
    revoker = CertificateRevoker(hosts.active, partial(note, "active"))
    follower = CertificateRevoker(hosts.other, partial(note, "other"))
    assert follower.catch_up() == 0
    settled_by_two(hosts.active, LOA_2, LifecycleAction.REVOKE)
    revoker.step()

    assert follower.catch_up() == 1

    assert ended == {"active": [LOA_2], "other": [LOA_2]}
    assert listed(hosts.active) == listed(hosts.other) == {number}
    assert follower.catch_up() == 0
    assert len(ended["other"]) == 1


def test_a_gateway_that_waits_keeps_the_list_of_the_broker_beside_it(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "STANDBY_LOOK_S", 0.01)
    monkeypatch.setattr(access_control, "FOLLOW_S", 0.05)
    monkeypatch.setattr(gateway, "is_running", lambda _home: True)
    number, stopping = delivered(hosts, LOA_1), threading.Event()
    settled_by_two(hosts.active, LOA_1, LifecycleAction.REVOKE)
    waiting = threading.Thread(target=gateway.stand_by, args=(hosts.other, Heartbeats(), stopping))
    waiting.start()
    try:
        until(lambda: listed(hosts.other) == {number})
    finally:
        stopping.set()
        waiting.join()
    assert listed(hosts.active) == frozenset(), "the active gateway writes its own"


def test_live_audio_and_commits_of_one_host_reach_the_gateway_of_the_other_at_once(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_lease, "LISTEN_S", 0.05)
    said = UnsealedFrame(LiveId("live-1"), LiveFrame(7, 1_700_000_000_000, (b"\xf8" + bytes(60),) * 5))
    there = partial(tell_holder, hosts.other.engine, GATEWAY, outbox_notifier.RING)
    hook = outbox_notifier.ring_after_commit(outbox_notifier.path_of(hosts.other.settings), there)
    monkeypatch.setattr(hosts.other.uow, "hooks", [hook])
    settings, stopping = hosts.active.settings, threading.Event()
    assert ProcessLease(hosts.active.engine, GATEWAY, Epoch(settings.keys_dir)).take()
    with OutboxNotifier(outbox_notifier.path_of(settings)) as bell, LiveInlet(pipe.path_of(settings)) as inlet:
        ear = threading.Thread(target=pipe.hear_other_hosts, args=(hosts.active, stopping))
        ear.start()
        try:
            # Until it listens, both are lost.
            while not (heard := inlet.take(0.05)):
                assert pipe.say(hosts.other, said)
            bell.wait(0)
            with hosts.other.uow() as unit:
                unit.outbox.add(OutboxKind.PLAN, "xa-1")
                unit.commit()
            assert bell.wait(60)
        finally:
            stopping.set()
            ear.join()
    assert heard[0] == said
