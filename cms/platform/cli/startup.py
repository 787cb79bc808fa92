"""Start of a program: wait for the database, prepare the home, and raise the limit of open files."""

import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import click
from sqlalchemy.exc import OperationalError

from cms import bootstrap
from cms.platform.keyring import has_brokers_alone
from cms.platform.keyring_errors import KeysError
from cms.platform.practice import PracticeError
from cms.platform.settings import Settings

COMFORTABLE: Final = 65_536
WAIT_MOST_S: Final = 600.0
"""After a boot a database may have hours of its log to read; beyond this wait the supervisor restarts us."""
LOOK_EVERY_S: Final = 1.0
TELL_EVERY: Final = 30

Say = Callable[[str], None]


class TooFewFilesError(RuntimeError):
    """Too few files may be open: connections would be refused, and no log would name them."""

    def __init__(self, needed: int, allowed: int) -> None:
        super().__init__(needed, allowed)
        self.needed = needed
        self.allowed = allowed

    def __str__(self) -> str:
        return (
            f"at most {self.allowed} files may be open, and the devices registered here need {self.needed}: "
            "raise the limit (LimitNOFILE= of the unit, `ulimit -Hn` of the shell)"
        )


def needed_for(devices: int) -> int:
    """Return one file a device, a tenth more for devices that return before their old connection closes, and our own.

    An MQTT broker closes the old connection of a client identifier as the new one is accepted, so a storm of
    reconnections does not double them. The comfortable limit that is asked for holds even that.
    """
    return devices + devices // 10 + 1_000


def raise_limit(devices: int) -> None:
    """Raise the soft limit as far as it is useful, within the hard one.

    Raises:
        TooFewFilesError: the hard limit is below what so many devices need.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = needed_for(devices)
    wanted = max(COMFORTABLE, 2 * needed)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if allowed < needed:
        raise TooFewFilesError(needed, allowed)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


@contextmanager
def refusals() -> Iterator[None]:
    """Turn errors that keep a program from starting into one sentence, and exit status 1.

    Raises:
        ClickException: keys are not whole, a training world is not apart, the database does not answer, or too few
            files may be open.
    """
    try:
        yield
    except (KeysError, PracticeError, TooFewFilesError) as error:
        raise click.ClickException(str(error)) from error
    except OperationalError as error:
        raise click.ClickException(f"the database does not answer: {_first_line(error)}") from error


def prepare(settings: Settings) -> None:
    """Prepare folders, keys, database and the limit of open files. Raises ClickException, with one sentence."""
    with refusals():
        bootstrap.prepare(settings)
        raise_limit(bootstrap.registered_devices(settings.effective_database_url))


def prepare_when_there(
    settings: Settings, say: Say, *, wait_most_s: float = WAIT_MOST_S, pause: Callable[[float], object] | None = None
) -> None:
    """Prepare as ``prepare`` does, once the database answers. Raises ClickException."""
    pause = pause or threading.Event().wait
    with refusals():
        devices = _count_when_there(settings.effective_database_url, say, wait_most_s, pause)
        bootstrap.prepare(settings)
        raise_limit(devices)


def prepare_brokers(settings: Settings, say: Say) -> None:
    """Prepare for brokers, which need no database. If it does not answer, devices are not counted.

    Raises ClickException.
    """
    with refusals():
        prepare_keys(settings)
        raise_known_limit(settings, say)


def prepare_keys(settings: Settings) -> None:
    """Prepare folders and keys, unless this home holds copies of what brokers need. Raises KeysError, PracticeError."""
    if has_brokers_alone(settings):
        settings.log_dir.mkdir(parents=True, exist_ok=True)
    else:
        bootstrap.prepare_files(settings)


def raise_known_limit(settings: Settings, say: Say) -> None:
    """Raise the limit for the devices that the database names, if it answers. Raises TooFewFilesError."""
    try:
        devices = bootstrap.registered_devices(settings.effective_database_url)
    except OperationalError:
        say("the database does not answer: whether enough files may be open for its devices is not known")
        devices = 0
    raise_limit(devices)


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
