"""Error summary: the problems of a form, gathered while it is rendered, for the list with links above it."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Flask, g


@dataclass(frozen=True, slots=True)
class ListedProblem:
    """Problem as it is listed; ``field``: the id of the field to go to, or empty for the whole form."""

    field: str
    label: str
    sentence: str


def note(field: str, label: str, sentences: Iterable[str]) -> str:
    """Remember the problems of a field; a template writes the empty answer."""
    known = noted()
    known += [each for sentence in sentences if (each := ListedProblem(field, label, sentence)) not in known]
    return ""


def noted() -> list[ListedProblem]:
    """Return the problems that the page has shown so far."""
    found: list[ListedProblem] = g.setdefault("field_problems", [])
    return found


def install(app: Flask) -> None:
    app.jinja_env.globals.update(note_problems=note, noted_problems=noted)
