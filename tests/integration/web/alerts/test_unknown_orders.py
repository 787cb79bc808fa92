"""Orders that loudspeakers hold and the server does not know, on the screen and at the command line."""

from __future__ import annotations

from flask.testing import FlaskClient

from cms.audit.queries import events_of
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.outbox import Outbox
from tests.builders import alerts
from tests.console import Console, post


def test_an_unknown_order_is_shown_and_whoever_may_cancel_ends_it_with_a_reason(
    console: Console, officer: FlaskClient
) -> None:
    order_id = alerts.unknown(console)
    page = officer.get("/stop").get_data(as_text=True)
    assert "Loa đang giữ một lệnh mà máy chủ không biết" in page
    assert order_id in page
    assert "Mũi Né" in page
    refused = post(officer, f"/alerts/unknown/{order_id}/end", {"reason": ""})
    assert refused.status_code == 302
    assert order_id in officer.get("/stop").get_data(as_text=True)
    post(officer, f"/alerts/unknown/{order_id}/end", {"reason": "Đã hỏi trực ban"})
    assert order_id not in officer.get("/stop").get_data(as_text=True)
    with console.context.uow.reading() as unit:
        (event,) = events_of(unit.session, order_id)
    assert (event.name, event.detail["reason"]) == ("alert.unknown_ended", "Đã hỏi trực ban")
    with reading(console.context.engine) as session:
        due = Outbox(session).take(console.clock(), 10, {OutboxKind.UNKNOWN_END})
    assert [each.subject_id for each in due] == [order_id]
