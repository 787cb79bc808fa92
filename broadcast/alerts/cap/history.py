"""History of received messages: duplicates, order, and no crossing from drill to real."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from broadcast.alerts.cap.findings import FindingCode, Findings
from broadcast.alerts.cap.message import CapMessage, MsgType, Reference, Status
from broadcast.alerts.cap.rules import REPLACING


@dataclass(frozen=True, slots=True)
class RememberedMessage:
    """Fields remembered of every message that was not refused."""

    key: Reference
    status: Status
    msg_type: MsgType
    references: tuple[Reference, ...] = ()

    @classmethod
    def of(cls, message: CapMessage) -> RememberedMessage:
        return cls(message.key, message.status, message.msg_type, message.references)


class ReceivedMessages:
    """The messages received, by name and by the names they replaced. A message is named by sender and identifier.

    The caller hands in at least those that have the sender, identifier or references of the message asked about.
    """

    def __init__(self, heard: Iterable[RememberedMessage] = ()) -> None:
        self._by_name: dict[tuple[str, str], RememberedMessage] = {}
        self._replaced_by: dict[tuple[str, str], list[RememberedMessage]] = {}
        for each in heard:
            self.add(each)

    def add(self, heard: RememberedMessage) -> None:
        self._by_name.setdefault(_name(heard.key), heard)
        if heard.msg_type in REPLACING:
            for reference in heard.references:
                self._replaced_by.setdefault(_name(reference), []).append(heard)

    def examine(self, message: CapMessage, found: Findings) -> None:
        """Add at most one reason for which the message is a duplicate, too late or without effect."""
        before = self._by_name.get(_name(message.key))
        if before is not None:
            is_same = (before.key, before.status, before.msg_type) == (message.key, message.status, message.msg_type)
            found.add(
                FindingCode.DUPLICATE if is_same else FindingCode.IDENTIFIER_REUSED,
                "/alert/identifier",
                message.identifier,
            )
            return
        if self._is_replaced(message):
            found.add(FindingCode.SUPERSEDED, "/alert/identifier", message.identifier)
            return
        if message.msg_type in REPLACING:
            self._replacing(message, found)

    def _is_replaced(self, message: CapMessage) -> bool:
        """Return whether a received message names this one, or is a later replacement of what this one replaces."""
        by = [each for each in self._replaced_by.get(_name(message.key), ()) if each.status is message.status]
        if message.msg_type in REPLACING:
            for reference in message.references:
                rivals = self._replaced_by.get(_name(reference), ())
                by += [e for e in rivals if e.key.sent > message.sent and e.status is message.status]
        return bool(by)

    def _replacing(self, message: CapMessage, found: Findings) -> None:
        path = "/alert/references"
        known = [before for each in message.references if (before := self._by_name.get(_name(each)))]
        for before in known:
            if before.status is not message.status:
                found.add(FindingCode.STATUS_CROSSED, path, before.key.identifier)
        if not known:
            is_cancel = message.msg_type is MsgType.CANCEL
            found.add(FindingCode.NOTHING_TO_CANCEL if is_cancel else FindingCode.REFERENCE_UNKNOWN, path)


def _name(reference: Reference) -> tuple[str, str]:
    return reference.sender, reference.identifier
