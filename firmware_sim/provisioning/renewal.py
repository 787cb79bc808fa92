"""Certificate renewal: a device asks for its next certificate in time, and is never without a good one."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from devices.protocol import codec, topics
from devices.protocol.errors import ProtocolError
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import CertificateRequest
from firmware_sim.core.effects import Publish
from firmware_sim.core.session.device_config import ProvisionedIdentity
from firmware_sim.provisioning import certificates
from firmware_sim.provisioning.certificates import UnfitCertificateError

REFUSED_MOST: Final = 3
"""Refusals of the new certificate by the broker before the old one is tried again."""
_EXPIRY_S: Final = 60

log = logging.getLogger(__name__)


class Renewal:
    """Renewal. ``keys`` returns those trusted now; ``use`` makes the link use the folder's files, ``drop`` hangs up."""

    def __init__(
        self,
        folder: Path,
        identity: ProvisionedIdentity,
        *,
        send: Callable[[Publish], None],
        use: Callable[[], None],
        drop: Callable[[], None],
        keys: Callable[[], TrustedKeys],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._folder = folder
        self._id = identity.id
        self._keys = keys
        self._send = send
        self._use = use
        self._drop = drop
        self._now = now
        self._refused = 0

    @property
    def subscriptions(self) -> list[tuple[str, int]]:
        return [(topics.device_certificate(self._id), 1)]

    @property
    def number(self) -> str:
        """Serial number of the certificate in use; empty where this folder has none, as a swarm's."""
        return certificates.number(self._folder) if (self._folder / "device.pem").exists() else ""

    def connected(self) -> None:
        """Forget the previous certificate, as the broker has taken the present one; ask for the next if it is due."""
        self._refused = 0
        certificates.forget_last(self._folder)
        if self.number and certificates.is_renewal_due(self._folder, self._now()):
            request = CertificateRequest(v=1, csr=certificates.request_for(self._folder, "next"))
            self._send(Publish(topics.device_request(self._id, "csr"), codec.encode(request), expiry_s=_EXPIRY_S))

    def refused(self) -> None:
        """Count a refusal by the broker; after ``REFUSED_MOST`` return to the previous certificate."""
        self._refused += 1
        if self._refused >= REFUSED_MOST and (self._folder / "last.pem").exists():
            certificates.go_back(self._folder)
            self._refused = 0
            self._use()

    def receive(self, topic: str, payload: bytes) -> None:
        """Take a certificate answer into use if it answers the pending request."""
        if topic != topics.device_certificate(self._id) or not (self._folder / "next.csr").exists():
            return
        csr = certificates.request_for(self._folder, "next")
        try:
            answer = certificates.read_answer(self._folder, self._keys(), payload, csr)
        except (ProtocolError, UnfitCertificateError) as error:
            log.warning("%s: certificate answer rejected: %s", self._id, str(error) or type(error).__name__)
            return
        if answer is None or answer.code is not None:
            return
        certificates.put(self._folder / "next.pem", answer.certificate.encode("ascii"))
        certificates.use_next(self._folder)
        self._use()
        self._drop()
