"""Settings of the voice that a trial may change, by name: constants of ``media.kokoro``, and what is done beside them.

``prosody.<CONSTANT>`` and ``script.<CONSTANT>`` name one, ``script.<TABLE>.<entry>`` one entry of a table. ``rate`` and
``mix`` (voice packs and their shares) are settings of the trial itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

from media.kokoro import prosody, script

Settings = Mapping[str, Any]
MODULES: Final[Mapping[str, ModuleType]] = {"script": script, "prosody": prosody}
RATE, MIX = "rate", "mix"


@contextmanager
def applied(settings: Settings) -> Iterator[None]:
    """Set the constants for a while; a table may get new entries. Raises KeyError, AttributeError for unknown names."""
    kept = [(name, _value(name)) for name in settings if _is_constant(name)]
    try:
        for name, _ in kept:
            _set(name, _like(_value(name), settings[name]))
        yield
    finally:
        for name, value in reversed(kept):
            _set(name, value)


def in_force() -> dict[str, str]:
    """Return the constants that the sound of a script depends on. What the code does with them is not seen."""
    return {
        name: repr(sorted(value) if isinstance(value, frozenset) else value)
        for name, value in vars(prosody).items()
        if name.isupper() and isinstance(value, (int, float, str, tuple, dict, frozenset))
    }


def _is_constant(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in MODULES


def _place(name: str) -> tuple[ModuleType, str, str]:
    module, constant, *entry = name.split(".", 2)
    return MODULES[module], constant, entry[0] if entry else ""


def _value(name: str) -> Any:
    module, constant, entry = _place(name)
    table = getattr(module, constant)
    return table.get(entry) if entry else table


def _set(name: str, value: object) -> None:
    module, constant, entry = _place(name)
    if entry and value is None:
        getattr(module, constant).pop(entry)
    elif entry:
        getattr(module, constant)[entry] = value
    else:
        setattr(module, constant, value)


def _like(now: object, value: object) -> object:
    """Return a value from JSON in the type of the constant."""
    if isinstance(now, frozenset) and isinstance(value, list):
        return frozenset(value)
    if isinstance(now, tuple) and isinstance(value, list):
        return tuple(tuple(each) if isinstance(each, list) else each for each in value)
    return value
