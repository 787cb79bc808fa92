"""Port of the channels: one message to one address. All channels of the server stand behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from broadcast.notifications.model import NotificationUrgency
from province.errors import CodedError


@dataclass
class NotPostedError(CodedError, code="NOT_POSTED"):
    """Message that was not accepted; ``reason`` says why, for the operators.

    ``is_final``: it never will be, as the address is wrong. Else another attempt may succeed.
    """

    reason: str
    is_final: bool = False

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class ChannelMessage:
    """Message to one address. ``id`` is the same whenever it is sent again: receivers tell repetitions by it.

    ``link``: the page on which the person acts; ``about``: the subject, for programs that read webhooks.
    ``end_link``: ends what the person subscribed to, at one press.
    """

    id: str
    to: str
    title: str
    text: str
    written_at: datetime
    link: str = ""
    urgency: NotificationUrgency = NotificationUrgency.NORMAL
    about: Mapping[str, str] = field(default_factory=dict)
    end_link: str = ""


class ChannelTransport(Protocol):
    """Way of one channel. ``is_repeatable``: a message sent twice under one id is shown to the person once."""

    @property
    def is_repeatable(self) -> bool: ...

    def send(self, message: ChannelMessage) -> None:
        """Send the message; return once it is accepted. Raises NotPostedError."""
