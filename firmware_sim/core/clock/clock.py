"""Device clock: the hardware's clock, signed beacons, and round trips that prove the server's time.

A beacon may have waited in a queue, or be a recording: it confirms a known clock and never moves it. A **round trip**
is the signed answer to a question that was never asked before, so it gives the server's time of this moment. The
server itself may be wrong: a known clock follows it only after ``STEP_SAMPLES`` round trips over ``STEP_SPAN_MS``
agree, or at once where the hardware's clock agrees with the server again. Until then commands are judged by either
time (``server_now``), so that a wrong clock at neither end silences an alert.
"""

from typing import Final, NamedTuple

import msgspec

from devices.protocol import verdict
from devices.protocol.messages import Command

NEVER_MS: Final = 2**53
AGREE_MS: Final = 2_000
"""Two times this close count as equal: network delay, and the drift of a poor quartz between two corrections."""
STEP_SAMPLES: Final = 3
STEP_SPAN_MS: Final = 600_000
"""A known clock is stepped after ``STEP_SAMPLES`` round trips over this long."""
ROUND_TRIP_MAX_MS: Final = 10_000
"""An answer that took longer proves too little."""
PROVEN_MS: Final = 600_000
"""The server's time counts as proved this long after a round trip."""
ASK_EVERY_MS: Final = 300_000
"""A proved deviation is proved again after this."""
SPREAD_MS: Final = 20_000
"""A deviating beacon deviates for a whole province at once: devices spread their round trips over this."""
FLOOR_EVERY_MS: Final = 600_000
"""Most that the floor on flash lags behind: a recording can set an unknown clock back by this much."""
LOST_MS: Final = 120_000
"""A battery clock this far behind the floor has lost its battery, and counts as unknown."""


class Moment(NamedTuple):
    """Instant of an event. ``now``: UTC as believed, None where no time is trusted; ``stamp``: for reports.

    ``stamp`` is ``now``, or ``local_ms``, the hardware's clock, where no time is trusted.
    """

    now: int | None
    stamp: int
    local_ms: int

    def now_or(self, other: int) -> int:
        return other if self.now is None else self.now


class Clock:
    """Time of the device, and the rules by which the server's messages may change it.

    "True" is UTC as believed, "local" what the hardware counts; both in ms. ``off_ms`` is local less true, ``error_ms``
    local less the server's time when the two were last compared. ``floor_ms`` is an instant known to have passed.
    """

    def __init__(self, *, is_known: bool, off_ms: int = 0, floor_ms: int = 0, local_ms: int | None = None) -> None:
        self.is_known = is_known
        self.off_ms = off_ms
        self.floor_ms = floor_ms
        self.error_ms: int | None = None
        self._has_hardware = is_known
        if is_known and local_ms is not None and local_ms - off_ms < floor_ms - LOST_MS:
            self.is_known = False
        self._beacon_ms: int | None = None
        self._heard_ms = 0
        self._proven: tuple[int, int] | None = None
        """Local less server's time, and when that was proved (local)."""
        self._series: list[tuple[int, int]] = []
        self._asked_ms: int | None = None

    def take_beacon(self, beacon_ms: int, local_ms: int) -> bool:
        """Take a signed beacon. False: it deviates, or is older than the floor; a round trip has to show why."""
        believed = self.now(local_ms)
        if believed is None and beacon_ms >= self.floor_ms:
            self._rest_on(beacon_ms, local_ms)
            return True
        if believed is None or beacon_ms < self.floor_ms or abs(believed - beacon_ms) > AGREE_MS:
            return False
        self.error_ms = local_ms - beacon_ms
        self._series.clear()
        if not self.is_known:
            self._rest_on(beacon_ms, local_ms)
        self._raise_floor(beacon_ms)
        return True

    def may_ask(self, beacon_ms: int, local_ms: int) -> bool:
        """Return whether a deviating beacon is worth a round trip: none was so far off, or the last trip is old."""
        if self._asked_ms is None or not 0 <= local_ms - self._asked_ms < ASK_EVERY_MS:
            return True
        if self._proven is None or self._proven[1] < self._asked_ms:
            return local_ms - self._asked_ms > ROUND_TRIP_MAX_MS
        return abs(local_ms - beacon_ms - self._proven[0]) > AGREE_MS

    def asked(self, local_ms: int) -> None:
        """Note that a round trip begins."""
        self._asked_ms = local_ms

    def prove(self, server_ms: int, asked_ms: int, local_ms: int) -> bool:
        """Take the end of a round trip begun at ``asked_ms`` (local); return whether the believed time changed."""
        trip_ms = local_ms - asked_ms
        if not 0 <= trip_ms <= ROUND_TRIP_MAX_MS:
            return False
        off_ms = local_ms - trip_ms // 2 - server_ms
        believed = self.now(local_ms)
        self.error_ms, self._proven = off_ms, (off_ms, local_ms)
        if self.is_known and abs(off_ms - self.off_ms) <= AGREE_MS:
            self._series.clear()
            self._raise_floor(server_ms)
            return False
        if self.is_known and not self._may_step(off_ms, local_ms):
            return False
        self._series.clear()
        self.floor_ms = server_ms
        if self._has_hardware:
            self.is_known = True
            self.off_ms = 0 if abs(off_ms) <= AGREE_MS else off_ms
            return True
        self._rest_on(server_ms + trip_ms // 2, local_ms)
        return believed is not None and abs(believed - local_ms + off_ms) > AGREE_MS

    def now(self, local_ms: int) -> int | None:
        """Return UTC as believed; None where no time is trusted."""
        if self.is_known:
            return local_ms - self.off_ms
        return verdict.trusted_now(None, self._beacon_ms, max(0, local_ms - self._heard_ms))

    def server_now(self, local_ms: int) -> int | None:
        """Return the server's time where a round trip proved it lately and it is not the device's own; else None."""
        if self._proven is None or not 0 <= local_ms - self._proven[1] <= PROVEN_MS:
            return None
        server_ms, own = local_ms - self._proven[0], self.now(local_ms)
        return None if own is not None and abs(own - server_ms) <= AGREE_MS else server_ms

    def to_local(self, true_ms: int) -> int:
        return true_ms + self._offset_ms

    def to_true(self, local_ms: int) -> int:
        return local_ms - self._offset_ms

    def _may_step(self, off_ms: int, local_ms: int) -> bool:
        """Return whether a known clock follows: the hardware's agrees, or enough round trips did for long enough."""
        if abs(off_ms) <= AGREE_MS:
            return True
        if self._series and abs(off_ms - self._series[0][0]) > AGREE_MS:
            self._series.clear()
        self._series.append((off_ms, local_ms))
        return len(self._series) >= STEP_SAMPLES and local_ms - self._series[0][1] >= STEP_SPAN_MS

    def _rest_on(self, true_ms: int, local_ms: int) -> None:
        self._beacon_ms, self._heard_ms = true_ms, local_ms
        self.error_ms = local_ms - true_ms

    def _raise_floor(self, true_ms: int) -> None:
        """Raise the floor: now and then where the clock is known; else each time, as a guard against recordings."""
        if not self.is_known or true_ms - self.floor_ms > FLOOR_EVERY_MS:
            self.floor_ms = max(self.floor_ms, true_ms)

    @property
    def _offset_ms(self) -> int:
        if self.is_known:
            return self.off_ms
        return 0 if self._beacon_ms is None else self._heard_ms - self._beacon_ms


def shifted(command: Command, by_ms: int) -> Command:
    """Return the command with all its instants moved: its issuer's clock is ``by_ms`` behind this one."""

    def moved(at: int) -> int:
        return max(0, at + by_ms)

    replace = msgspec.structs.replace
    alert, play, live = command.alert, command.play, command.live
    return replace(
        command,
        iat=moved(command.iat),
        nbf=moved(command.nbf),
        exp=moved(command.exp),
        hush_until=moved(command.hush_until) if command.hush_until else 0,
        alert=None if alert is None else replace(alert, issued_at=moved(alert.issued_at)),
        play=None if play is None else replace(play, start_at=moved(play.start_at) if play.start_at else 0),
        live=None if live is None else replace(live, until=moved(live.until)),
    )
