"""Rules on elements that belong together, beyond any schema. Each rule adds its findings; all of them are checked."""

from collections.abc import Mapping
from typing import Final

from broadcast.alerts.cap.findings import FindingCode, Findings
from broadcast.alerts.cap.message import CapInfo, CapMessage, CapScope, MsgType, Status
from broadcast.alerts.cap.plain_text import has_markup

Superiors = Mapping[str, frozenset[str]]
"""Sender → senders whose messages it may update and cancel beside its own: the province's data."""

REFERRING: Final = frozenset({MsgType.UPDATE, MsgType.CANCEL, MsgType.ACK, MsgType.ERROR})
REPLACING: Final = frozenset({MsgType.UPDATE, MsgType.CANCEL})
SPOKEN: Final = frozenset({Status.ACTUAL, Status.EXERCISE})


def examine(message: CapMessage, superiors: Superiors, found: Findings) -> None:
    """Add the rules that the message breaks, and notes for people.

    Of a message already refused some parts may not have been read: they are not called missing.
    """
    is_whole = not found.refuses
    _scope(message, found)
    _references(message, superiors, found)
    if is_whole and message.msg_type in REFERRING and not message.references:
        found.add(FindingCode.REFERENCES_MISSING, "/alert/references", message.msg_type)
    says = message.msg_type in {MsgType.ALERT, MsgType.UPDATE} and message.status in SPOKEN
    if is_whole and says and not message.infos:
        found.add(FindingCode.NO_INFO)
    for n, info in enumerate(message.infos, 1):
        _times(message, info, f"/alert/info[{n}]", found)
        _words(info, f"/alert/info[{n}]", found)
    if not message.note and (message.status is Status.EXERCISE or message.msg_type is MsgType.ERROR):
        found.add(FindingCode.NOTE_MISSING, "/alert/note")
    if not message.says_it_is_over and any(info.says_it_is_over for info in message.infos):
        found.add(FindingCode.ALL_CLEAR_IN_PART, "/alert/info")


def _scope(message: CapMessage, found: Findings) -> None:
    if message.scope is CapScope.RESTRICTED and not message.restriction:
        found.add(FindingCode.RESTRICTION_MISSING, "/alert/restriction")
    if message.scope is CapScope.PRIVATE and not message.addresses:
        found.add(FindingCode.ADDRESSES_MISSING, "/alert/addresses")
    if message.scope is not CapScope.PUBLIC:
        found.add(FindingCode.NOT_PUBLIC, "/alert/scope", message.scope)
    if message.scope is not CapScope.RESTRICTED and message.restriction:
        found.add(FindingCode.RESTRICTION_UNUSED, "/alert/restriction", message.restriction)


def _references(message: CapMessage, superiors: Superiors, found: Findings) -> None:
    path = "/alert/references"
    own = [each for each in message.references if each.names(message.key)]
    if own and message.msg_type in {MsgType.ALERT, *REPLACING}:
        # An all-clear that names itself is met in the field, and ends nothing by it.
        is_harmless = message.msg_type is MsgType.ALERT or message.says_it_is_over
        found.add(FindingCode.NAMES_ITSELF if is_harmless else FindingCode.SELF_REFERENCE, path, message.identifier)
    if message.msg_type not in REPLACING:
        return
    below = superiors.get(message.sender, frozenset())
    for each in message.references:
        if each.sender != message.sender and each.sender not in below:
            is_cancel = message.msg_type is MsgType.CANCEL
            found.add(FindingCode.FOREIGN_REFERENCE if is_cancel else FindingCode.FOREIGN_UPDATE, path, each.sender)
        if each.sent > message.sent:
            found.add(FindingCode.REFERENCE_LATER, path, each.identifier)


def _times(message: CapMessage, info: CapInfo, at: str, found: Findings) -> None:
    if info.expires is None:
        if message.msg_type is not MsgType.CANCEL:
            found.add(FindingCode.EXPIRES_MISSING, f"{at}/expires")
        return
    if info.expires < message.sent:
        found.add(FindingCode.EXPIRES_BEFORE_SENT, f"{at}/expires", info.expires.isoformat())
    elif info.effective is not None and info.expires < info.effective:
        found.add(FindingCode.EXPIRES_BEFORE_EFFECTIVE, f"{at}/expires", info.expires.isoformat())
    if info.onset is not None and info.expires < info.onset:
        found.add(FindingCode.EXPIRES_BEFORE_ONSET, f"{at}/onset", info.onset.isoformat())


def _words(info: CapInfo, at: str, found: Findings) -> None:
    if not (info.headline or info.description or info.instruction):
        found.add(FindingCode.NO_WORDS, at)
    for name, text in (
        ("headline", info.headline),
        ("description", info.description),
        ("instruction", info.instruction),
    ):
        if has_markup(text):
            found.add(FindingCode.MARKUP, f"{at}/{name}")
    if not info.areas:
        found.add(FindingCode.NO_AREA, at)
    for n, area in enumerate(info.areas, 1):
        if not (area.polygons or area.circles or area.geocodes):
            found.add(FindingCode.NO_SHAPE, f"{at}/area[{n}]", area.desc)
