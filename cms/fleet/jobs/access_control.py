"""Access control, on threads of its own in the gateway: enrolment, certificate revocation, refused connections."""

import logging
import secrets
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from cms.fleet.jobs.broker_watch import BrokerWatch
from cms.fleet.jobs.enrolment import SUBSCRIPTIONS, EnrolmentHandler
from cms.fleet.repository.lifecycle import DeviceLifecycles, shut_out
from cms.fleet.service import certificates
from cms.platform.context import Context
from cms.platform.gateway import broker_links
from cms.platform.gateway.messages import MessageBuilder
from cms.platform.gateway.outbox_handlers import OutboxSender, kinds_of
from cms.platform.process.commit_bell import CommitBell, QuietStep
from cms.platform.process.heartbeats import Heartbeats
from cms.platform.process.loops import keep_doing
from cms.platform.process.process import Loop, begin
from cms.platform.store.engine import reading
from cms.platform.store.outbox import Outbox, OutboxMessage
from cms.platform.store.pending_look import outbox_look
from devices import enrolment
from devices.errors import LinkError
from devices.lifecycle import CertificateState
from devices.model import DeviceId
from devices.mqtt import enrolment_listener
from devices.mqtt.broker import is_running
from devices.mqtt.eviction import evict
from devices.mqtt.link import Endpoint, LocalEndpoint, MqttDeviceLink
from devices.mqtt.revocations import CRL_NAME, LISTS_NAME, add_list, held_lists
from devices.protocol.limits import KEEP_ALIVE_S

log = logging.getLogger(__name__)

LOOK_S = 0.5
FOLLOW_S: Final = 1.0
_AT_ONCE = 200
SUPERSEDED_EVERY_S: Final = 3_600.0
"""Superseded certificates are not urgent: they are gathered for one list."""
LISTS_MAX: Final = 500
"""The broker keeps each list since its start in memory, 40 bytes a certificate. Beyond it only revocations make one."""
_KEPT_MAX: Final = 1_000
_KEEP_ALIVE_MAX_S: Final = 65_000

Evict = Callable[[Endpoint, int], object]


class CertificateRevoker:
    """Job of revocation. Each step can be repeated: the list is made from the store, a session closed again."""

    def __init__(
        self, context: Context, evict_device: Evict = evict, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._context = context
        self._evict = evict_device
        self._monotonic = monotonic
        self._look = outbox_look(context.engine, kinds_of(OutboxSender.REVOCATIONS))
        self._is_fresh = False
        self._is_owed = False
        self._listed_at_s = monotonic()
        self._ours: deque[tuple[str, int]] = deque(maxlen=_KEPT_MAX)

    def run(self, commits: CommitBell, stopping: threading.Event) -> None:
        """Revoke until stopped; while nothing is pending, rest until a commit."""
        step = QuietStep(self.step, commits, lambda: not self._look.is_empty, quiet_s=0.0)
        keep_doing(step, stopping, "revoking certificates", look_s=LOOK_S, rest=step.rest)

    def follow(self, stopping: threading.Event) -> None:
        """Keep the list of this host while the active gateway is on another, and end sessions that it now forbids."""
        keep_doing(self.catch_up, stopping, "following revocations", look_s=FOLLOW_S)

    def catch_up(self) -> int:
        """Write the list if it is not that of the store; return the number of sessions that were ended."""
        added = self._write_list()
        with reading(self._context.engine) as session:
            holders = DeviceLifecycles(session).holders(added) if added else ()
        return self.turn_away({(device_id, 0) for device_id in holders})

    def step(self) -> int:
        """Settle the due rows; return their number. The first call always compares the list with the store."""
        context = self._context
        due: Sequence[OutboxMessage] = ()
        if self._look.may_be_due():
            with reading(context.engine) as session:
                due = Outbox(session).take(context.now(), _AT_ONCE, kinds_of(OutboxSender.REVOCATIONS))
        revoked = [message for message in due if message.subject_id]
        self._take_down_delivered([DeviceId(message.subject_id) for message in revoked])
        self._is_owed = self._is_owed or len(revoked) < len(due)
        if revoked or not self._is_fresh or self._may_gather():
            self._write_list()
            self._is_fresh, self._is_owed, self._listed_at_s = True, False, self._monotonic()
        if not due:
            return 0
        failed: dict[tuple[int, ...], str] = {}
        for message in revoked:
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

    def turn_away(self, arrived: Collection[tuple[str, int]]) -> int:
        """End the sessions of clients that connected although none of their certificates is valid; return how many.

        The list refuses them at the handshake. But TLS 1.2 lets a client resume an earlier session without showing a
        certificate. ``arrived``: client id and keep-alive of each; the keep-alive tells our connections from theirs.
        """
        theirs = {name for name, keep_alive_s in arrived if (name, keep_alive_s) not in self._ours}
        if not theirs:
            return 0
        with reading(self._context.engine) as session:
            unwelcome = sorted(shut_out(session, {DeviceId(name) for name in theirs}))
        for device_id in unwelcome:
            log.warning("device %s connected although its certificates are revoked", device_id)
            try:
                self._end_session(device_id)
            except LinkError as away:
                log.warning("the session of device %s could not be ended: %s", device_id, away)
        return len(unwelcome)

    def _may_gather(self) -> bool:
        if not self._is_owed or self._monotonic() - self._listed_at_s < SUPERSEDED_EVERY_S:
            return False
        keyring = self._context.keyring
        return held_lists(keyring.folder, enrolment.issuer_hash(keyring.ca_certificate)) < LISTS_MAX

    def _take_down_delivered(self, device_ids: Sequence[DeviceId]) -> None:
        """Revoke the certificate that a device was delivered with as well, even if it was never recorded."""
        context = self._context
        delivered = [(each, context.settings.devices_dir / each / "device.pem") for each in device_ids]
        found = [(each, path.read_text(encoding="ascii")) for each, path in delivered if path.exists()]
        if found:
            with context.uow() as unit:
                for device_id, pem in found:
                    certificates.record_delivered(unit, device_id, pem, context.now(), CertificateState.REVOKED)
                unit.commit()

    def _write_list(self) -> frozenset[str]:
        """Bring the broker's list up to date; return the numbers that are new in it."""
        context = self._context
        keyring = context.keyring
        with reading(context.engine) as session:
            revoked = DeviceLifecycles(session).taken_back(context.now())
        before = (keyring.folder / CRL_NAME).read_bytes()
        # Each list is signed again, so its entries are compared, not its bytes.
        listed, wanted = enrolment.listed(before), frozenset(number for number, _ in revoked)
        if listed != wanted:
            made = enrolment.revocation_list(keyring.issuer(), revoked, before)
            add_list(keyring.folder, enrolment.issuer_hash(keyring.ca_certificate), made)
            if not is_running(context.settings.root):
                log.warning("no broker is supervised here: give %s and %s/ to your own", CRL_NAME, LISTS_NAME)
        return wanted - listed

    def _end_session(self, device_id: str) -> None:
        """Connect under the device's id, which ends its session, with a certificate whose key is then deleted."""
        context = self._context
        own = enrolment.issue_device(context.keyring.issuer(), device_id, context.now())
        with tempfile.TemporaryDirectory(dir=context.settings.run_dir) as folder:
            certificate, key = Path(folder) / "own.pem", Path(folder) / "own.key"
            certificate.write_bytes(own.certificate)
            key.write_bytes(own.key)
            keep_alive_s = secrets.randbelow(_KEEP_ALIVE_MAX_S - KEEP_ALIVE_S) + KEEP_ALIVE_S
            self._ours.append((device_id, keep_alive_s))
            away: list[LinkError] = []
            for where in broker_links.endpoints(context, device_id, certificate, key):
                try:
                    self._evict(where, keep_alive_s)
                except LinkError as error:
                    away.append(error)
        if away:
            raise away[0]


class AccessControl:
    """Composition of the parts of access control, each on a thread; none delays an alert.

    ``commits`` rings after commits; None: beside the broker of a host while the active gateway is on another. Then
    everything is done that needs the broker's own host.
    """

    def __init__(self, context: Context, letters: MessageBuilder, commits: CommitBell | None) -> None:
        self._commits = commits
        self._revoker = CertificateRevoker(context)
        self._watch = BrokerWatch(context, on_arrived=self._revoker.turn_away)
        self._desk = EnrolmentHandler(context, letters, time.monotonic)
        self._link = None
        if context.settings.enrol_port:
            home = context.settings.root
            where = LocalEndpoint(enrolment_listener.socket_path(home), enrolment_listener.desk_name(home))
            self._link = MqttDeviceLink(where, subscriptions=SUBSCRIPTIONS, on_message=self._desk.receive)
        self._threads: Sequence[threading.Thread] = ()

    def start(self, stopping: threading.Event, beats: Heartbeats) -> None:
        revoke = self._revoker.follow if self._commits is None else partial(self._revoker.run, self._commits)
        loops: dict[str, Loop] = {"revoker": revoke, "broker-watch": self._watch.run}
        if self._link is not None:
            self._link.start()
            loops["enrolment"] = partial(self._desk.run, self._link)
        self._threads = begin(loops, stopping, beats)

    def join(self) -> None:
        """Wait for the threads, once ``stopping`` is set."""
        for thread in self._threads:
            self._desk.wake()  # its thread is the last, and ``stopping`` is set once the first has ended
            thread.join()
        if self._link is not None:
            self._link.close()
