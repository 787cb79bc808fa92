"""Configuration of a device: identity, trusted keys and signed desired state on flash; its requests for content."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from joserfc.jwk import OKPKey

from devices.protocol import codec, verdict
from devices.protocol.errors import ProtocolError, StaleError
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Desired, KeyRole
from devices.protocol.officers import TrustedOfficers
from devices.protocol.topics import Topic, TopicKind
from firmware_sim.core.clock.clock import Moment
from firmware_sim.core.component import Component
from firmware_sim.core.effects import Fetch, Keep
from firmware_sim.core.events import MessageDelivered
from firmware_sim.core.step import Step

Trust = Callable[[str, bytes], TrustedKeys]
"""As ``TrustedKeys.from_root``; a swarm passes one that checks identical bytes once."""


TrustOfficers = Callable[[OKPKey, bytes], TrustedOfficers]
"""As ``TrustedOfficers.from_root``; a swarm passes one that checks identical bytes once."""


@dataclass(frozen=True, slots=True)
class ProvisionedIdentity:
    """Identity that a device is provisioned with. ``content_url`` is used until its ``desired`` names one.

    A board shows the ``boards`` plan of a manifest, and sounds nothing of its days. A bridge has a contact and sound
    detectors. Without a loudspeaker only alerts are taken, no other sound. ``model`` names the hardware: only images
    made for it are taken, and none where it is empty.
    """

    id: str
    root_x: str
    keyset: bytes
    content_url: str = ""
    is_board: bool = False
    is_bridge: bool = False
    has_loudspeaker: bool = True
    model: str = ""


def newest_keys(identity: ProvisionedIdentity, trust: Trust, kept: str) -> TrustedKeys:
    """Return the newest keyset ever trusted: that of the bundle, or a later one that was ``kept`` on flash."""
    keys = trust(identity.root_x, identity.keyset)
    try:
        return keys.renewed(kept.encode()) if kept else keys
    except StaleError:
        return keys


def kept_officers(root: OKPKey, trust: TrustOfficers, kept: str) -> TrustedOfficers | None:
    """Return the officers ``kept`` on flash; None: there are none, or they are of another root than the bundle."""
    try:
        return trust(root, kept.encode()) if kept else None
    except ProtocolError:
        return None


_DESIRED, _KEYSET, _OFFICERS, _FENCE = "desired", "keyset", "officers", "fence"


class DeviceConfig(Component):
    """Keys, officers and desired state; none of them ever goes back to an older version."""

    TOPICS = (TopicKind.KEYS, TopicKind.OFFICERS, TopicKind.DEVICE_DESIRED)

    def __init__(self, step: Step, identity: ProvisionedIdentity, trust: Trust, trust_officers: TrustOfficers) -> None:
        self._step = step
        self._identity = identity
        self._trust_officers = trust_officers
        self.keys = newest_keys(identity, trust, step.text("doc", _KEYSET))
        self.officers = kept_officers(self.keys.root, trust_officers, step.text("doc", _OFFICERS))
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

    @property
    def fence(self) -> int:
        """Fence of the present gateway, as far as this device knows; 0: it has seen none."""
        return self._step.number("counter", _FENCE)

    def take_fence(self, fence: int, role: str, *, is_answer: bool = False) -> None:
        """Keep the highest fence; an answer to a question of this device names the present one, even a lower one."""
        is_new = fence not in {0, self.fence} and (is_answer or fence > self.fence)
        if is_new and role in verdict.BEACON_ROLES:
            self._step.remember("counter", _FENCE, fence)

    def receive(self, topic: Topic, message: MessageDelivered, at: Moment) -> None:
        match topic.kind:
            case TopicKind.KEYS:
                self._renew_keys(message.payload)
            case TopicKind.OFFICERS:
                self._renew_officers(message.payload)
            case _:
                self._take_desired(message.payload, at.now)

    def _renew_keys(self, payload: bytes) -> None:
        if (fresh := self.keys.renewed(payload)) is not self.keys:
            self.keys = fresh
            self._step.remember("doc", _KEYSET, payload.decode("ascii"))

    def _renew_officers(self, payload: bytes) -> None:
        if (fresh := self._trust_officers(self.keys.root, payload).after(self.officers)) is not None:
            self.officers = fresh
            self._step.remember("doc", _OFFICERS, payload.decode("ascii"))

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


class ContentClient:
    """Fetches of one device, from the address in force."""

    def __init__(self, step: Step, config: DeviceConfig) -> None:
        self._step = step
        self._config = config
        self.has_released = False
        """True where some content may not be wanted any more."""

    def fetch(
        self,
        sha256: str,
        size: int,
        want_at_ms: int,
        *,
        is_plan: bool = False,
        is_urgent: bool = False,
        wait_ms: int = 0,
    ) -> None:
        """Request content; parameters as ``Fetch``."""
        self._step.do(Fetch(sha256, size, want_at_ms, self._config.content_url, is_plan, is_urgent, wait_ms))

    def release(self) -> None:
        """Have the content that is still wanted named to the host."""
        self.has_released = True

    def keep_wanted(self, components: Iterable[Component]) -> None:
        """Let the host drop what no component wants."""
        self.has_released = False
        self._step.do(Keep(frozenset().union(*(each.wanted_content() for each in components))))
