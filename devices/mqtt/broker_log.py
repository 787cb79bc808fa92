"""What of all that a broker tells its log keeps, and who in it went beyond what is his.

mosquitto tells of a publish that its access list denies at level debug only, beside a line for every packet of every
client (docs/adr/0043). So it tells everything, into a pipe; ``Sift`` lets through what a person would want to read, and
sums up each trespass in a line of its own, whose form ``trespass_in`` reads back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Final

from devices.enrolment import EAR_NAME, GATEWAY_NAME, HEALTH_NAME
from devices.protocol.topics import may_hear, may_say

OURS: Final = frozenset({GATEWAY_NAME, EAR_NAME, HEALTH_NAME})
"""Who reads what all devices write. Certificates of ours name them: no device can call itself so."""

# Thousands a second: dropped at once, by lines that are whole.
_CARRIED: Final = re.compile(rb"(?m)^[^ \n]+: (?:Received|Sending(?! DISCONNECT)|No will) [^\n]*\n")
_NEWCOMER: Final = re.compile(r"New client connected from \S+ as (.*) \(p\d+, c\d, k(\d+)")
_DENIED: Final = re.compile(r"Denied PUBLISH from (.*?) \(d\d, q\d, r\d, m\d+, '(.*)")
_DENIED_END: Final = re.compile(r"', \.\.\. \(\d+ bytes\)\)$")
_ASKED: Final = re.compile(r"(.+?) [0-2] (.+)")
_TOLD: Final = re.compile(r"[^ ]+: trespass (\{.*\})")


class Deed(StrEnum):
    """What somebody tried. WILL: to have it written when his connection ends."""

    PUBLISH = "publish"
    WILL = "will"
    SUBSCRIBE = "subscribe"


@dataclass(frozen=True, slots=True)
class Trespass:
    """``who``: the client id; ``topic``: the first that he tried; ``count``: how often he tried any."""

    who: str
    did: Deed
    topic: str
    count: int = 1


def trespass_in(line: str) -> Trespass | None:
    """The trespass that this line of a sifted log tells of; None: it tells of something else."""
    if (found := _TOLD.fullmatch(line)) is None:
        return None
    try:
        told = json.loads(found[1])
        return Trespass(told["who"], Deed(told["did"]), told["topic"], told["count"])
    except (ValueError, KeyError):
        return None


def newcomer_in(line: str) -> tuple[str, int] | None:
    """Who connected by this line of a log, and with which keep-alive (s); None: it tells of something else."""
    found = _NEWCOMER.search(line)
    return None if found is None else (found[1], int(found[2]))


class Sift:
    """One broker's words in the order in which they come. ``trusted``: who may ask to hear others."""

    def __init__(self, trusted: Iterable[str] = OURS) -> None:
        self._trusted = frozenset(trusted)
        self._newcomer = ""
        self._has_will = False

    def feed(self, text: bytes) -> bytes:
        """What the log keeps of this. ``text``: lines that are whole."""
        found = _Found()
        lines = _CARRIED.sub(b"", text).decode("utf-8", "replace").split("\n")
        kept = [line for line in lines if line and not self._is_read(line, found)]
        return "".join(f"{line}\n" for line in (*kept, *found.lines())).encode()

    def _is_read(self, line: str, found: _Found) -> bool:
        """Whether all that this line tells was taken, so that it need not be kept."""
        stamp, _, said = line.partition(": ")
        if said.startswith("\t"):
            # The topics of a subscription are told so as well; each is told again with the name of who asks.
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


class _Found:
    """One line for each who and deed, however often: a flood of trespasses must not become one of lines."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Deed], tuple[str, Trespass]] = {}

    def add(self, stamp: str, who: str, did: Deed, topic: str) -> None:
        first_at, tried = self._found.get((who, did), (stamp, Trespass(who, did, topic, 0)))
        self._found[who, did] = first_at, replace(tried, count=tried.count + 1)

    def lines(self) -> list[str]:
        told = ((stamp, json.dumps(asdict(each), ensure_ascii=False)) for stamp, each in self._found.values())
        return [f"{stamp}: trespass {text}" for stamp, text in told]
