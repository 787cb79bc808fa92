"""``loa exchange``: systems whose warnings we receive, and subscribers to ours."""

import sys
from pathlib import Path

import click

from cms.accounts.service.vault import vault_of
from cms.areas.repository import Places
from cms.exchange.cap.reader import MAX_BYTES
from cms.exchange.cli.webhooks import refused, webhook
from cms.exchange.model import HubSubscription, ReceivedCap
from cms.exchange.repository.exchange import CapSenders
from cms.exchange.repository.feeds import CapFeeds
from cms.exchange.repository.hubs import HubSubscriptions
from cms.exchange.service import subscriptions
from cms.exchange.service.addresses import Allowed, host_of
from cms.exchange.service.errors import ExchangeError
from cms.exchange.service.http_client import Fetcher
from cms.exchange.service.inbox import Inbox
from cms.exchange.service.subscriptions import FeedDraft, SenderDraft
from cms.exchange.service.wrappers import documents_in
from cms.platform.cli.command_context import opened, operator_call
from province.areas import AreaId

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def exchange() -> None:
    """Manage other systems: senders, feeds, messages from files and addresses, webhooks."""


exchange.add_command(webhook)


@exchange.group()
def sender() -> None:
    """Manage known senders of messages: add, list."""


@sender.command("add")
@click.argument("sender_id", metavar="SENDER")
@click.argument("name")
@click.option("--certificate", type=_FILE, help="PEM of the one signer; without it nothing of theirs is proved.")
@click.option("--area", "areas", multiple=True, help="May speak for this area and below; without it for every one.")
@click.option("--superior-of", "below", multiple=True, metavar="SENDER", help="May update and cancel this sender's.")
@click.option("--push", "may_push", is_flag=True, help="May leave messages here; prints a new secret once.")
def add_sender(
    sender_id: str,
    name: str,
    certificate: Path | None,
    areas: tuple[str, ...],
    below: tuple[str, ...],
    *,
    may_push: bool,
) -> None:
    """Register SENDER (the name in its messages) as NAME; replaces an earlier registration."""
    pem = "" if certificate is None else certificate.read_text(encoding="ascii", errors="replace")
    with opened() as context, refused(name, str(certificate)):
        with context.uow.reading() as unit:
            tree = unit[Places].tree()
        draft = SenderDraft(sender_id, name, pem, tuple(tree.get(AreaId(each)).id for each in areas), below, may_push)
        _, secret = subscriptions.add_sender(context.uow(), draft, call=operator_call(context))
    click.echo(f"{sender_id} is known as {name}")
    if secret:
        click.echo(f"secret for POST /api/v1/cap (shown only now): {secret}")


@sender.command("list")
def list_senders() -> None:
    """List all senders with their rights."""
    with opened() as context, context.uow.reading() as unit:
        for each in unit[CapSenders].all():
            rights = ", ".join(each.area_ids) or "every area"
            marks = [mark for mark, has in (("signer", each.certificate_pem), ("push", each.push_hash)) if has]
            below = f"  above {', '.join(each.superior_of)}" if each.superior_of else ""
            click.echo(f"{each.sender}  {each.name}  {rights}  {' '.join(marks) or 'unproved'}{below}")


@exchange.group()
def feed() -> None:
    """Manage polled feeds: add, list, remove."""


@feed.command("add")
@click.argument("name")
@click.argument("url")
@click.option("--host", "hosts", multiple=True, help="Its entries and redirects may lead to this host as well.")
@click.option("--plain", is_flag=True, help="May be asked by http, without TLS.")
@click.option("--local", "is_local", is_flag=True, help="May lie in our own network.")
@click.option("--every", "poll_s", type=click.IntRange(5, 86_400), default=60, show_default=True, help="Seconds.")
@click.option(
    "--failing-after", type=click.IntRange(10), default=900, show_default=True, help="Seconds without answer."
)
@click.option("--silent-after", type=click.IntRange(0), default=0, show_default=True, help="Seconds; 0: may be silent.")
@click.option(
    "--hub", "is_pushed", is_flag=True, help="Pushed, too, by the hub that it names (WebSub); pin its --host."
)
def add_feed(
    name: str,
    url: str,
    hosts: tuple[str, ...],
    *,
    plain: bool,
    is_local: bool,
    poll_s: int,
    failing_after: int,
    silent_after: int,
    is_pushed: bool,
) -> None:
    """Poll the Atom, RSS or EDXL feed at URL from now on, and report when it fails or falls silent."""
    draft = FeedDraft(name, url, hosts, plain, is_local, poll_s, failing_after, silent_after, is_pushed)
    with opened() as context, refused(name, url):
        subscriptions.add_feed(context.uow(), draft, vault=vault_of(context), call=operator_call(context))
    click.echo(f"{name} is polled every {poll_s} s{', and pushed by its hub' if is_pushed else ''}")


@feed.command("list")
def list_feeds() -> None:
    """List all feeds with their state."""
    with opened() as context, context.uow.reading() as unit:
        hubs = {each.feed_id: each for each in unit[HubSubscriptions].all()}
        for each in unit[CapFeeds].all():
            seen = f"answered {each.answered_at:%Y-%m-%d %H:%M} UTC" if each.answered_at else "never answered"
            error = f"  {each.error}" if each.error else ""
            hub = hubs.get(each.id)
            pushed = "" if hub is None else f"  hub {_hub_state(hub)}"
            click.echo(f"{each.name}  {each.url}  {each.trouble.value or 'well'}  {seen}{pushed}{error}")


def _hub_state(hub: HubSubscription) -> str:
    lease = f"pushes until {hub.lease_until_at:%Y-%m-%d %H:%M} UTC" if hub.lease_until_at else "confirmed nothing yet"
    return f"{hub.hub_url or 'not named'}: {hub.error or lease}"


@feed.command("remove")
@click.argument("name")
def remove_feed(name: str) -> None:
    """Stop polling a feed. Messages received from it stay."""
    with opened() as context:
        subscriptions.remove_feed(context.uow(), name, call=operator_call(context))
    click.echo(f"{name} is polled no more")


@exchange.command("import")
@click.argument("sources", nargs=-1, required=True, metavar="FILE|URL…")
@click.option("--host", "hosts", multiple=True, help="A URL may redirect to this host as well.")
@click.option("--plain", is_flag=True, help="Take a URL by http, without TLS.")
@click.option("--local", "is_local", is_flag=True, help="A URL may lie in our own network.")
def import_messages(sources: tuple[str, ...], hosts: tuple[str, ...], *, plain: bool, is_local: bool) -> None:
    """Take CAP alerts, bare or in EDXL-DE, from files or addresses: drafts at most. Ends with 1 if any is refused."""
    is_refused = False
    with opened() as context:
        inbox = Inbox.of(context)
        for source in sources:
            try:
                documents = documents_in(_document(source, hosts, plain=plain, is_local=is_local))
            except (ExchangeError, OSError) as error:
                raise click.ClickException(f"{source}: {error}") from None
            for document in documents:
                record = inbox.receive(document, f"import {Path(source).name}")
                is_refused |= record.verdict == "refuse"
                click.echo(f"{source}: {told(record)}")
    sys.exit(1 if is_refused else 0)


def told(record: ReceivedCap) -> str:
    """Return one line with the outcome of a message."""
    alert = f" {record.alert_id}" if record.alert_id else ""
    notes = f" [{' '.join(record.notes)}]" if record.notes else ""
    return f"{record.verdict} {record.kind} ({record.code}): {record.outcome}{alert}{notes}"


def _document(source: str, hosts: tuple[str, ...], *, plain: bool, is_local: bool) -> bytes:
    """Read a document from a file or an address, at most one byte beyond the accepted size."""
    if source.startswith(("https://", "http://")):
        pinned = frozenset({host_of(source), *hosts})
        return Fetcher().get(source, Allowed(pinned, pinned if plain else frozenset(), is_local)).body
    with Path(source).open("rb") as file:
        return file.read(MAX_BYTES + 1)
