"""Royalties: from the province's table to the month of an author, on screen and as files."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import load_workbook

from broadcast.bulletins.model import Bulletin
from tests.builders import bulletins
from tests.builders.royalties import TABLE
from tests.console import Console, post


@pytest.fixture
def approved(console: Console) -> Bulletin:
    """An approved news item by "editor"; the table is entered."""
    made = bulletins.write(console, "Tiêm phòng dại")
    bulletins.edit(console, made, genre="news", pen_name="Lan Anh")
    answer = post(console.client("admin"), "/royalties/table", {**TABLE, "version": "0"})
    assert answer.status_code == 302, answer.text
    heard = bulletins.make_sound(console, bulletins.again(console, made))
    return bulletins.approve(console, bulletins.submit(console, heard))


def test_an_author_has_a_royalty_by_the_table_in_the_list_of_the_month(console: Console, approved: Bulletin) -> None:
    client = console.client("approver")
    assert approved.title in client.get("/royalties").text
    page = client.get(f"/bulletins/{approved.id}/royalty").text
    assert 'value="Lan Anh"' in page
    assert "585.000 đ" in page
    assert "450.000 đ" not in page, "only the grades of its kind are offered"
    typed = {"author": " Lan  Anh ", "rate": "news/A", "version": "0"}
    answer = post(client, f"/bulletins/{approved.id}/royalty", typed)
    assert answer.status_code == 302
    assert "585.000 đ" in client.get(f"/bulletins/{approved.id}").text
    listed = client.get("/royalties?month=2026-11").text
    assert "Lan Anh" in listed
    assert "585.000" in listed
    assert "chưa ghi nhuận bút" not in listed
    assert "Lan Anh" not in client.get("/royalties?month=2026-10").text


def test_the_files_say_what_the_list_says(console: Console, approved: Bulletin) -> None:
    client = console.client("approver")
    post(client, f"/bulletins/{approved.id}/royalty", {"author": "=Lan", "rate": "news/A", "version": "0"})
    book = load_workbook(BytesIO(client.get("/royalties.xlsx?month=2026-11").data))
    rows = [row for sheet in book for row in sheet.iter_rows(values_only=True)]
    assert any(row[:3] == ("=Lan", 1, 585_000) for row in rows)
    assert any(row[:6] == ("=Lan", "Tiêm phòng dại", "Tin", "A", "24/11/2026", 585_000) for row in rows)
    assert any("QĐ 12/2026/QĐ-UBND" in str(row[0]) for row in rows)
    text = client.get("/royalties.csv?month=2026-11").data.decode()
    assert text.splitlines()[1] == "'=Lan,Tiêm phòng dại,Tin,A,24/11/2026,585000"
    assert client.get("/royalties.pdf").status_code == 404


def test_a_changed_table_holds_for_what_is_recorded_from_then_on(console: Console, approved: Bulletin) -> None:
    client = console.client("approver")
    post(client, f"/bulletins/{approved.id}/royalty", {"author": "Lan", "rate": "news/A", "version": "0"})
    post(console.client("admin"), "/royalties/table", {**TABLE, "unit_vnd": "253.000", "version": "1"})
    assert "585.000" in client.get("/royalties").text
    post(client, f"/bulletins/{approved.id}/royalty", {"author": "Lan", "rate": "news/A", "version": "1"})
    assert "632.500" in client.get("/royalties").text


def test_two_people_do_not_overwrite_each_other(console: Console, approved: Bulletin) -> None:
    client, admin = console.client("approver"), console.client("admin")
    path = f"/bulletins/{approved.id}/royalty"
    assert post(client, path, {"author": "Lan", "rate": "news/A", "version": "0"}).status_code == 302
    again = post(client, path, {"author": "Hoa", "rate": "news/A", "version": "0"})
    assert again.status_code == 409
    assert 'value="Hoa"' in again.text
    assert 'name="version" value="1"' in again.text
    late = post(admin, "/royalties/table", {**TABLE, "source": "QĐ khác", "version": "0"})
    assert late.status_code == 409
    assert "QĐ khác" in late.text


def test_what_is_wrong_is_said_beside_it_with_everything_typed(console: Console, approved: Bulletin) -> None:
    refused = post(console.client("admin"), "/royalties/table", {"source": "", "unit_vnd": "", "rates": "Tin; A; 2\nx"})
    assert refused.status_code == 422
    assert "Dòng 2" in refused.text
    assert "Tin; A; 2\nx" in refused.text
    refused = post(console.client("approver"), f"/bulletins/{approved.id}/royalty", {"author": "", "rate": "music/Z"})
    assert refused.status_code == 422
    assert refused.text.count('aria-invalid="true"') == 2
    empty = post(console.client("admin"), "/royalties/table", {**TABLE, "rates": " ", "version": "1"})
    assert empty.status_code == 422


def test_only_the_second_person_records_and_only_what_was_approved(console: Console, approved: Bulletin) -> None:
    draft = bulletins.write(console)
    path = f"/bulletins/{draft.id}/royalty"
    assert console.client("approver").get(path).status_code == 409
    assert console.client("editor").get(f"/bulletins/{approved.id}/royalty").status_code == 403
    assert console.client("editor").get("/royalties").status_code == 403
    assert "Chưa có bảng" not in console.client("far-approver").get("/royalties/table").text
    assert 'name="rates"' not in console.client("approver").get("/royalties/table").text
    assert approved.title not in console.client("far-approver").get("/royalties").text
