"""Sign-ins that the demo made in this LOA_HOME: they have no telephone, so the command line shows their codes.

No other person's code is ever shown: a reader of it could approve in that person's name.
"""

import os
from collections.abc import Iterable

import click

from cms.platform.settings import Settings


def remember(settings: Settings, logins: Iterable[str]) -> None:
    """Mark the home as a demo's, with these people."""
    descriptor = os.open(settings.root / _MARKER, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{login}\n" for login in logins)


def made_up(settings: Settings) -> frozenset[str]:
    """Return the logins that a demo made in this home."""
    marker = settings.root / _MARKER
    return frozenset(marker.read_text(encoding="utf-8").split()) if marker.exists() else frozenset()


def require_made_up(settings: Settings, login: str) -> None:
    """Return if the demo made this sign-in in this home.

    Raises:
        click.ClickException: it did not.
    """
    if login.strip().lower() not in made_up(settings):
        raise click.ClickException(f"{login} was not made by `loa demo` here; a person's code is on their telephone")


_MARKER = "demo-users"
