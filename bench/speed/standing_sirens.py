"""``loa bench standing --to-sirens``: from a message by HTTP push to the last loudspeaker that has verified the alert.

Signer, gateway, web processes and front are the real ones on a real store, the broker runs as in production, and the
devices are the simulator's swarm. A sender pushes its signed message by HTTP; the standing order sounds it.
"""

from __future__ import annotations

import http.client
import json
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from sqlalchemy import text

from bench.percentiles import percentile
from bench.signing import local_keyring
from bench.speed.alert_field import AREA_CODE, AlertField, alert_field
from bench.speed.field import BenchError, SwarmProcesses, furnish, running_broker, running_swarm
from bench.speed.flood_order import SENDER, add_order, flood_warning
from bench.speed.rows import Row
from broadcast.alerts.model import OrderId
from cms.accounts.service.vault import secret_hash
from cms.exchange.cap.writer import write
from cms.exchange.model import CapSender, ExchangeOutcome
from cms.exchange.repository.exchange import CapSenders
from cms.exchange.service.signer import MessageSigner
from cms.platform.settings import Settings

BAR_MS: Final = 1_000.0
TONE_MS: Final = 30_000
"""Longer than a round: an alert still sounds when it is cancelled."""
PAUSE_S: Final = 1.2
PROOFS_S: Final = 2.5
DEADLINE_S: Final = 60.0
_PUSH_TIMEOUT_S: Final = 30.0
_SECRET: Final = "loacap_bench"  # noqa: S105 - of a store that is thrown away
_LONG_AGO: Final = timedelta(days=500)
_CREATED: Final = 201


@dataclass(frozen=True, slots=True)
class SirenRound:
    """One message: ms from its first byte to the answer, which comes after the commit, and to the last device."""

    accepted_ms: float
    verified_ms: float
    siren_ms: float


def siren_rows(settings: Settings, count: int, rounds: int, processes: int) -> Iterator[Row]:
    """Yield the figures of so many messages, one after the other."""
    furnish(settings, local_keyring(settings), count)
    with running_broker(settings), running_swarm(settings, count, processes) as swarm:
        yield Row("connect_s", count, swarm.connect_s(), "s")
        with alert_field(settings, count) as field:
            signer = _ordered(field)
            with field.gateway(), field.web():
                taken = [_round(field, swarm, signer, number) for number in range(1, rounds + 1)]
    yield from _figures(taken, count)


def is_within_bar(rows: Sequence[Row]) -> bool:
    return all(row.value <= BAR_MS for row in rows if row.metric == "message_to_last_verified_p99_ms")


def _figures(taken: Sequence[SirenRound], count: int) -> Iterator[Row]:
    for name, metric in (("accepted_ms", "message_to_commit"), ("verified_ms", "message_to_last_verified")):
        values = [float(getattr(each, name)) for each in taken]
        for share in (0.5, 0.99):
            yield Row(f"{metric}_p{share * 100:.0f}_ms", count, round(percentile(values, share), 1), "ms")
    yield Row("siren_ms", count, round(statistics.median(each.siren_ms for each in taken), 1), "ms")


def _ordered(field: AlertField) -> MessageSigner:
    """Add the two people, the sender and the order to the field's store; return the sender's signer."""
    context, now = field.context, field.context.now()
    signer = MessageSigner.at(context.settings.keys_dir, SENDER, now)
    pem = signer.certificate_pem.decode()
    with context.uow() as unit:
        unit[CapSenders].put(CapSender(SENDER, "Trung tâm", pem, (), (), secret_hash(_SECRET), now))
        add_order(unit, field.area_id, now, rendition=replace(field.speech()[0].first, kind="alert-opus"))
        unit.commit()
    return signer


def _round(field: AlertField, swarm: SwarmProcesses, signer: MessageSigner, number: int) -> SirenRound:
    document = signer.signed(write(flood_warning(number, AREA_CODE, field.context.now())))
    swarm.arm(2 * number, bare=False)
    threading.Event().wait(PAUSE_S)
    began_ns = time.monotonic_ns()
    _push(field.context.settings, document)
    accepted_ns = time.monotonic_ns()
    sounded = swarm.round()
    threading.Event().wait(PAUSE_S)
    swarm.arm(2 * number + 1, bare=False)
    field.cancel(_put_behind(field))
    silent = swarm.round()
    if (sounded.sirens, silent.silenced) != (field.count, field.count):
        raise BenchError(f"{sounded.sirens} sirens and {silent.silenced} silenced, not {field.count}")
    threading.Event().wait(PROOFS_S)
    field.settle(DEADLINE_S)
    return SirenRound((accepted_ns - began_ns) / 1e6, (sounded.last_ns - began_ns) / 1e6, sounded.siren_ms)


def _push(settings: Settings, document: bytes) -> None:
    """Leave the message as a sender does. Raises BenchError unless it fired the order."""
    link = http.client.HTTPConnection(settings.web_host, settings.web_port, timeout=_PUSH_TIMEOUT_S)
    headers = {"Authorization": f"Bearer {_SECRET}", "Content-Type": "application/cap+xml"}
    try:
        link.request("POST", "/api/v1/cap", document, headers)
        answer = link.getresponse()
        said = answer.read()
    finally:
        link.close()
    if answer.status != _CREATED or json.loads(said)["outcome"] != ExchangeOutcome.FIRED:
        raise BenchError(f"it did not sound: {answer.status} {said[:500].decode(errors='replace')}")


def _put_behind(field: AlertField) -> OrderId:
    """Put the round's event into the past, so that the next one is another; return the order that sounds."""
    context = field.context
    long_ago = context.now() - _LONG_AGO
    with context.uow() as unit:
        order_id = unit.session.scalar(text("SELECT id FROM orders ORDER BY issued_at DESC LIMIT 1"))
        unit.session.execute(
            text("UPDATE alert_firings SET fired_at = :at, begins_at = :at, ends_at = :at"), {"at": long_ago}
        )
        unit.session.execute(text("UPDATE alerts SET status = 'cancelled' WHERE status = 'active'"))
        unit.commit()
    return OrderId(str(order_id))
