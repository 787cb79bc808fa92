"""Several devices revoked or retired with one request, from the screens of remote commands."""

from __future__ import annotations

import pytest

from cms.fleet.repository.lifecycle import DeviceLifecycles
from devices.lifecycle import LifecycleAction, LifecycleState
from tests.builders.commands import LOA_1, LOA_2, LOA_3
from tests.builders.registrations import settled_by_two
from tests.console import Console, post

KEY = "m" * 26


@pytest.mark.parametrize(
    ("kind", "told", "ends_as"),
    [("revoke", "vốn đã như vậy", LifecycleState.REVOKED), ("retire", "3 thiết bị", LifecycleState.RETIRED)],
)
def test_several_end_by_two_people_and_what_is_so_already_is_left_out(
    console: Console, kind: str, told: str, ends_as: LifecycleState
) -> None:
    technician, admin = console.client("technician"), console.client("admin")
    settled_by_two(console.context, LOA_1, LifecycleAction.REVOKE)
    form = {"kind": kind, "ids": f"{LOA_1} {LOA_2} {LOA_3}", "reason": "Lô máy bị lộ khóa", "key": KEY}
    assert told in post(technician, "/commands/new", {**form, "act": "preview"}).text
    waiting = post(technician, "/commands/new", {**form, "act": "send"}, follow_redirects=True).text
    assert {text in waiting for text in (LOA_2, LOA_3, "không đảo lại được từ xa")} == {True}
    assert post(technician, f"/commands/{KEY}/decide", {"act": "agree", "version": "1"}).status_code == 403
    assert post(admin, f"/commands/{KEY}/decide", {"act": "agree", "version": "1"}).status_code == 302
    with console.context.uow.reading() as unit:
        lives = unit[DeviceLifecycles].of_devices((LOA_1, LOA_2, LOA_3))
    assert {life.state for life in lives.values()} == {ends_as}
