"""Filter of the broker's log: the lines to keep, and attempts of clients beyond their rights.

mosquitto logs a publish that its access list denies at level debug only, beside a line for every packet of every client
(docs/adr/0043). So it logs everything, into a pipe; ``Sift`` keeps what a person would want to read, and sums up each
trespass in a line of its own, whose form ``trespass_in`` reads back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Final

from devices.enrolment import GATEWAY_NAME, HEALTH_NAME, SUBSCRIBER_NAME
from devices.protocol.topics import may_hear, may_say

OURS: Final = frozenset({GATEWAY_NAME, SUBSCRIBER_NAME, HEALTH_NAME})
"""Clients that read what all devices write. Certificates of ours name them: no device can have such a name."""

# Thousands a second: dropped at once, in whole lines.
_CARRIED: Final = re.compile(rb"(?m)^[^ \n]+: (?:Received|Sending(?! DISCONNECT)|No will) [^\n]*\n")
_NEWCOMER: Final = re.compile(r"New client connected from \S+ as (.*) \(p\d+, c\d, k(\d+)")
_DENIED: Final = re.compile(r"Denied PUBLISH from (.*?) \(d\d, q\d, r\d, m\d+, '(.*)")
_DENIED_END: Final = re.compile(r"', \.\.\. \(\d+ bytes\)\)$")
_ASKED: Final = re.compile(r"(.+?) [0-2] (.+)")
_TOLD: Final = re.compile(r"[^ ]+: trespass (\{.*\})")


class Deed(StrEnum):
    """Kind of attempt. WILL: a publish that the broker makes when the connection ends."""

    PUBLISH = "publish"
    WILL = "will"
    SUBSCRIBE = "subscribe"


@dataclass(frozen=True, slots=True)
class DeniedAccess:
    """Attempt beyond a client's rights.

    ``who``: the client id; ``topic``: the first one tried; ``count``: all attempts.
    """

    who: str
    did: Deed
    topic: str
    count: int = 1


def trespass_in(line: str) -> DeniedAccess | None:
    """Return the trespass in this line of a sifted log; None: the line has none."""
    if (found := _TOLD.fullmatch(line)) is None:
        return None
    try:
        body = json.loads(found[1])
        return DeniedAccess(body["who"], Deed(body["did"]), body["topic"], body["count"])
    except (ValueError, KeyError):
        return None


def newcomer_in(line: str) -> tuple[str, int] | None:
    """Return the client that connected by this line of a log, and its keep-alive (s); None: another line."""
    found = _NEWCOMER.search(line)
    return None if found is None else (found[1], int(found[2]))


class Sift:
    """Filter of one broker's log lines, in their order. ``trusted``: clients that may subscribe to others' topics."""

    def __init__(self, trusted: Iterable[str] = OURS) -> None:
        self._trusted = frozenset(trusted)
        self._newcomer = ""
        self._has_will = False

    def feed(self, text: bytes) -> bytes:
        """Return the part of ``text`` (whole lines) that the log keeps."""
        found = _AccessViolations()
        lines = _CARRIED.sub(b"", text).decode("utf-8", "replace").split("\n")
        kept = [line for line in lines if line and not self._is_read(line, found)]
        return "".join(f"{line}\n" for line in (*kept, *found.lines())).encode()

    def _is_read(self, line: str, found: _AccessViolations) -> bool:
        """Return whether this line was used up, so that it need not be kept."""
        stamp, _, said = line.partition(": ")
        if said.startswith("\t"):
            # The topics of a subscription are logged in this form as well; each comes again with the client's name.
            if self._has_will and not may_say(self._newcomer, said[1:]):
                found.add(stamp, self._newcomer, Deed.WILL, said[1:])
            self._has_will = False
            return True
        if said.startswith("Will message specified"):
            self._has_will = True
            return True
        if newcomer := _NEWCOMER.match(said):
            self._newcomer = newcomer[1]
            return False
        if denied := _DENIED.match(said):
            found.add(stamp, denied[1], Deed.PUBLISH, _DENIED_END.sub("", denied[2]))
            return True
        if asked := _ASKED.fullmatch(said):
            who, topic = asked.groups()
            if who not in self._trusted and not may_hear(who, topic):
                found.add(stamp, who, Deed.SUBSCRIBE, topic)
            return True
        return False


class _AccessViolations:
    """One line for each client and deed, however often: a flood of trespasses must not become one of lines."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Deed], tuple[str, DeniedAccess]] = {}

    def add(self, stamp: str, who: str, did: Deed, topic: str) -> None:
        first_at, tried = self._found.get((who, did), (stamp, DeniedAccess(who, did, topic, 0)))
        self._found[who, did] = first_at, replace(tried, count=tried.count + 1)

    def lines(self) -> list[str]:
        found = ((stamp, json.dumps(asdict(each), ensure_ascii=False)) for stamp, each in self._found.values())
        return [f"{stamp}: trespass {text}" for stamp, text in found]
