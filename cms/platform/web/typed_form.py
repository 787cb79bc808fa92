"""Forms as typed: dataclasses whose fields declare how they are read from a request."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from datetime import date, time
from enum import StrEnum
from typing import Any, Self, TypeVar

from werkzeug.datastructures import MultiDict

from cms.platform.web import formats, typed_time
from province.errors import Problem, problem_if

ENTRY_MAX = 40
_READ = "read"
_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True)
class TypedForm:
    """Base of forms as typed: the text as it was sent, so that any input can be shown again."""

    @classmethod
    def of(cls, sent: MultiDict[str, str]) -> Self:
        """Read the form; a field without a declaration keeps its default."""
        declared = {each.name: each.metadata[_READ] for each in fields(cls) if _READ in each.metadata}
        return cls(**{name: read(sent, name) for name, read in declared.items()})


def read_by(read: Callable[[MultiDict[str, str], str], object], default: object = "") -> Any:
    """Declare a field: ``read`` takes the form and the field's name; the empty form has ``default``."""
    return field(default=default, metadata={_READ: read})


def entry(default: str = "", most: int = ENTRY_MAX, *, sent_as: str = "", if_empty: str = "") -> Any:
    """Declare text, without what is beyond ``most`` letters; ``if_empty`` stands for nothing typed.

    ``most`` is one more than the rules allow, so that text that is too long is refused instead of cut.
    """
    return read_by(lambda sent, name: sent.get(sent_as or name, "").strip()[:most] or if_empty, default)


def ticked(*, sent_as: str = "", default: bool = False) -> Any:
    """Declare a box to tick."""
    return read_by(lambda sent, name: bool(sent.get(sent_as or name)), default)


def chosen(default: Iterable[str] = (), most: int | None = None) -> Any:
    """Declare a list from which several are chosen."""
    return read_by(lambda sent, name: tuple(sent.getlist(name)[:most]), tuple(default))


def read_choice(kind: type[_Choice], typed: str, name: str, problems: list[Problem]) -> _Choice | None:
    """Read one of an enum's values; anything else becomes a problem of the field."""
    if typed in set(kind):
        return kind(typed)
    problems.append(Problem(name, "MISSING"))
    return None


def read_time(typed: str, name: str, problems: list[Problem]) -> time:
    """Read a time of day; text that is none becomes a problem of the field, and midnight."""
    try:
        return typed_time.read_clock(typed)
    except ValueError:
        problems.append(Problem(name, "NOT_A_TIME"))
        return time()


def read_day(typed: str, name: str, problems: list[Problem]) -> date | None:
    """Read a date; None if nothing is typed. Text that is no date becomes a problem of the field."""
    day = formats.typed_day(typed)
    problems += problem_if(typed and day is None, name, "NOT_A_DATE")
    return day
