"""``loa officers``: the keyset of people who sign alerts, signed by the root, and the rule by which alerts need them.

Run as the user of the signer's keys, where the root is.
"""

from collections.abc import Callable
from datetime import timedelta

import click
import msgspec

from cms.notifications.service.writer import NotificationWriter, available
from cms.officers.model import EnrolledKey
from cms.officers.repository import OfficerKeys
from cms.officers.service import enrolment
from cms.officers.service.opening import tell_open
from cms.platform.cli.command_context import opened, operator_call
from cms.platform.context import Context
from cms.platform.gateway.messages import to_ms
from cms.platform.keyring_errors import KeysError
from cms.platform.signer.officers import KnownOfficers, next_keyset, officers_in, publish_officers
from devices.protocol.authorisation import OfficerKeyset, SignaturePolicy
from devices.protocol.errors import ProtocolError
from province.wall_clock import instant_of

HOURS_MAX = 72
_Changed = Callable[[OfficerKeyset], OfficerKeyset]


@click.group()
def officers() -> None:
    """Manage people's own keys for alerts: publish, change the rule, open for lost keys."""


@officers.command("list")
def list_officers() -> None:
    """List the keys, their state, and the rule in force."""
    with opened() as context:
        known = _known(context)
        with context.uow.reading() as unit:
            for key in unit[OfficerKeys].all():
                click.echo(_line(key, known))
        if known is None:
            click.echo("no keyset yet: no alert needs a signature")
            return
        keyset = known.keyset
        click.echo(
            f"version {keyset.ver}: policy {keyset.policy}, {'one alone may send' if keyset.alone else 'never alone'}, "
            f"drills {'as alerts' if keyset.drills else 'without signatures'}"
        )
        if keyset.open_until > to_ms(context.now()):
            click.echo(f"open until {instant_of(keyset.open_until):%Y-%m-%d %H:%M} UTC: {keyset.open_reason}")


@officers.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def publish(*, yes: bool) -> None:
    """Put into force the keys that two others confirmed, with present rights, and take out revoked ones."""
    with opened() as context:
        known = _known(context)
        with context.uow.reading() as unit:
            keys = [key for key in unit[OfficerKeys].all() if key.is_agreed]
            sites = {(key.host, key.origin) for key in keys}
            if len(sites) > 1:
                raise click.ClickException(f"keys of several sites, revoke those of all but one: {sorted(sites)}")
            host, origin = next(iter(sites), ("localhost", "http://localhost"))
            before = msgspec.structs.replace(next_keyset(known, host, origin), host=host, origin=origin)
            keyset, named = enrolment.agreed_keyset(unit, before)
            parents = enrolment.parents_of(unit)
        for key in named:
            click.echo(_line(key, known))
        click.echo(f"{len(named)} keys of {origin}. Compare each fingerprint with its owner, not with the screen.")
        if not yes:
            click.confirm("Put these into force, and no others?", abort=True)
        click.echo(f"version {_published(context, keyset, parents)} is in force")


@officers.command()
@click.argument("rule", type=click.Choice([each.value for each in SignaturePolicy]))
@click.option("--alone/--never-alone", default=None, help="Whether one person with a key may send alone.")
@click.option("--drills/--no-drills", default=None, help="Whether drills that sound need signatures as alerts do.")
def policy(rule: str, *, alone: bool | None, drills: bool | None) -> None:
    """Change the RULE: off, both_have_keys, or required."""

    def changed(keyset: OfficerKeyset) -> OfficerKeyset:
        if rule == SignaturePolicy.REQUIRED and len({key.person for key in keyset.keys}) < enrolment.PEOPLE_MIN:
            raise click.ClickException(f"needs keys of {enrolment.PEOPLE_MIN} people at least: publish them before")
        chosen = {name: each for name, each in (("alone", alone), ("drills", drills)) if each is not None}
        return msgspec.structs.replace(keyset, policy=rule, **chosen)

    with opened() as context:
        click.echo(f"version {_changed(context, changed)}: policy {rule}")


@officers.command("open")
@click.option("--hours", type=click.FloatRange(0.1, HOURS_MAX), required=True, help="How long.")
@click.option("--reason", required=True, help="Why, in a sentence that everybody reads.")
def open_signatures(hours: float, reason: str) -> None:
    """Let alerts go out without signatures for some hours: keys are lost. Everybody with alert rights is told."""
    with opened() as context:
        until_at = context.now() + timedelta(hours=hours)
        said = reason.strip()[:300]
        version = _changed(
            context, lambda old: msgspec.structs.replace(old, open_until=to_ms(until_at), open_reason=said)
        )
        writer = NotificationWriter(available(context.settings), context.new_id)
        call = operator_call(context)
        told = tell_open(context.uow(), version, until_at=until_at, reason=said, call=call, writer=writer)
        click.echo(f"version {version}: open until {until_at:%Y-%m-%d %H:%M} UTC; {told} people are told")


@officers.command("close")
def close_signatures() -> None:
    """End what ``open`` began."""
    with opened() as context:
        version = _changed(context, lambda old: msgspec.structs.replace(old, open_until=0, open_reason=""))
        click.echo(f"version {version}: alerts need signatures as the policy says")


def _changed(context: Context, change: _Changed) -> int:
    known = _known(context)
    if known is None:
        raise click.ClickException("no keyset yet: run publish first")
    with context.uow.reading() as unit:
        parents = enrolment.parents_of(unit)
    return _published(context, change(known.keyset), parents)


def _published(context: Context, keyset: OfficerKeyset, parents: dict[str, str]) -> int:
    try:
        return publish_officers(context.settings, keyset, parents, context.now())
    except (KeysError, ProtocolError, PermissionError) as error:
        raise click.ClickException(str(error)) from error


def _known(context: Context) -> KnownOfficers | None:
    return officers_in(context.settings.trust_dir).current()


def _line(key: EnrolledKey, known: KnownOfficers | None) -> str:
    is_published = known is not None and key.id in known.officers.keys
    by = ", ".join(dict.fromkeys(each.name for each in key.confirmed)) or "nobody"
    state = key.status(is_published=is_published)
    return f"{key.id}  {key.fingerprint}  {state:<9}  {key.user_name} ({key.device}), confirmed by {by}"
