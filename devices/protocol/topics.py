"""Topic names below one root; ids are ``[a-z0-9-]{1,40}``."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

ROOT = "loa/v1"
ID_PATTERN = "[a-z0-9-]{1,40}"
SHA256_PATTERN = "[0-9a-f]{64}"


class TopicKind(StrEnum):
    """Kind of a topic; the value is its pattern below the root, with words standing in braces."""

    AREA_ALERT = "a/{id}/alert"
    AREA_DRILL = "a/{id}/drill"
    AREA_SPEECH = "a/{id}/speech/{sha256}"
    AREA_LIVE = "a/{id}/live/{session}"
    AREA_COMMAND = "a/{id}/cmd"
    AREA_PLAN = "a/{id}/plan"
    TIME = "time"
    KEYS = "keys"
    OFFICERS = "officers"
    DEVICE_COMMAND = "d/{id}/cmd"
    DEVICE_DESIRED = "d/{id}/desired"
    DEVICE_LOCAL = "d/{id}/local"
    DEVICE_CAP = "d/{id}/cap/{document}"
    DEVICE_DRILL = "d/{id}/drill/{document}"
    DEVICE_PROGRAMME = "d/{id}/programme/{document}"
    DEVICE_CERTIFICATE = "d/{id}/cert"
    DEVICE_STATE = "d/{id}/state"
    DEVICE_TELEMETRY = "d/{id}/tel"
    DEVICE_ACK = "d/{id}/ack"
    DEVICE_EVENT = "d/{id}/evt"
    DEVICE_REQUEST = "d/{id}/req/{request}"
    BOOT_UP = "boot/{id}/up"
    BOOT_DOWN = "boot/{id}/down"


def _made(kind: TopicKind) -> Callable[..., str]:
    """Return the function that makes names of this kind from the words that stand in braces, in their order."""
    return re.sub(r"\{\w+\}", "{}", f"{ROOT}/{kind}").format


_Fixed = Callable[[], str]
_OfOne = Callable[[str], str]
_OfTwo = Callable[[str, str], str]
area_alert: _OfOne = _made(TopicKind.AREA_ALERT)
area_drill: _OfOne = _made(TopicKind.AREA_DRILL)
area_speech: _OfTwo = _made(TopicKind.AREA_SPEECH)
area_live: _OfTwo = _made(TopicKind.AREA_LIVE)
area_command: _OfOne = _made(TopicKind.AREA_COMMAND)
area_plan: _OfOne = _made(TopicKind.AREA_PLAN)
time_beacon: _Fixed = _made(TopicKind.TIME)
keys: _Fixed = _made(TopicKind.KEYS)
officers: _Fixed = _made(TopicKind.OFFICERS)
device_command: _OfOne = _made(TopicKind.DEVICE_COMMAND)
device_desired: _OfOne = _made(TopicKind.DEVICE_DESIRED)
device_local: _OfOne = _made(TopicKind.DEVICE_LOCAL)
device_cap: _OfTwo = _made(TopicKind.DEVICE_CAP)
device_drill: _OfTwo = _made(TopicKind.DEVICE_DRILL)
device_programme: _OfTwo = _made(TopicKind.DEVICE_PROGRAMME)
device_certificate: _OfOne = _made(TopicKind.DEVICE_CERTIFICATE)
boot_up: _OfOne = _made(TopicKind.BOOT_UP)
boot_down: _OfOne = _made(TopicKind.BOOT_DOWN)
device_state: _OfOne = _made(TopicKind.DEVICE_STATE)
device_telemetry: _OfOne = _made(TopicKind.DEVICE_TELEMETRY)
device_ack: _OfOne = _made(TopicKind.DEVICE_ACK)
device_event: _OfOne = _made(TopicKind.DEVICE_EVENT)
device_request: _OfTwo = _made(TopicKind.DEVICE_REQUEST)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic taken apart: ``id`` is the area's or device's, or a box's serial, ``request`` the word after ``req``.

    ``sha256`` names the speech, ``document`` the CAP document or the programme, ``session`` the live address.
    """

    kind: TopicKind
    id: str = ""
    request: str = ""
    sha256: str = ""
    document: str = ""
    session: str = ""


def parse(topic: str) -> Topic | None:
    """Return the parts of ``topic``; None for any that version 1 does not have."""
    if topic.startswith(_DEVICES):
        # Parsed thousands of times a second: no pattern is needed for an id and a word.
        name, _, word = topic[len(_DEVICES) :].partition("/")
        if (kind := _OF_DEVICES.get(word)) is not None:
            return Topic(kind, name) if _IS_ID(name) else None
    known = _PATTERNS.get(_names_of(topic.removeprefix(_BELOW)))
    found = None if known is None else known[1].fullmatch(topic)
    return None if known is None or found is None else Topic(known[0], **found.groupdict())


def _names_of(below_root: str) -> tuple[str, ...]:
    """Return the words that are the same in all topics of a kind: the first, and the one after the id."""
    return tuple(below_root.split("/", 3)[:3:2])


def _pattern(kind: TopicKind) -> re.Pattern[str]:
    words = kind.value
    for name, pattern in {
        "id": ID_PATTERN,
        "request": ID_PATTERN,
        "document": ID_PATTERN,
        "session": ID_PATTERN,
        "sha256": SHA256_PATTERN,
    }.items():
        words = words.replace(f"{{{name}}}", f"(?P<{name}>{pattern})")
    return re.compile(f"{ROOT}/{words}")


_BELOW = f"{ROOT}/"
# Needed for every message of every device: found by the fixed words of its kind, not by trying one kind after another.
_PATTERNS = {_names_of(kind.value): (kind, _pattern(kind)) for kind in TopicKind}
_DEVICES = f"{ROOT}/d/"
_OF_DEVICES = {
    kind.value.removeprefix("d/{id}/"): kind
    for kind in TopicKind
    if kind.value.startswith("d/{id}/") and kind.value.count("{") == 1
}
_IS_ID = re.compile(ID_PATTERN).fullmatch


def may_hear(who: str, topic: str) -> bool:
    """Return whether a client may subscribe: to areas, time, keys, officers, and its own device's or box's topics."""
    return topic.startswith(
        (f"{ROOT}/a/", time_beacon(), keys(), officers(), f"{ROOT}/d/{who}/", f"{ROOT}/boot/{who}/"),
    )


def own_words(device_id: str) -> tuple[str, ...]:
    """Return filters of all that a device may write: the broker's access list is made of them."""
    names = (device_state, device_telemetry, device_ack, device_event)
    return *(name(device_id) for name in names), device_request(device_id, "+")


def may_say(who: str, topic: str) -> bool:
    """Return whether a device, or a box before it has a certificate, may write there."""
    *whole, requests = own_words(who)
    return topic in {*whole, boot_up(who)} or topic.startswith(requests.removesuffix("+"))
