"""Import of people: looked at, corrected in place, and invited, all or none."""

from __future__ import annotations

import io

import pytest
from flask.testing import FlaskClient
from openpyxl import Workbook

from cms.accounts.repository import People
from tests.builders import people
from tests.console import Console, post

HEAD = "Họ tên\tTên đăng nhập\tVai trò\tĐịa bàn\tCấp cảnh báo\tE-mail\tĐiện thoại"
GOOD = f"""{HEAD}
Nguyễn Thị Lan\tlan.muine\tCán bộ xã\tMũi Né\t\tlan@xa.example\t0912.345.678
Nguyễn Thị Lan\tlan.muine\tCán bộ ứng phó thiên tai\tbt-mui-ne\t2\t\t
Trần Văn Bình\tbinh.hamtien\tNgười duyệt\tHàm Tiến\t\t\t
"""


@pytest.fixture
def admin(console: Console) -> FlaskClient:
    return console.client("admin")


def logins(console: Console) -> set[str]:
    with console.context.uow() as uow:
        return {user.login for user in uow[People].all()}


def test_a_pasted_table_is_looked_at_and_then_everybody_invited(console: Console, admin: FlaskClient) -> None:
    looked = post(admin, "/people/import", {"table": GOOD, "act": "look"})
    assert looked.status_code == 200
    assert "lan.muine" not in logins(console)
    done = post(admin, "/people/import", {"table": GOOD, "act": "invite"}).text
    assert {"lan.muine", "binh.hamtien"} <= logins(console)
    assert done.count("?key=") == 2
    (request,) = people.requests(console)
    assert [(str(each.role), each.area_id) for each in request.grants] == [("emergency_officer", "bt-mui-ne")]
    assert [int(each.level) for each in request.levels] == [2]
    again = post(admin, "/people/import", {"table": GOOD, "act": "invite"})
    assert again.status_code == 422
    assert "đã có người dùng" in again.text


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("Lan\tlan\tTổng biên tập\tMũi Né\t\t\t", "Không có vai trò"),
        ("Lan\tlan\tCán bộ xã\tXứ Mường\t\t\t", "Xứ Mường"),
        ("Lan\tlan\tCán bộ xã\tMũi Né\t3\t\t", "1, 2 hoặc 3"),
        ("\tlan\t\tMũi Né\t\tx\t12", "ten@example.vn"),
        ("Lan\t\tCán bộ xã\t\t\t\t", "Địa bàn"),
        ("Lan\tlan\tCán bộ xã\tMũi Né\t\t\t\nLan Anh\tlan\tĐài truyền thanh\tMũi Né\t\t\t", "Dòng 3"),
    ],
)
def test_each_faulty_line_says_what_to_do_and_nobody_is_invited(
    console: Console, admin: FlaskClient, line: str, sentence: str
) -> None:
    before = logins(console)
    answer = post(admin, "/people/import", {"table": f"{HEAD}\n{line}\n", "act": "invite"})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "lan" not in logins(console) - before
    assert line.splitlines()[0].split("\t")[0] in answer.text


def test_a_workbook_is_read_like_a_table(console: Console, admin: FlaskClient) -> None:
    book = Workbook()
    sheet = book.create_sheet(index=0)
    for row in GOOD.splitlines():
        sheet.append(row.split("\t"))
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    looked = post(admin, "/people/import", {"file": (out, "nguoi.xlsx")})
    assert looked.status_code == 200
    assert "binh.hamtien\tNgười duyệt" in looked.text
    assert post(admin, "/people/import", {"table": ""}).status_code == 422
    assert post(admin, "/people/import", {"table": "Họ tên\nLan"}).status_code == 422
