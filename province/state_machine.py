"""Tables of states: (state, action) to the state after it."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

from province.errors import NotPossibleError

State = TypeVar("State", bound=StrEnum)
Act = TypeVar("Act", bound=StrEnum)


def following(table: Mapping[tuple[State, Act], State], state: State, action: Act) -> State:
    """The state after ``action``.

    Raises:
        NotPossibleError: the table has no such step.
    """
    try:
        return table[state, action]
    except KeyError:
        raise NotPossibleError(state, action) from None


def final(table: Mapping[tuple[State, Act], State], states: Iterable[State]) -> tuple[State, ...]:
    """Those that nothing leaves, in their order; what leads back to itself leaves nothing."""
    left = {before for (before, _), after in table.items() if after != before}
    return tuple(state for state in states if state not in left)
