"""Feedback of citizens and the answers they were given (phản ánh, kiến nghị)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Final, NewType

from broadcast.bulletins.model import BulletinId
from devices.model import DeviceId
from province.areas import AreaId
from province.people import UserId
from province.state_machine import following

FeedbackId = NewType("FeedbackId", str)
PUBLIC: Final = UserId("public")
"""Author of feedback that a citizen sent by the public page: no official took it down."""


class FeedbackState(StrEnum):
    """The states of ``broadcast.feedback.model``."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class FeedbackAction(StrEnum):
    """CORRECT: change the registered text or kind. ANSWER: once answered, change the answer.

    PUBLISH: question and answer stand on the public page, the question as the official words it; HIDE: no longer.
    """

    CORRECT = "correct"
    ANSWER = "answer"
    CLOSE = "close"
    PUBLISH = "publish"
    HIDE = "hide"


class Channel(StrEnum):
    """Channel by which feedback arrived."""

    PHONE = "phone"
    IN_PERSON = "in_person"
    PAPER = "paper"
    EMAIL = "email"
    WEB = "web"


class FeedbackKind(StrEnum):
    NOISE = "noise"
    NOT_HEARD = "not_heard"
    CONTENT = "content"
    PRAISE = "praise"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Feedback:
    """Feedback of one citizen. Names and titles are frozen copies; ``said_at`` is when it was said, ``taken_at`` noted.

    ``contact`` is the only personal data in it: for the official who answers, and empty once it is closed.
    ``answered_at`` is the time of the first answer, ``answered_by`` the author of the last. ``code_hash`` is of the
    code with which the sender looks up the answer on the public page. ``published_text`` is the question as everybody
    reads it, naming no person.
    """

    id: FeedbackId
    area_id: AreaId
    channel: Channel
    kind: FeedbackKind
    text: str
    said_at: datetime
    taken_by: UserId
    taken_by_name: str
    taken_at: datetime
    state: FeedbackState = FeedbackState.OPEN
    version: int = 1
    contact: str = ""
    bulletin_id: BulletinId | None = None
    bulletin_title: str = ""
    device_id: DeviceId | None = None
    device_name: str = ""
    answer: str = ""
    answered_at: datetime | None = None
    answered_by: UserId | None = None
    answered_by_name: str = ""
    closed_at: datetime | None = None
    closed_by: UserId | None = None
    closed_by_name: str = ""
    code_hash: str = ""
    published_text: str = ""
    published_at: datetime | None = None
    published_by: UserId | None = None
    published_by_name: str = ""

    @property
    def is_from_public(self) -> bool:
        """A citizen wrote it, and no official."""
        return self.taken_by == PUBLIC


_S, _A = FeedbackState, FeedbackAction

# Nothing is closed that was not answered: feedback is received and answered (Decree 49/2024).
TRANSITIONS: Final[Mapping[tuple[FeedbackState, FeedbackAction], FeedbackState]] = {
    (_S.OPEN, _A.CORRECT): _S.OPEN,
    (_S.OPEN, _A.ANSWER): _S.ANSWERED,
    (_S.ANSWERED, _A.CORRECT): _S.ANSWERED,
    (_S.ANSWERED, _A.ANSWER): _S.ANSWERED,
    (_S.ANSWERED, _A.CLOSE): _S.CLOSED,
    # Only answered feedback is published, and it can be taken off at any time.
    (_S.ANSWERED, _A.PUBLISH): _S.ANSWERED,
    (_S.ANSWERED, _A.HIDE): _S.ANSWERED,
    (_S.CLOSED, _A.PUBLISH): _S.CLOSED,
    (_S.CLOSED, _A.HIDE): _S.CLOSED,
}

next_state = partial(following, TRANSITIONS)
"""Return the state after an action. Raises NotPossibleError where the table has no such step."""
