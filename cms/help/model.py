"""Manuals and their tasks, as the help pages show them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HelpTopic:
    """Task of a manual: one of its sections.

    ``key`` is the same in every language. ``source`` is Markdown, ``plain`` its words without marks, for the search.
    """

    manual: str
    key: str
    title: str
    source: str
    plain: str

    @property
    def address(self) -> str:
        """Manual and key, as the table of screens names a task."""
        return f"{self.manual}/{self.key}"


@dataclass(frozen=True, slots=True)
class Manual:
    """Manual for one kind of work. ``summary``: a sentence on what one can do with it."""

    name: str
    title: str
    summary: str
    topics: tuple[HelpTopic, ...]


@dataclass(frozen=True, slots=True)
class HelpHit:
    """Task that a search found, and the text around the place: before, the words themselves, after."""

    topic: HelpTopic
    before: str
    found: str
    after: str
