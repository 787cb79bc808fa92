"""Effects of one event, and the device's state on flash."""

from firmware_sim.core.effects import Effect, Save
from firmware_sim.storage.flash import Facts, JournalEntry, Value


class Step:
    """Collector of effects. State is saved before any effect that follows it."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._effects: list[Effect] = []
        self._unsaved: list[JournalEntry] = []

    def known(self, kind: str) -> dict[str, Value]:
        """Return the facts of a kind, by key."""
        known = self._facts.get(kind)
        if known is None:
            known = self._facts[kind] = {}
        return known

    def number(self, kind: str, key: str) -> int:
        """Return a remembered number; 0 where there is none."""
        value = self.known(kind).get(key, 0)
        return value if isinstance(value, int) else 0

    def text(self, kind: str, key: str) -> str:
        """Return a remembered text; empty where there is none."""
        value = self.known(kind).get(key, "")
        return value if isinstance(value, str) else ""

    def remember(self, kind: str, key: str, value: Value) -> None:
        known = self.known(kind)
        if known.get(key) != value:
            known[key] = value
            self._unsaved.append(JournalEntry(kind, key, value))

    def forget(self, kind: str, key: str) -> None:
        if self.known(kind).pop(key, None) is not None:
            self._unsaved.append(JournalEntry(kind, key, None))

    def do(self, effect: Effect) -> None:
        self._save()
        self._effects.append(effect)

    def take(self) -> list[Effect]:
        """Return the effects since the last call."""
        self._save()
        taken, self._effects = self._effects, []
        return taken

    def _save(self) -> None:
        if self._unsaved:
            self._effects.append(Save(tuple(self._unsaved)))
            self._unsaved = []
