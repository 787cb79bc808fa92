"""``loa exchange webhook``: subscribers that get our publications by HTTP."""

import click

from cms.accounts.service.vault import new_secret, vault_of
from cms.exchange.model import Webhook, WebhookKind
from cms.exchange.repository.outbound import WebhookRecords
from cms.exchange.service.addresses import Allowed, resolved, target_of
from cms.exchange.service.errors import ExchangeError, FetchRefusedError
from cms.exchange.service.webhooks import allowed_for
from cms.platform.cli.command_context import opened, operator_call


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
    secret = new_secret("loahook_")
    with opened() as context, context.uow() as unit:
        store, call, webhook_id = unit[WebhookRecords], operator_call(context), context.new_id()
        if store.named(name) is not None:
            raise click.ClickException(f"there is a webhook of the name {name}")
        sealed = vault_of(context).seal(secret, webhook_id)
        chosen = tuple(WebhookKind(each) for each in dict.fromkeys(kinds))
        added = Webhook(webhook_id, name, url, is_plain, is_local, wants_drills, sealed, call.now, kinds=chosen)
        _check(url, added)
        store.add(added)
        unit.record(call.event("webhook.added", webhook_id, name=name, url=url))
        unit.commit()
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
    with opened() as context, context.uow() as unit:
        store, call = unit[WebhookRecords], operator_call(context)
        found = store.named(name)
        if found is None:
            raise click.ClickException(f"there is no webhook of the name {name}")
        store.remove(found, call.now)
        unit.record(call.event("webhook.removed", found.id, name=name))
        unit.commit()
    click.echo(f"{name} is told nothing more")


def _check(url: str, added: Webhook) -> None:
    """Refuse an address that can never be reached; whether it answers is found out later. Raises ClickException."""
    try:
        allowed: Allowed = allowed_for(added)
        target_of(url, allowed, resolved)
    except FetchRefusedError as error:
        raise click.ClickException(f"{url}: {error}") from None
    except ExchangeError:
        return
