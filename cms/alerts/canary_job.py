"""Canary job: every three minutes a silent alert goes the way of a real one, and its answer comes back.

::

    outbox ──► alert publisher ──► broker ──► canary ──► broker ──► uplink ──► store

The canary is this job, in a device's name: it connects for the time of one drill, obeys by the rules of the protocol
and sounds nothing. So it finds what looks sound from inside: a gateway that sends nothing, a broker that delivers
nothing, a key or an access list that devices do not go along with, answers that are not stored.
"""

import logging
import queue
import time
from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from cms.alerts.service import canary
from cms.platform.context import Context
from cms.platform.gateway import broker_links
from cms.platform.gateway.messages import to_ms
from cms.platform.store.engine import reading
from devices.enrolment import CANARY_NAME
from devices.errors import LinkError
from devices.mqtt.link import Endpoint, Incoming, MqttDeviceLink
from devices.protocol import codec, topics, verdict
from devices.protocol.errors import ProtocolError
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Ack, ExecutionState

EVERY_S: Final = 180.0
AGAIN_S: Final = 20.0
"""Pause after a drill that failed."""
CONNECT_S: Final = 3.0
_LOOK_S: Final = 0.1
log = logging.getLogger(__name__)


class CanaryFailedError(Exception):
    """A step of a drill did not succeed in time."""


class CanarySession:
    """Session of the canary at one broker."""

    def __init__(self, broker: Endpoint) -> None:
        self.where = f"{broker.host}:{broker.port}"
        self.arrived: queue.SimpleQueue[Incoming] = queue.SimpleQueue()
        alerts = {topics.area_alert(CANARY_NAME): 1}
        self.link = MqttDeviceLink(broker, subscriptions=alerts, on_message=self.arrived.put, session_expiry_s=0)
        self.link.start()


class CanaryJob:
    """Job of the canary. ``step`` drills if it is time to."""

    def __init__(self, context: Context, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._context = context
        self._monotonic = monotonic
        self._due_s = monotonic()

    def step(self) -> None:
        """Drill, and say what failed; sooner again then."""
        if not self._context.settings.canary or self._monotonic() < self._due_s:
            return
        pause_s, sessions = AGAIN_S, list[CanarySession]()
        try:
            keys = self._context.keyring.folder
            files = keys / f"{CANARY_NAME}.pem", keys / f"{CANARY_NAME}.key"
            for broker in broker_links.endpoints(self._context, CANARY_NAME, *files):
                sessions.append(CanarySession(broker))
            self.drill([each for each in sessions if each.link.wait_ready(CONNECT_S)])
            pause_s = EVERY_S
        except (CanaryFailedError, LinkError, TimeoutError, OSError, SQLAlchemyError) as error:
            log.error("canary.failed: %s", str(error) or type(error).__name__)  # noqa: TRY400 - no bug of ours
        finally:
            for each in sessions:
                each.link.close()
            self._due_s = self._monotonic() + pause_s

    def drill(self, sessions: Sequence[CanarySession]) -> None:
        """Send one alert, which every connected broker has to deliver, and answer it by the first.

        Raises:
            CanaryFailedError, LinkError, TimeoutError, SQLAlchemyError: a step failed, or was late.
        """
        if not sessions:
            raise CanaryFailedError("no broker accepts its connection")
        until_s = self._monotonic() + canary.DEADLINE.total_seconds()
        with self._context.uow() as unit:
            name = canary.order(unit, self._context.now())
            unit.commit()
        for each in sessions:
            self._await_alert(each, name, until_s)
        ack = Ack(
            v=codec.VERSION, st=ExecutionState.RECEIVED, ts=to_ms(self._context.now()), n=1, boot="canary", cid=name
        )
        answered = sessions[0].link.publish(topics.device_ack(CANARY_NAME), codec.encode(ack))
        answered.result(self._left_s(until_s))
        while not self._is_stored(name):
            if not self._left_s(until_s):
                raise CanaryFailedError("its answer was not stored")
            time.sleep(_LOOK_S)

    def _await_alert(self, session: CanarySession, name: str, until_s: float) -> None:
        """Wait for the alert of this name. Raises CanaryFailedError: a device would not have obeyed it in time."""
        keyring = self._context.keyring
        try:
            keys = TrustedKeys.from_root(keyring.root_x, keyring.newest_keyset())
            while True:
                message = session.arrived.get(timeout=self._left_s(until_s))
                found = verdict.weigh(
                    message.payload,
                    keys,
                    device_id=CANARY_NAME,
                    areas=(),
                    groups=(),
                    now_ms=to_ms(self._context.now()),
                    seen=(),
                    is_drill_topic=False,
                )
                if found.refusal is not None:
                    raise CanaryFailedError(f"its alert is refused: {found.refusal}")
                if found.command is not None and found.command.cid == name:
                    return
        except queue.Empty:
            raise CanaryFailedError(f"its alert does not come from {session.where}") from None
        except ProtocolError as error:
            raise CanaryFailedError(f"the keyset is refused: {error.code}") from None

    def _is_stored(self, name: str) -> bool:
        with reading(self._context.engine) as session:
            return canary.is_answered(session, name)

    def _left_s(self, until_s: float) -> float:
        return max(0.0, until_s - self._monotonic())
