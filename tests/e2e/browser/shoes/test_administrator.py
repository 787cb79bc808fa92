"""An administrator sets up the people of 124 communes by telephone; session, tab and server end in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.speed.province import DATA_SET
from bench.speed.province import PROVINCE as BINH_THUAN
from cms.accounts.repository import People
from cms.areas.repository import Places
from cms.areas.service import data_sets
from province.areas import Area
from province.machine_clock import utc_now
from province.people import Grant, Role
from tests.console import Console, open_console
from tests.e2e.browser.conftest import BrowserTab
from tests.e2e.browser.served_console import ServedConsole
from tests.e2e.browser.shoes.journey import NOT_SENT, NOTHING_KEPT, Journey, Shoes, fits, open_journey, walked_in
from tests.e2e.browser.waiting import until

LOGIN, COMMUNES = "admin", 124
HEADING = "Họ tên\tTên đăng nhập\tVai trò\tĐịa bàn\tE-mail"
WRONG_ROLE, RIGHT_ROLE = "Cán bộ xóm", "Cán bộ xã"
PASSWORD = "bon tu khong lien quan"


@pytest.fixture
def province(tmp_path: Path) -> Iterator[Console]:
    """Console of a province with its 124 communes, and nobody in them."""
    with open_console(tmp_path / "loa") as console:
        console.clock.at = utc_now()  # the browser drops a cookie that its own clock finds too old
        data_sets.load(console.context.uow, DATA_SET, now=console.clock())
        with console.context.uow() as unit:
            unit[People].grant(console.actor(LOGIN).user_id, [Grant(Role.ADMIN, BINH_THUAN)])
            unit.commit()
        yield console


@pytest.fixture
def journey(
    request: pytest.FixtureRequest, browser: Browser, served: ServedConsole, province: Console
) -> Iterator[Journey]:
    shoes, login = request.param
    with open_journey(browser, served, province, shoes, login) as made:
        yield made


@walked_in(Shoes.ADMINISTRATOR, LOGIN)
def test_the_people_of_124_communes_are_invited_through_every_interruption(province: Console, journey: Journey) -> None:
    console = province
    page = journey.go("/people/import")
    rows = table(console)
    page.get_by_label("Hoặc dán các dòng").fill("\n".join(rows))
    journey.end_sessions()
    page.get_by_role("button", name="Xem trước, chưa mời ai").click()
    journey.sign_in_over(page)
    # What is wrong stands first, by the number of its line.
    found = page.get_by_role("table").get_by_role("row")
    expect(found.nth(1)).to_contain_text(WRONG_ROLE)
    expect(page.get_by_role("alert").first).to_contain_text("3 người cần sửa")
    # The last of it is there: a slow line brings a page in parts.
    expect(page.locator(".foot")).to_be_visible()
    assert told_lines(page) == {str(number) for number, row in enumerate(rows, 1) if is_wrong(console, row)}
    fits(page)

    corrected = [right(console, row) for row in rows]
    page.get_by_label("Hoặc dán các dòng").fill("\n".join(corrected))
    journey.stop()
    page.get_by_role("button", name="Xem trước, chưa mời ai").click()
    expect(page.get_by_text(NOT_SENT)).to_be_visible()
    journey.start()
    page = journey.reopen("/people/import", keeping=corrected[-1].split("\t")[1])
    page.get_by_role("button", name="Dùng lại").click()
    page.get_by_role("button", name="Xem trước, chưa mời ai").click()
    expect(page.get_by_text("Mọi dòng đều đúng.")).to_be_visible()
    page.get_by_role("button", name=f"Mời cả {COMMUNES} người").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{COMMUNES} người")
    expect(page.locator(".foot")).to_be_visible()
    fits(page)
    links = page.locator("#links").input_value().strip().splitlines()
    assert len(links) == COMMUNES
    until(page, NOTHING_KEPT)
    join(journey.companion(), links[-1].split("\t"))
    with console.context.uow.reading() as unit:
        people = {each.login: each for each in unit[People].all()}
        communes = unit[Places].tree().leaves(BINH_THUAN)
        assert {people[login_of(each)].grants for each in communes} == {
            (Grant(Role.COMMUNE_OPERATOR, each.id),) for each in communes
        }


def join(tab: BrowserTab, link: list[str]) -> None:
    """Open the invitation as the commune's official and choose a password; the second factor is what comes next."""
    _login, name, address = link
    page = tab.page
    tab.go(address[address.index("/join/") :])
    page.get_by_label("Mật khẩu mới", exact=True).fill(PASSWORD)
    page.get_by_label("Gõ lại mật khẩu mới").fill(PASSWORD)
    fits(page)
    page.get_by_role("button", name="Đặt mật khẩu và đăng nhập").click()
    expect(page.get_by_role("heading", name="Cài đặt xác thực hai bước", level=1)).to_be_visible()
    expect(page.get_by_text(name)).to_be_visible()


def table(console: Console) -> list[str]:
    """Return the lines as an office writes them: places by their names, two of which are the same, one role unknown."""
    with console.context.uow.reading() as unit:
        communes = unit[Places].tree().leaves(BINH_THUAN)
    roles = [WRONG_ROLE, *[RIGHT_ROLE] * (len(communes) - 1)]
    rows = [
        f"Cán bộ truyền thanh {area.name}\t{login_of(area)}\t{role}\t{area.name}\t{login_of(area)}@binhthuan.example"
        for area, role in zip(communes, roles, strict=True)
    ]
    return [HEADING, *rows]


def login_of(area: Area) -> str:
    return f"tt.{area.id}"


def is_wrong(console: Console, row: str) -> bool:
    return row != HEADING and right(console, row) != row


def right(console: Console, row: str) -> str:
    """Correct a line: the role, and a name that two places have by the place's id."""
    if row == HEADING:
        return row
    with console.context.uow.reading() as unit:
        names = [each.name for each in unit[Places].tree().leaves(BINH_THUAN)]
    name, login, role, place, mail = row.split("\t")
    place = login.removeprefix("tt.") if names.count(place) > 1 else place
    return "\t".join((name, login, RIGHT_ROLE if role == WRONG_ROLE else role, place, mail))


def told_lines(page: Page) -> set[str]:
    """Return the numbers of the lines that need correcting."""
    wrong = page.get_by_role("row").filter(has=page.locator(".error"))
    return set(wrong.get_by_role("rowheader").all_inner_texts())
