"""Access control, on threads of its own in the gateway: enrolment, certificate revocation, refused connections."""

import threading
import time
from collections.abc import Sequence
from functools import partial

from cms.fleet.jobs.broker_watch import BrokerWatch
from cms.fleet.jobs.certificate_revocation import CertificateRevoker
from cms.fleet.jobs.enrolment import SUBSCRIPTIONS, EnrolmentHandler
from cms.platform.context import Context
from cms.platform.gateway.messages import MessageBuilder
from cms.platform.process.heartbeats import Heartbeats
from cms.platform.process.process import Loop, begin
from devices.mqtt import enrolment_listener
from devices.mqtt.link import LocalEndpoint, MqttDeviceLink


class AccessControl:
    """Composition of the parts of access control, each on a thread; none delays an alert."""

    def __init__(self, context: Context, letters: MessageBuilder) -> None:
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
        loops: dict[str, Loop] = {"revoker": self._revoker.run, "broker-watch": self._watch.run}
        if self._link is not None:
            self._link.start()
            loops["enrolment"] = partial(self._desk.run, self._link)
        self._threads = begin(loops, stopping, beats)

    def join(self) -> None:
        """Wait for the threads, once ``stopping`` is set."""
        for thread in self._threads:
            thread.join()
        if self._link is not None:
            self._link.close()
