"""State machine of citizens' feedback: actions by state in one table, from which ``docs/lifecycle.md`` is drawn."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from broadcast.feedback.model import FeedbackAction, FeedbackState
from province.state_machine import diagram, final, following

_S, _A = FeedbackState, FeedbackAction

# Nothing is closed that was not answered: feedback is received and answered (Decree 49/2024).
TRANSITIONS: Final[Mapping[tuple[FeedbackState, FeedbackAction], FeedbackState]] = MappingProxyType(
    {
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
)


def next_state(state: FeedbackState, action: FeedbackAction) -> FeedbackState:
    """Return the state after ``action``.

    Raises:
        NotPossibleError: the table has no such step.
    """
    return following(TRANSITIONS, state, action)


def state_diagram() -> str:
    """Return the table as a Mermaid state diagram, ending in a newline."""
    return diagram(TRANSITIONS, _S.OPEN, final(TRANSITIONS, FeedbackState))
