"""``loa exchange webhook``: subscribers that get our publications by HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from cms.accounts.service.vault import vault_of
from cms.exchange.model import WebhookKind
from cms.exchange.repository.outbound import WebhookRecords
from cms.exchange.service import subscriptions
from cms.exchange.service.addresses import resolved
from cms.exchange.service.subscriptions import WebhookDraft
from cms.platform.cli.command_context import opened, operator_call
from province.errors import InvalidError


@contextmanager
def refused(name: str, url: str) -> Iterator[None]:
    """Say in one line what is wrong with a name or an address. Raises ClickException."""
    try:
        yield
    except InvalidError as error:
        problem = error.problems[0]
        is_name = problem.field == "name"
        said = f"{name} is in use" if is_name else f"{url}: {problem.code.removeprefix('URL_')} is refused"
        raise click.ClickException(said) from None


@click.group()
def webhook() -> None:
    """Manage subscribers of our CAP documents and events: add, list, remove."""


@webhook.command("add")
@click.argument("name")
@click.argument("url")
@click.option("--plain", "is_plain", is_flag=True, help="May be told by http, without TLS.")
@click.option("--local", "is_local", is_flag=True, help="May lie in our own network.")
@click.option("--drills", "wants_drills", is_flag=True, help="Wants exercises as well.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([each.value for each in WebhookKind]),
    default=(WebhookKind.CAP.value,),
    show_default=True,
    help="What it is sent: CAP documents, or events; may be given several times.",
)
def add_webhook(
    name: str, url: str, *, is_plain: bool, is_local: bool, wants_drills: bool, kinds: tuple[str, ...]
) -> None:
    """Send what is published or happens to URL from now on. Prints the secret that signs it, once."""
    chosen = tuple(WebhookKind(each) for each in dict.fromkeys(kinds))
    draft = WebhookDraft(name, url, is_plain, is_local, wants_drills, chosen)
    with opened() as context, refused(name, url):
        call, vault = operator_call(context), vault_of(context)
        _, secret = subscriptions.add_webhook(context.uow(), draft, vault=vault, call=call, resolve=resolved)
    click.echo(f"{name} is told of what is published; its secret (shown only now): {secret}")


@webhook.command("list")
def list_webhooks() -> None:
    """List all subscribers, with the numbers of documents sent, open and lost."""
    with opened() as context, context.uow.reading() as unit:
        store = unit[WebhookRecords]
        for each in store.all():
            sent, still, dead = store.counts(each.id)
            drills = "  with drills" if each.wants_drills else ""
            kinds = ", ".join(each.kinds)
            click.echo(f"{each.name}  {each.url}  {kinds}  {sent} sent  {still} open  {dead} lost{drills}")


@webhook.command("remove")
@click.argument("name")
def remove_webhook(name: str) -> None:
    """Remove a subscriber; nothing more is sent to it."""
    with opened() as context:
        subscriptions.remove_webhook(context.uow(), name, call=operator_call(context))
    click.echo(f"{name} is told nothing more")
