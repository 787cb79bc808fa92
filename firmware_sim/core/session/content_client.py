"""Content client: requests fetches of content by hash, and lets the host drop content that is not needed any more."""

from collections.abc import Iterable

from firmware_sim.core.component import Component
from firmware_sim.core.effects import Fetch, Keep
from firmware_sim.core.session.device_config import DeviceConfig
from firmware_sim.core.step import Step


class ContentClient:
    """Fetches of one device, from the address in force."""

    def __init__(self, step: Step, config: DeviceConfig) -> None:
        self._step = step
        self._config = config
        self.has_released = False
        """True where some content may not be wanted any more."""

    def fetch(self, sha256: str, size: int, want_at_ms: int, *, is_plan: bool = False, is_urgent: bool = False) -> None:
        """Request content; parameters as ``Fetch``."""
        self._step.do(Fetch(sha256, size, want_at_ms, self._config.content_url, is_plan, is_urgent))

    def release(self) -> None:
        """Have the content that is still wanted named to the host."""
        self.has_released = True

    def keep_wanted(self, components: Iterable[Component]) -> None:
        """Let the host drop what no component wants."""
        self.has_released = False
        self._step.do(Keep(frozenset().union(*(each.wanted_content() for each in components))))
