"""Feature: the declaration by which a feature puts its screens, its menu entries and its API into the processes.

A declaration names modules and imports none of them, so that a process loads only those that it serves.
"""

import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from cms.platform.process.loops import LOOK_S
from province.people import Action


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """Entry of the main menu, for people who have the right to ``action`` anywhere.

    ``endpoint``: the screen it opens. ``label``: a message id. ``position`` orders the entries of all features.
    ``icon``: a symbol of icons.svg. ``is_main``: in the bar itself, not behind "More".
    ``work``: people with this right have it in the bar of a telephone.
    ``count_function``: a function of the feature that returns how many things wait there for the user; it is called
    once a page, so it must be cheap.
    """

    endpoint: str
    label: str
    action: Action
    position: int
    icon: str
    is_main: bool = False
    work: Action | None = None
    count_function: str = ""


@dataclass(frozen=True, slots=True)
class MenuTab:
    """Tab in the row below the menu entry ``entry``, for people who have the right to ``action`` anywhere."""

    entry: str
    endpoint: str
    label: str
    action: Action
    position: int


@dataclass(frozen=True, slots=True)
class Screens:
    """Modules with screens of one place in the menu: ``of`` is the endpoint of an entry or tab, or empty."""

    of: str
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BackgroundJob:
    """Job of the scheduler, on a thread of its own; ``factory`` makes an object with ``step`` of the context.

    ``step`` does what is due; it runs again ``look_s`` later, or rests while nothing is committed (``QuietStep``): not
    for long, unless ``is_pending`` of the object, asked with a session, says that none of its work falls due by time
    alone. An error is logged as a failure of ``doing``. An object with ``run`` loops by itself.
    ``is_local``: its step waits for nothing but our own database, so that its thread hangs where it does not wake.
    ``reaches_out``: it sends to other systems, so a training world does not run it.
    ``bound_s``: the longest that one turn may take, where it queries other systems or rolls up a province's days.
    """

    name: str
    factory: str
    doing: str = ""
    look_s: float = LOOK_S
    bound_s: float | None = None
    is_local: bool = False
    reaches_out: bool = False


@dataclass(frozen=True, slots=True)
class Feature:
    """Feature of the server. Modules and functions are named relative to its package, ``views.files:unseen_reports``.

    ``public_pages`` names a blueprint of its own whose routes need no sign-in. ``problem_words`` and ``field_words``
    name tables of sentences by code and of labels by field; ``state_words`` those of states, by the path of screens.
    ``template_words``: the names by which every template knows modules of labels.
    ``search``: heading and function of the things that the console's search finds.
    ``outbox`` makes the handlers of its outbox rows, ``commands`` names its commands of ``loa``. ``identify`` signs in
    the user of a browser's session, and ``find_caller`` finds that of a token; one feature has both.
    """

    package: str
    menu: tuple[MenuEntry, ...] = ()
    tabs: tuple[MenuTab, ...] = ()
    screens: tuple[Screens, ...] = ()
    api: tuple[str, ...] = ()
    public_pages: str = ""
    problem_words: tuple[str, ...] = ()
    field_words: str = ""
    template_words: tuple[tuple[str, str], ...] = ()
    state_words: tuple[tuple[str, str], ...] = ()
    search: tuple[tuple[str, str], ...] = ()
    background: tuple[BackgroundJob, ...] = ()
    outbox: str = ""
    commands: tuple[tuple[str, str], ...] = ()
    identify: str = ""
    find_caller: str = ""

    @property
    def templates(self) -> Path:
        """Folder of its templates; inside stands one with the feature's name, which begins their names."""
        return Path(import_module(self.package).__path__[0], "templates")

    def load_screens(self) -> None:
        """Import the modules of its screens; importing one puts its routes on the console's blueprint."""
        for screens in self.screens:
            self._load(screens.modules)

    def load_api(self) -> None:
        """Import the modules of its API; importing one puts its routes on the API's blueprint."""
        self._load(self.api)

    def located_commands(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield its commands of ``loa``: the name, and the module and function that the command is."""
        for name, where in self.commands:
            module, function = where.split(":")
            yield name, (f"{self.package}.{module}", function)

    def resolve(self, name: str) -> Any:
        """Return the object that the feature names. Raises ImportError, AttributeError."""
        return pkgutil.resolve_name(f"{self.package}.{name}")

    def _load(self, modules: Iterable[str]) -> None:
        for module in modules:
            import_module(f"{self.package}.{module}")
