"""Start of every command that reads or writes the database: wired parts, operator, and errors as one line."""

import getpass
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import click

from cms import bootstrap
from cms.platform.cli import startup
from cms.platform.context import Context
from cms.platform.errors import FeatureError, attributes_of, problem_of
from cms.platform.gateway import outbox_notifier
from cms.platform.settings import Settings
from cms.platform.store.engine import CACHE_KIB
from devices.errors import DeviceError
from media.errors import VoiceChoiceError
from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import AreaError, DomainError
from province.people import Action, Actor, UserId


def wired(settings: Settings, cache_kib: int = CACHE_KIB) -> Context:
    """Wire the parts. Raises ClickException, with one sentence, if the choice of voices is wrong."""
    try:
        return bootstrap.build(settings, cache_kib)
    except VoiceChoiceError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def opened() -> Iterator[Context]:
    """Yield the wired parts over an up-to-date database; refusals become one line on stderr and exit status 1."""
    settings = Settings()
    startup.prepare(settings)
    context = wired(settings)
    context.uow.hooks.append(outbox_notifier.ring_after_commit(outbox_notifier.path_of(settings)))
    try:
        yield context
    except (DomainError, FeatureError, AreaError, DeviceError) as error:
        problem = problem_of(error)
        figures = ", ".join(f"{name}={value}" for name, value in attributes_of(error).items())
        raise click.ClickException(f"{problem.code}: {problem.title} ({figures})") from error
    finally:
        context.engine.dispose()


def operator() -> Actor:
    """Return the person at the command line, for the audit log: they hold the keys of the system already."""
    return Actor(UserId("command-line"), getpass.getuser(), ())


def operator_call(context: Context) -> Call:
    """Return a call by the person at the command line, made now and with every right."""
    return replace(context.call(operator()), authority=EveryRight())


class EveryRight:
    """Authority of the person at the command line, who holds the keys of the system already."""

    def require(self, actor: Actor, action: Action, areas: Iterable[AreaId], tree: AreaTree) -> None:
        """Allow everything."""
