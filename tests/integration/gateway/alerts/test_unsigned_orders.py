"""Orders written into the database by somebody who has no officer's passkey: the gateway sends none of them."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import Audience, OrderId, Purpose
from broadcast.alerts.orders import Order, PartEnd
from broadcast.bulletins.model import Targets
from cms.alerts.messages.publisher import AlertPublisher
from cms.alerts.service.order_commands import command_of
from cms.audit.queries import events_of
from cms.platform.gateway.messages import to_ms
from cms.platform.signer.officers import publish_officers
from cms.platform.store.engine import reading
from devices.protocol import codec
from devices.protocol.approvals import order_id, statement_of
from devices.protocol.authorisation import Authorisation, AuthorisationKind, OfficerRight
from tests.builders.officers import SigningOfficer, officers
from tests.integration.gateway.alarms import commands, issued, lane_of
from tests.integration.gateway.station import TINH, XA_1, XA_2, Station
from tests.unit.gateway.orders import an_order

ATTEMPTS = 60
AN, BINH, STRANGER = SigningOfficer("an"), SigningOfficer("binh"), SigningOfficer("binh")


@pytest.fixture
def publisher(station: Station) -> AlertPublisher:
    """Publisher of a station whose signer asks for the signatures of two officers."""
    year_ms = 365 * 86_400_000
    now_ms = to_ms(station.now)
    keys = [
        msgspec.structs.replace(
            each.key, rights=[OfficerRight(area=TINH, level=3)], nbf=now_ms - year_ms, exp=now_ms + year_ms
        )
        for each in (AN, BINH)
    ]
    parents = {str(XA_1): str(TINH), str(XA_2): str(TINH)}
    publish_officers(station.context.settings, officers(keys=keys).keyset, parents, station.now)
    return lane_of(station)


def signed(order: Order, at: datetime, *people: SigningOfficer) -> Order:
    """Return the order with the signatures of these people, and the id that these let out."""
    command, kind = command_of(order), AuthorisationKind.TWO_PEOPLE
    given = [each.sign(command, kind, at_ms=to_ms(at)) for each in people]
    named = OrderId(order_id(statement_of(command, kind)))
    return replace(order, id=named, authorisation=codec.encode(Authorisation(kind=kind, approvals=given)).decode())


def forged(draw: random.Random, real: Order, number: int) -> Order:
    """Return an order of the database's reader and writer: signatures that are there, everything else as wished."""
    stolen = signed(real, real.issued_at, AN, STRANGER)
    given = codec.decode(Authorisation, real.authorisation.encode())
    swapped = msgspec.structs.replace(given, kind=draw.choice([*AuthorisationKind]), approvals=given.approvals[::-1])
    one = msgspec.structs.replace(given, approvals=given.approvals[:1] * draw.randrange(1, 3))
    letters = [codec.encode(each).decode() for each in (given, swapped, one)]
    changes: dict[str, object] = {
        "text": f"Chạy ngay {number}",
        "level": draw.choice([*AlertLevel]),
        "audience": Audience(Targets(draw.choice([(XA_1,), (XA_2,), (TINH,), (XA_1, XA_2)]))),
        "purpose": draw.choice([*Purpose]),
        "is_silent": draw.random() < 0.2,
        "approved_by": draw.choice([("an", "binh"), ("an",), ()]),
        "part_ends": draw.choice([(), (PartEnd((XA_2,), real.issued_at),)]),
    }
    taken = dict(draw.sample(sorted(changes.items()), draw.randrange(1, 5)))
    body = replace(real, **{**taken, "text": changes["text"]})  # type: ignore[arg-type]
    name = draw.choice([f"forged-{number}", f"o{draw.getrandbits(128):032x}"])
    return replace(body, id=OrderId(name), authorisation=draw.choice([*letters, stolen.authorisation, ""]))


def test_an_order_that_two_officers_signed_goes_out_and_no_forged_row_does(
    station: Station, publisher: AlertPublisher
) -> None:
    def put(order: Order) -> None:
        issued(station, order.id, **{name: getattr(order, name) for name in order.__slots__ if name != "id"})

    plain = an_order(issued_at=station.now, expires_at=station.now + timedelta(hours=6))
    real = signed(plain, station.now, AN, BINH)
    draw, names = random.Random(97), []
    for number in range(ATTEMPTS):
        order = replace(forged(draw, real, number), alert_id=type(real.alert_id)(f"alert-of-{number}"))
        put(order)
        names.append(order.id)
    publisher.step()
    assert commands(station.link.published, "play") == []
    with reading(station.context.engine) as session:
        refused = [event for name in names for event in events_of(session, name) if event.name == "alert.not_sent"]
    assert len(refused) == ATTEMPTS
    put(real)
    publisher.step()
    assert {cid for _, cid in commands(station.link.published, "play")} == {real.id}
