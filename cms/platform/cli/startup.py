"""Start of a program: wait for the database, prepare the home, and raise the limit of open files."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import click
from sqlalchemy.exc import OperationalError

from cms import bootstrap
from cms.platform.cli import open_files
from cms.platform.cli.open_files import TooFewFilesError
from cms.platform.keyring import KeysError
from cms.platform.settings import Settings

WAIT_MOST_S: Final = 600.0
"""After a boot a database may have hours of its log to read; beyond this wait the supervisor restarts us."""
LOOK_EVERY_S: Final = 1.0
TELL_EVERY: Final = 30

Say = Callable[[str], None]


@contextmanager
def refusals() -> Iterator[None]:
    """Turn errors that keep a program from starting into one sentence, and exit status 1.

    Raises:
        ClickException: keys are not whole, the database does not answer, or too few files may be open.
    """
    try:
        yield
    except (KeysError, TooFewFilesError) as error:
        raise click.ClickException(str(error)) from error
    except OperationalError as error:
        raise click.ClickException(f"the database does not answer: {_first_line(error)}") from error


def prepare(settings: Settings) -> None:
    """Prepare folders, keys, database and the limit of open files. Raises ClickException, with one sentence."""
    with refusals():
        bootstrap.prepare(settings)
        open_files.raise_limit(bootstrap.registered_devices(settings.effective_database_url))


def prepare_when_there(
    settings: Settings, say: Say, *, wait_most_s: float = WAIT_MOST_S, pause: Callable[[float], object] | None = None
) -> None:
    """Prepare as ``prepare`` does, once the database answers. Raises ClickException."""
    pause = pause or threading.Event().wait
    with refusals():
        devices = _count_when_there(settings.effective_database_url, say, wait_most_s, pause)
        bootstrap.prepare(settings)
        open_files.raise_limit(devices)


def prepare_brokers(settings: Settings, say: Say) -> None:
    """Prepare for brokers, which need no database. If it does not answer, devices are not counted.

    Raises ClickException.
    """
    with refusals():
        bootstrap.prepare_files(settings)
        raise_known_limit(settings, say)


def raise_known_limit(settings: Settings, say: Say) -> None:
    """Raise the limit for the devices that the database names, if it answers. Raises TooFewFilesError."""
    try:
        devices = bootstrap.registered_devices(settings.effective_database_url)
    except OperationalError:
        say("the database does not answer: whether enough files may be open for its devices is not known")
        devices = 0
    open_files.raise_limit(devices)


def _count_when_there(url: str, say: Say, wait_most_s: float, pause: Callable[[float], object]) -> int:
    """Count devices once the database answers. Raises OperationalError if it does not in time."""
    deadline_s, tries = time.monotonic() + wait_most_s, 0
    while True:
        try:
            return bootstrap.registered_devices(url)
        except OperationalError as error:
            if time.monotonic() > deadline_s:
                raise
            if tries % TELL_EVERY == 0:
                say(f"waiting for the database: {_first_line(error)}")
            tries += 1
            pause(LOOK_EVERY_S)


def _first_line(error: OperationalError) -> str:
    return str(error.orig).strip().partition("\n")[0]
