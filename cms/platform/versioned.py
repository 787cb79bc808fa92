"""Subjects of which each change names the version that it is made to."""

from typing import Protocol


class Versioned(Protocol):
    """Object with optimistic locking: a change must name its present version."""

    @property
    def id(self) -> str: ...

    @property
    def version(self) -> int: ...
