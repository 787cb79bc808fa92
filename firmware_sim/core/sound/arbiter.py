"""Arbiter of the loudspeaker: decides who may sound now, by the protocol's scale of priority.

Alert 9, live address 7, priority bulletin 6, relay 5, normal bulletin 4, test 1: the higher one takes the loudspeaker.
"""

from collections.abc import Set as AbstractSet
from typing import NamedTuple

from devices.protocol.messages import Command
from firmware_sim.core.component import Component


class OnAir(NamedTuple):
    """Sound on air: its command or item, its source, and its start (true ms; None: about to begin)."""

    cid: str
    src: str
    since: int | None


class SoundSource(Component):
    """Component that sounds. Names are those of its items on the sound card."""

    @property
    def card_prio(self) -> int:
        """Priority of its sound on the card, or about to be; 0: none that keeps others off."""
        return 0

    @property
    def claimed_prio(self) -> int:
        """Priority that it holds the loudspeaker with, even while something higher sounds; 0 for none."""
        return self.card_prio

    @property
    def is_on_card(self) -> bool:
        """Return whether it sounds or is about to."""
        return self.card_prio > 0

    def on_card(self) -> AbstractSet[str]:
        """Return its items on the card."""
        return frozenset()

    def being_stopped(self) -> AbstractSet[str]:
        """Return its items that the card was asked to end, and has not ended yet."""
        return frozenset()

    def on_air(self) -> OnAir | None:
        """Return its sound that is on air."""
        return None

    def obey_stop(self, command: Command, now: int) -> None:
        """End its sounds that a stop names, or all up to its level."""

    def press_stop(self, now: int) -> list[str]:
        """Handle the stop key at the device: end all its sounds; return their names."""
        return []


class SpeakerArbiter:
    """Arbiter of one loudspeaker; every source registers itself."""

    def __init__(self) -> None:
        self._sources: tuple[SoundSource, ...] = ()

    def register(self, source: SoundSource) -> None:
        """Add a source. Those that sound at the same priority keep the order in which they were added."""
        self._sources = (*self._sources, source)

    def prio_beside(self, source: SoundSource) -> int:
        """Return the highest priority on the card among the others: nothing up to it begins; 0 for none."""
        highest = 0
        for each in self._sources:
            if each is not source and (prio := each.card_prio) > highest:
                highest = prio
        return highest

    @property
    def claimed_prio(self) -> int:
        """Priority that the loudspeaker is held with; 0 for none."""
        highest = 0
        for each in self._sources:
            if (prio := each.claimed_prio) > highest:
                highest = prio
        return highest

    @property
    def is_playing(self) -> bool:
        """Return whether an ordered sound is on air, the tone of a self-test included."""
        for each in self._sources:  # noqa: SIM110 # asked at every event: a generator costs more than all answers
            if each.is_on_card:
                return True
        return False

    def on_air(self) -> OnAir | None:
        """Return the sound that is on air, or about to be."""
        return next((sound for each in self._sources if (sound := each.on_air()) is not None), None)

    def on_card(self) -> set[str]:
        return {item for each in self._sources for item in each.on_card()}

    def being_stopped(self) -> set[str]:
        return {item for each in self._sources for item in each.being_stopped()}

    def obey_stop(self, command: Command, now: int) -> None:
        for each in self._sources:
            each.obey_stop(command, now)

    def press_stop(self, now: int) -> list[str]:
        return [name for each in self._sources for name in each.press_stop(now)]
