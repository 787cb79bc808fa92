"""Programs as the shipped systemd units run them: user, groups, hidden paths and network."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cms.platform.cli import embedded

DEPLOY = Path(__file__).parents[3] / "deploy"
BROKERS = "loa-brokers"
UNITS = (BROKERS, *embedded.UNITS)
_LISTS = frozenset({"InaccessiblePaths", "SupplementaryGroups", "ReadWritePaths", "RestrictAddressFamilies"})


@dataclass(frozen=True)
class Unit:
    """Sandbox of one program, as far as it decides what somebody who took it over reads and reaches."""

    user: str
    groups: frozenset[str]
    hidden: frozenset[PurePosixPath]
    has_network: bool

    def sees(self, path: PurePosixPath) -> bool:
        return self.hidden.isdisjoint({path, *path.parents})


def unit(name: str) -> Unit:
    """Read the sandbox of a program from its unit."""
    options = _options(name)
    hidden = {PurePosixPath(each.lstrip("-+")) for each in options["InaccessiblePaths"]}
    groups = {*options["Group"], *options["SupplementaryGroups"]}
    return Unit(options["User"][0], frozenset(groups), frozenset(hidden), options["PrivateNetwork"] != ["yes"])


def folder_modes(name: str) -> tuple[int, int]:
    """Return the modes of the folders of state and of sockets that a unit makes for its program."""
    options = _options(name)
    state, runtime = options["StateDirectoryMode"], options["RuntimeDirectoryMode"]
    return int(state[0], 8), int(runtime[0], 8)


def setting(name: str) -> str:
    """Return a setting as it is shipped."""
    found = re.search(rf"^{name}=(.*)$", (DEPLOY / "loa.env").read_text(), re.MULTILINE)
    assert found, name
    return found[1]


def _options(name: str) -> dict[str, list[str]]:
    """Return the options of a unit with its drop-ins: lists grow, an empty value empties them, others are replaced."""
    own = name == BROKERS
    files = [DEPLOY / (f"{name}.service" if own else "loa@.service")]
    files += sorted((DEPLOY / f"loa@{name}.service.d").glob("*.conf"))
    found: dict[str, list[str]] = defaultdict(list)
    for line in "\n".join(each.read_text() for each in files).splitlines():
        key, is_option, value = line.partition("=")
        if is_option and not line.startswith("#"):
            found[key] = [*found[key], *value.split()] if value and key in _LISTS else value.split()
    return found
