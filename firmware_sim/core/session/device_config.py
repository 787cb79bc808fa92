"""Configuration of a device: the keys that it trusts and its signed desired state, both on flash."""

from __future__ import annotations

from devices.protocol import codec
from devices.protocol.messages import Desired, KeyRole
from devices.protocol.topics import Topic, TopicKind
from firmware_sim.core.clock.clock import Moment
from firmware_sim.core.component import Component
from firmware_sim.core.events import MessageDelivered
from firmware_sim.core.session.provisioned_identity import ProvisionedIdentity, Trust, newest_keys
from firmware_sim.core.step import Step

_DESIRED, _KEYSET = "desired", "keyset"


class DeviceConfig(Component):
    """Keys and desired state; neither ever goes back to an older version."""

    TOPICS = (TopicKind.KEYS, TopicKind.DEVICE_DESIRED)

    def __init__(self, step: Step, identity: ProvisionedIdentity, trust: Trust) -> None:
        self._step = step
        self._identity = identity
        self.keys = newest_keys(identity, trust, step.text("doc", _KEYSET))
        text = step.text("doc", _DESIRED)
        self.desired = codec.decode(Desired, text.encode()) if text else None

    @property
    def areas(self) -> list[str]:
        """Chain of areas, the leaf first; empty until a desired state is known."""
        return self.desired.areas if self.desired is not None else []

    @property
    def content_url(self) -> str:
        """Address at which content is fetched."""
        return (self.desired.content_url if self.desired is not None else "") or self._identity.content_url

    @property
    def is_quarantined(self) -> bool:
        return self.desired is not None and self.desired.quarantined

    def receive(self, topic: Topic, message: MessageDelivered, at: Moment) -> None:
        if topic.kind is TopicKind.KEYS:
            self._renew_keys(message.payload)
        else:
            self._take_desired(message.payload, at.now)

    def _renew_keys(self, payload: bytes) -> None:
        if (fresh := self.keys.renewed(payload)) is not self.keys:
            self.keys = fresh
            self._step.remember("doc", _KEYSET, payload.decode("ascii"))

    def _take_desired(self, payload: bytes, now: int | None) -> None:
        signed = self.keys.verify(payload, KeyRole.PLAN, now)
        desired = codec.decode(Desired, signed.payload)
        held = self.desired
        is_newer = held is None or (desired.epoch, desired.ver) > (held.epoch, held.ver)
        if desired.device != self._identity.id or not is_newer:
            return
        self._step.remember("doc", _DESIRED, signed.payload.decode())
        self._step.forget("setting", "volume_pct")
        self.desired = desired
