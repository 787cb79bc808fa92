"""Choice of the broker that a device connects to next, and of the pause before it connects."""

from collections.abc import Sequence
from typing import Final

from devices.protocol.messages import Desired

Address = tuple[str, int]

TRIES: Final = 2
"""Attempts at one broker before the next: a broker that is restarted is back by the second."""
WINDOWS_MAX: Final = 10


class BrokerChoice:
    """Choice of one device. ``delivered``: the broker of its bundle or enrolment, which it never forgets.

    ``least_s`` and ``most_s`` bound the window of the back-off; the pause is a random part of the window.
    """

    def __init__(self, delivered: Address, least_s: float, most_s: float) -> None:
        self._delivered = delivered
        self._addresses: Sequence[Address] = (delivered,)
        self._least_s, self._most_s = least_s, most_s
        self._spread_s = 0.0
        self._place = 0
        self._failures = 0
        self._is_spread = False

    @property
    def address(self) -> Address:
        """Host and port to connect to."""
        return self._addresses[self._place]

    @property
    def home(self) -> Address:
        """First broker of the list, to which the device returns."""
        return self._addresses[0]

    @property
    def has_others(self) -> bool:
        """Return whether a broker that does not answer soon is given up for another."""
        return len(self._addresses) > 1

    def follow(self, desired: Desired | None) -> None:
        """Use the list in force. The broker in use remains so if the list has it."""
        if desired is None:
            return
        held = self.address
        listed = [(each.host, each.port) for each in desired.brokers]
        self._addresses = tuple(dict.fromkeys([*listed, self._delivered]))
        self._place = self._addresses.index(held) if held in self._addresses else 0
        self._spread_s = desired.reconnect_spread_ms / 1000

    def lost(self, *, by_broker: bool) -> None:
        """Note the end of a steady connection. ``by_broker``: the broker closed it, perhaps those of all devices."""
        self._failures = 0
        self._is_spread = by_broker

    def failed(self) -> None:
        """Note an attempt that failed, or a connection that did not last."""
        self._failures += 1
        if self._failures % TRIES == 0:
            self._place = (self._place + 1) % len(self._addresses)

    def go_home(self) -> None:
        """Return to the first broker of the list, which answers again."""
        self._place = self._failures = 0
        self._is_spread = False

    def window_s(self) -> float:
        """Return the window of the next pause: it doubles when every broker has failed, and fits the fleet at first."""
        rounds = self._failures // (TRIES * len(self._addresses)) if self.has_others else self._failures
        if self._failures and not rounds:
            return self._least_s
        spread_s = self._spread_s if self._is_spread else 0.0
        return min(self._most_s, max(self._least_s * (1 << min(rounds, WINDOWS_MAX)), spread_s))
