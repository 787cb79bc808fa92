"""Screen of a board, set on its page by the people who look after it."""

from __future__ import annotations

import re

import pytest

from cms.fleet.repository.devices import Devices
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.outbox import Outbox
from devices.model import Device
from devices.protocol.boards import Screen
from tests.builders import boards
from tests.console import COMMUNE, Console, post

FORM: dict[str, object] = {"w": "96", "h": "32", "colours": "three"}


def stored(console: Console) -> Device:
    with console.context.uow() as uow:
        return uow[Devices].get(boards.stood(console))


def test_a_technician_tells_it_and_sees_what_the_board_will_show(console: Console) -> None:
    path, client = f"/boards/{boards.stood(console)}/screen", console.client("technician")
    before = client.get(path).text
    assert "Chưa ai ghi cỡ bảng này" in before
    assert 'value="480"' in before
    for _ in range(2):
        assert post(client, path, FORM).status_code == 302
    board = stored(console)
    assert (board.screen, board.desired_version) == (Screen(w=96, h=32, colours="three"), 2)
    after = client.get(path).text
    assert "Chưa ai ghi" not in after
    pictures = re.findall(r'src="(/boards/page\.png[^"]+)"', after)
    assert pictures
    assert all("w=96&amp;h=32&amp;colours=three" in picture for picture in pictures)
    with reading(console.context.engine) as session:
        due = Outbox(session).take(console.context.now(), 50, {OutboxKind.DESIRED})
    assert [row.subject_id for row in due] == [board.id]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"w": "31"}, "Từ 32 đến 4096."),
        ({"h": "5000"}, "Từ 32 đến 4096."),
        ({"w": "chín"}, "Từ 32 đến 4096."),
        ({"colours": "gold"}, "Cần điền mục này."),
    ],
)
def test_what_no_board_has_is_told_at_its_field_and_stays_typed(
    console: Console, typed: dict[str, object], said: str
) -> None:
    path = f"/boards/{boards.stood(console)}/screen"
    answer = post(console.client("technician"), path, {**FORM, **typed})
    assert answer.status_code == 422
    assert said in answer.text
    (value,) = typed.values()
    assert value == "gold" or f'value="{value}"' in answer.text
    assert stored(console).screen is None


def test_only_a_board_where_one_looks_after_devices_has_such_a_page(console: Console) -> None:
    boards.stood(console)
    client = console.client("technician")
    assert client.get(f"/boards/{COMMUNE}-l01/screen").status_code == 404
    assert client.get("/boards/none/screen").status_code == 404
    assert console.client("operator").get(f"/boards/{stored(console).id}/screen").status_code == 403
