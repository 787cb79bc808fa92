"""What was taken back: the broker is given the list, reads it at once, and the connection that stands is ended."""

from __future__ import annotations

import logging
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from cms.context import Context
from cms.identity import certifying
from cms.keyring import write_secret
from cms.store.engine import reading
from cms.store.lives import SqlLives
from cms.store.outbox import SqlOutbox
from cms.workers.loops import keep_doing
from cms.workers.relay import REVOCATION_KINDS
from devices import enrolment
from devices.errors import LinkError
from devices.lives import CertificateState
from devices.model import DeviceId
from devices.mqtt.broker import CRL_NAME, pid_file
from devices.mqtt.eviction import evict
from devices.mqtt.link import Endpoint

log = logging.getLogger(__name__)

LOOK_S = 0.2
_AT_ONCE = 200

Evict = Callable[[Endpoint], object]


class Revoker:
    """Repeating any of it is harmless: the list is made from the store, and an ended connection is ended again."""

    def __init__(self, context: Context, evict_device: Evict = evict) -> None:
        self._context = context
        self._evict = evict_device
        self._is_fresh = False

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "taking certificates back", look_s=LOOK_S)

    def step(self) -> int:
        """How many rows were settled. At the first call the list is written whatever is due."""
        context = self._context
        with reading(context.engine) as session:
            due = SqlOutbox(session).take(context.now(), _AT_ONCE, REVOCATION_KINDS)
        self._take_down_delivered([DeviceId(message.subject_id) for message in due if message.subject_id])
        if due or not self._is_fresh:
            self._write_list()
            self._is_fresh = True
        if not due:
            return 0
        failed: dict[tuple[int, ...], str] = {}
        for message in due:
            if message.subject_id:
                try:
                    self._end_session(message.subject_id)
                except LinkError as away:
                    failed[message.ids] = repr(away)
        sent = [row for message in due if message.ids not in failed for row in message.ids]
        with context.uow() as unit:
            unit.outbox.mark_sent(sent, context.now())
            for rows, error in failed.items():
                unit.outbox.defer(rows, error, context.now())
            unit.commit()
        return len(sent)

    def _take_down_delivered(self, device_ids: Sequence[DeviceId]) -> None:
        """What a device was delivered with, before its certificates were written down, is taken back as well."""
        context = self._context
        delivered = [(each, context.settings.devices_dir / each / "device.pem") for each in device_ids]
        found = [(each, path.read_text(encoding="ascii")) for each, path in delivered if path.exists()]
        if found:
            with context.uow() as unit:
                for device_id, pem in found:
                    certifying.record_delivered(unit, device_id, pem, context.now(), CertificateState.REVOKED)
                unit.commit()

    def _write_list(self) -> None:
        context = self._context
        with reading(context.engine) as session:
            revoked = SqlLives(session).taken_back(context.now())
        path = context.keyring.folder / CRL_NAME
        # Signed anew each time, so compared by what it says, not by its bytes.
        if enrolment.listed(path.read_bytes()) != {number for number, _ in revoked}:
            write_secret(path, enrolment.revocation_list(context.keyring.ca, revoked, context.now()))
        self._have_broker_read()

    def _have_broker_read(self) -> None:
        path = pid_file(self._context.settings.root)
        try:
            pid = int(path.read_text(encoding="ascii"))
            is_broker = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() == "mosquitto"
        except (OSError, ValueError):
            is_broker = False
        if not is_broker:
            log.warning("no broker of ours runs here: have yours read %s again", CRL_NAME)
            return
        os.kill(pid, signal.SIGHUP)

    def _end_session(self, device_id: str) -> None:
        """Under the device's name, with a certificate of the moment whose key nobody else ever has."""
        context = self._context
        own = enrolment.issue_device(context.keyring.ca, device_id, context.now())
        with tempfile.TemporaryDirectory(dir=context.settings.run_dir) as folder:
            certificate, key = Path(folder) / "own.pem", Path(folder) / "own.key"
            certificate.write_bytes(own.certificate)
            key.write_bytes(own.key)
            where = Endpoint(
                host=context.settings.mqtt_local_host,
                port=context.settings.mqtt_port,
                client_id=device_id,
                ca=context.keyring.folder / "ca.pem",
                certificate=certificate,
                key=key,
            )
            self._evict(where)
