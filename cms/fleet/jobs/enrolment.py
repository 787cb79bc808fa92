"""Enrolment handler: certificate requests of new boxes. Open to anybody: little is done before a proof is verified.

Bounds: the number of waiting requests (``WAITING_MAX``; more are dropped), how often one serial is processed
(``SERIAL_EVERY_S``), the length of a request (by the listener), and the number of wrong proofs before the box is
locked. An unknown serial and one that is not claimed get the same answer.
"""

import logging
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, Protocol

from cms.fleet.repository.devices import Devices
from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.fleet.service import certificates
from cms.fleet.service import claims as claim_service
from cms.fleet.service.certificates import CertificateResult, SigningAuthority
from cms.platform.context import Context
from cms.platform.gateway.messages import MessageBuilder, OutgoingMessage
from cms.platform.process.loops import keep_doing
from cms.platform.store.uow import UnitOfWork
from devices.errors import LinkError
from devices.lifecycle import DeviceLifecycle, LifecycleState
from devices.model import Device
from devices.mqtt.link import Incoming
from devices.protocol import claims, codec, topics
from devices.protocol.errors import ProtocolError
from devices.protocol.messages import Code, EnrolRequest
from devices.protocol.topics import TopicKind
from province.people import program

log = logging.getLogger(__name__)

WAITING_MAX: Final = 200
SERIAL_EVERY_S: Final = 1.0
_SERIALS_KEPT: Final = 1_000
_WAIT_S: Final = 60.0
"""Longest wait for a request; ``wake`` ends it."""
_BY: Final = program("enrolment")
SUBSCRIPTIONS: Final = {topics.boot_up("+"): 1}


class EnrolmentConnection(Protocol):
    """Connection as the handler needs it."""

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expiry_s: int | None = None
    ) -> Future[None]: ...

    def acknowledge(self, message: Incoming) -> None: ...


def authority(context: Context) -> SigningAuthority:
    """Return the installation's certificate authority, as its settings say."""
    return SigningAuthority(context.keyring.issuer(), timedelta(days=context.settings.certificate_days))


class EnrolmentHandler:
    """Handler of enrolment requests. ``receive`` is called by the link's thread; ``step`` answers one, ``run`` all."""

    def __init__(self, context: Context, letters: MessageBuilder, monotonic_s: Callable[[], float]) -> None:
        self._context = context
        self._letters = letters
        self._monotonic_s = monotonic_s
        self._waiting: queue.Queue[Incoming | None] = queue.Queue(WAITING_MAX)
        self._looked: OrderedDict[str, float] = OrderedDict()
        self.dropped = 0

    def receive(self, message: Incoming) -> None:
        """Queue a request from the link's thread; if the queue is full it is dropped, and its box asks again."""
        try:
            self._waiting.put_nowait(message)
        except queue.Full:
            self.dropped += 1
            log.warning("an enrolment request is dropped: %d are waiting", WAITING_MAX)

    def wake(self) -> None:
        """Have ``run`` look whether to stop; from any thread."""
        with suppress(queue.Full):
            self._waiting.put_nowait(None)

    def run(self, way: EnrolmentConnection, stopping: threading.Event) -> None:
        keep_doing(lambda: self.step(way), stopping, "answering enrolment requests", look_s=0)

    def step(self, way: EnrolmentConnection) -> None:
        """Answer the next request, if one arrives before ``wake`` is called."""
        try:
            message = self._waiting.get(timeout=_WAIT_S)
        except queue.Empty:
            return
        if message is None:
            return
        letter = self.answer(message)
        way.acknowledge(message)
        if letter is not None:
            try:
                way.publish(letter.topic, letter.payload, qos=letter.qos, expiry_s=letter.expiry_s)
            except LinkError as error:
                # Its box asks again, and gets the same answer.
                log.warning("no enrolment answer published on %s: %r", letter.topic, error)

    def answer(self, message: Incoming) -> OutgoingMessage | None:
        """Build the answer; None if the serial is not the topic's, or it comes too soon after the last."""
        topic = topics.parse(message.topic)
        if topic is None or topic.kind is not TopicKind.BOOT_UP or self._is_too_soon(topic.id):
            return None
        try:
            request = codec.decode(EnrolRequest, message.payload)
        except ProtocolError as error:
            log.warning("an enrolment request on %s is not valid: %s", message.topic, error.code)
            return None
        if request.serial != topic.id:
            return None
        now = self._context.now()
        with self._context.uow() as unit:
            answer, device = self._decide(unit, request, now)
            unit.commit()
        return self._letters.certificate(
            topics.boot_down(request.serial), request.serial, claims.csr_sha256(request.csr), answer, device
        )

    def _decide(
        self, unit: UnitOfWork, request: EnrolRequest, now: datetime
    ) -> tuple[CertificateResult, Device | None]:
        life = unit[DeviceLifecycles].find(request.serial)
        if life is None or life.device_id is None or life.state is not LifecycleState.CLAIMED:
            # There is nothing to guess, so nothing is counted: a stranger changes no box that is in service.
            return CertificateResult(Code.NOT_CLAIMED), None
        if life.is_locked(now):
            return CertificateResult(Code.LOCKED), None
        if not claims.is_proven(request.serial, request.csr, request.proof, life.claim_x):
            return self._counted(unit, life, Code.BAD_SIGNATURE, now), None
        answer = certificates.enrol(unit, life, request.csr, authority(self._context), now)
        if answer.code is Code.ALREADY_ISSUED:
            return self._counted(unit, life, answer.code, now), None
        return answer, unit[Devices].get(life.device_id) if answer.code is None else None

    def _counted(self, unit: UnitOfWork, life: DeviceLifecycle, code: Code, now: datetime) -> CertificateResult:
        locked = claim_service.wrong(unit, life, _BY, now).locked_until_at
        return CertificateResult(code if locked is None else Code.LOCKED)

    def _is_too_soon(self, serial: str) -> bool:
        now_s = self._monotonic_s()
        last_s = self._looked.pop(serial, None)
        if last_s is not None and now_s - last_s < SERIAL_EVERY_S:
            self._looked[serial] = last_s
            return True
        self._looked[serial] = now_s
        while len(self._looked) > _SERIALS_KEPT:
            self._looked.popitem(last=False)
        return False
