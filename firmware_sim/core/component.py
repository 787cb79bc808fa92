"""Component: one subject of the device core, with its own state in memory and on flash.

The core hands each component the events, messages and commands that it names, and lets time advance all of them in a
fixed order. In C this is a table of function pointers.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, ClassVar

from devices.protocol.messages import Code, Command, CommandType, Desired, ExecutionState
from devices.protocol.topics import Topic, TopicKind
from firmware_sim.core.clock.clock import NEVER_MS, Moment
from firmware_sim.core.events import Event, MessageDelivered

if TYPE_CHECKING:
    from firmware_sim.core.device import DeviceCore


class DevicePart:
    """Part of one device. ``parts`` are its siblings, looked up when they are needed: some are made after it."""

    def __init__(self, parts: DeviceCore) -> None:
        self._parts = parts
        self._step, self._clock, self._config = parts.step, parts.clock, parts.config
        self._content, self._reports = parts.content, parts.reports
        self._set_up()

    def _set_up(self) -> None:
        """Make the part's own state. The siblings made before it are there."""


class Component(DevicePart):
    """Part of the device core. Every method does nothing unless it is overridden.

    ``EVENTS``, ``TOPICS`` and ``COMMANDS`` name what is handed to it. ``now`` is true ms. ``RUNS_WITHOUT_TIME``: it
    advances even where no time is trusted; ``now`` is the local clock's there.
    """

    EVENTS: ClassVar[tuple[type[Event], ...]] = ()
    TOPICS: ClassVar[tuple[TopicKind, ...]] = ()
    COMMANDS: ClassVar[tuple[CommandType, ...]] = ()
    RUNS_WITHOUT_TIME: ClassVar[bool] = False
    STANDING: ClassVar[ExecutionState] = ExecutionState.DONE

    # Events and messages.

    def handle(self, event: Event, at: Moment) -> None:
        """Handle an event of ``EVENTS``."""

    def receive(self, topic: Topic, message: MessageDelivered, at: Moment) -> None:
        """Take a message on a topic of ``TOPICS``.

        Raises:
            ProtocolError: it cannot be trusted or read; the core reports that.
        """

    def reconfigure(self, old: Desired | None, at: Moment) -> None:
        """Follow a newer desired state; ``old`` is the one before."""

    # Commands.

    def refusal(self, command: Command, now: int) -> Code | None:
        """Return why a command of ``COMMANDS``, which passed the protocol's verdict, is refused; None: obey it."""
        return None

    def standing(self, command: Command) -> ExecutionState:
        """Return the command's state right after it is obeyed."""
        return self.STANDING

    def obey(self, command: Command, source: bytes, now: int) -> None:
        """Carry out a command that was not refused and is remembered already. ``source``: it as it was signed."""

    def repeat(self, command: Command, now: int) -> None:
        """Take a copy of a command that was obeyed."""

    def cancel(self, command: Command, now: int) -> None:
        """Withdraw whatever the cancel names."""

    # Time.

    def advance(self, now: int) -> None:
        """Do what is due."""

    def next_at(self, now: int) -> int:
        """Return the next instant at which ``advance`` has something to do without an event."""
        return NEVER_MS

    def forget_expired(self, now: int) -> None:
        """Forget entries on flash that have no effect any more."""

    def wanted_content(self) -> AbstractSet[str]:
        """Return the hashes of content that it needs on flash."""
        return frozenset()
