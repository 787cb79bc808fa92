"""Public pages: only bulletins that were approved, aired, and not withdrawn."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import NoReturn

import pytest
from PIL import Image

from broadcast.alerts.model import AlertKind
from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.model import Bulletin
from broadcast.scheduling.area_rules import AreaRules
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service import language_versions, review
from cms.public.documents import share_image
from province.areas import Area, AreaId
from tests.builders import alert_states, bulletins, public_pages
from tests.builders.public_pages import PAGE, ROOT
from tests.console import COMMUNE, COMMUNE_2, DISTRICT, FAR_COMMUNE, PROVINCE, Console, post


def page(console: Console, path: str = PAGE) -> str:
    answer = console.app.test_client().get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_commune_is_found_by_its_name_or_on_the_map(console: Console) -> None:
    html = page(console, f"{ROOT}/")
    assert f'href="{PAGE}"' in html
    assert html.count("<circle") == 3
    html = page(console, f"{ROOT}/?tim=mui+NE")
    assert f'<li><a href="{PAGE}">Mũi Né</a></li>' in html
    assert "<li><a" in html
    assert "Hàm Tiến</a></li>" not in html
    assert "Có 1 nơi khớp." in html
    assert "Không có xã, phường nào tên như vậy" in page(console, f"{ROOT}/?tim=xyz")
    assert "Liên Hương</a></li>" not in page(console, f"{ROOT}/{DISTRICT}/")


def test_what_was_heard_is_read_and_played_with_an_honest_figure(console: Console) -> None:
    bulletin = public_pages.heard(console)
    html = page(console)
    assert "Tiêm phòng dại" in html
    assert "08:00 24/11/2026" in html
    assert "2 loa báo đã phát" in html
    one = page(console, f"{PAGE}tin/{bulletin.id}")
    assert bulletins.TEXT in one
    assert "Y tế, sức khỏe" in one
    sound = bulletin.sound.rendition("browser-mp3")
    assert sound is not None
    assert f'src="/content/{sound.sha256}?as=mp3"' in one
    with console.app.test_client().get(f"/content/{sound.sha256}?as=mp3", headers={"Range": "bytes=0-9"}) as part:
        assert (part.status_code, len(part.data), part.mimetype) == (206, 10, "audio/mpeg")


def test_the_kind_of_an_item_is_told_on_pages_in_the_feed_and_in_open_data(console: Console) -> None:
    def a_feature(console: Console, draft: Bulletin) -> Bulletin:
        bulletins.edit(console, draft, genre="feature")
        return bulletins.make_sound(console, bulletins.again(console, draft))

    past = public_pages.heard(console, "Nghề làm nước mắm", sound=a_feature)
    coming = bulletins.write(console, "Chuyện chiều nay")
    bulletins.approve(console, bulletins.submit(console, a_feature(console, coming)))
    bulletins.plan(console)
    on_air, _, later = page(console).partition('id="coming"')
    assert "Phóng sự" not in on_air
    assert "Chuyện chiều nay <span" in later
    assert later.count("Phóng sự") == 2
    assert "Phóng sự" in page(console, f"{PAGE}tin/{past.id}")
    assert "<category>Phóng sự</category>" in page(console, f"{PAGE}rss.xml")
    assert json.loads(page(console, f"{PAGE}tin.json"))[0]["genre"] == "feature"


def test_a_shared_link_of_any_page_has_a_sentence_of_its_own_a_picture_and_one_address(console: Console) -> None:
    bulletin = public_pages.heard(console, "Tiêm phòng dại " * 12)
    base = console.context.settings.effective_public_url
    for path, kind, said in (
        (PAGE, "website", "loa của Mũi Né đã phát"),
        (f"{PAGE}tin/{bulletin.id}", "article", bulletins.TEXT[:60]),
        (f"{PAGE}theo-doi", "website", "cảnh báo khẩn cấp của Mũi Né"),
        (f"{PAGE}phan-anh", "website", "cán bộ Mũi Né"),
        (f"{ROOT}/{PROVINCE}/", "website", "Chọn xã của bạn ở Bình Thuận"),
        (f"{ROOT}/phan-anh", "website", "bằng mã"),
        (f"{ROOT}/canh-bao/", "website", "đã kết thúc"),
        (f"{ROOT}/du-lieu/", "website", "để tải về"),
    ):
        html = page(console, f"{path}?thang=2026-11")
        assert html.count('rel="canonical"') == 1
        found = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', html))
        assert (found["type"], found["url"]) == (kind, f"{base}{path}")
        assert said in found["description"]
        assert f'<link rel="canonical" href="{base}{path}">' in html
        picture = console.app.test_client().get(found["image"].removeprefix(base))
        with Image.open(BytesIO(picture.data)) as image:
            assert (image.format, image.size) == ("PNG", (1200, 630))
            colours = image.getcolors(1 << 20)
            assert colours is not None
            assert len(colours) > 10
    assert console.app.test_client().get(f"{PAGE}tin/none/anh.png").status_code == 404


def test_a_picture_without_its_font_is_not_there(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> NoReturn:
        raise OSError

    share_image.share_image.cache_clear()
    monkeypatch.setattr("PIL.ImageFont.truetype", missing)
    assert console.app.test_client().get(f"{ROOT}/{FAR_COMMUNE}/anh.png").status_code == 404


def test_what_says_the_same_in_another_language_is_linked_once_it_was_heard(console: Console) -> None:
    def in_english(console: Console, draft: Bulletin) -> Bulletin:
        bulletins.edit(console, draft, language="en")
        return bulletins.make_sound(console, bulletins.again(console, draft))

    source = public_pages.heard(console)
    waiting = bulletins.edit(console, bulletins.write(console, "Tiêm phòng, tiếng Chăm"), language="cjm")
    english = public_pages.heard(console, "Rabies vaccination", minutes_ago=30, sound=in_english)
    assert "Ngôn ngữ khác" not in page(console, f"{PAGE}tin/{source.id}")
    call = console.context.call(console.actor("editor"))
    with console.context.uow() as unit:
        for version in (english, waiting):
            language_versions.link(unit, version, source.id, call)
        unit.commit()
    html = page(console, f"{PAGE}tin/{source.id}")
    assert f'href="{PAGE}tin/{english.id}"><span lang="en">Rabies vaccination</span> (Tiếng Anh)' in html
    assert waiting.title not in html
    assert source.title in page(console, f"{PAGE}tin/{english.id}")


def test_search_engines_and_telephones_find_what_they_ask_for(console: Console) -> None:
    base = console.context.settings.effective_public_url
    assert "Allow: /assets/" in page(console, "/robots.txt")
    assert f"Sitemap: {base}{ROOT}/sitemap.xml" in page(console, "/robots.txt")
    places = [each.text for each in ET.fromstring(page(console, f"{ROOT}/sitemap.xml").encode()).iter() if each.text]
    assert f"{base}{PAGE}" in places
    manifest = json.loads(page(console, f"{ROOT}/manifest.webmanifest"))
    assert (manifest["start_url"], manifest["scope"]) == (f"{ROOT}/", f"{ROOT}/")
    with console.app.test_client().get(manifest["icons"][0]["src"]) as icon:
        assert icon.status_code == 200


def test_a_commune_is_followed_and_remembered_without_a_cookie(console: Console) -> None:
    html = page(console)
    follow = html[html.index('id="follow"') :]
    for path in ("rss.xml", "lich.ics"):
        assert f'href="{PAGE}{path}"' in follow
    # Without scripts a bookmark remembers it.
    assert "<noscript>" in follow
    assert f'data-keep="{COMMUNE}"' in follow
    assert "data-mine" in page(console, f"{ROOT}/")


def test_what_is_on_air_and_what_comes_is_told_by_name_only(console: Console) -> None:
    public_pages.heard(console, "Đang nói", minutes_ago=0, on=0)
    coming = bulletins.on_the_way(console, "Chiều nay")
    html = page(console)
    on_air, _, later = html.partition('id="coming"')
    assert "Đang nói" in on_air
    assert "17:00 24/11/2026" in later
    assert "Chiều nay" in later
    assert f"tin/{coming.id}" not in html
    assert console.app.test_client().get(f"{PAGE}tin/{coming.id}").status_code == 404


def test_nothing_is_told_that_was_not_approved_or_not_heard_or_was_taken_back(console: Console) -> None:
    bulletins.write(console, "Bản nháp")
    bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console, "Chờ duyệt")))
    public_pages.heard(console, "Không loa nào phát", on=0)
    taken = public_pages.heard(console, "Đã thu hồi", minutes_ago=90, rrule="FREQ=DAILY;COUNT=3")
    review.withdraw(
        console.context.uow(),
        taken.id,
        expected_version=taken.version,
        call=console.context.call(console.actor("approver"), console.clock()),
    )
    html = page(console)
    for title in ("Bản nháp", "Chờ duyệt", "Không loa nào phát", "Đã thu hồi"):
        assert title not in html
    assert "Chưa loa nào báo đã phát" in html
    assert console.app.test_client().get(f"{PAGE}tin/{taken.id}").status_code == 404


def test_an_old_airing_does_not_get_the_words_of_a_new_approval(console: Console) -> None:
    first = public_pages.heard(console, "Lời cũ", rrule="FREQ=DAILY;COUNT=3")
    edited = bulletins.edit(console, first, text="Lời hoàn toàn khác.", title="Lời mới")
    again = bulletins.make_sound(console, edited)
    with console.context.uow() as uow:
        opus = bulletins.stored(console, again.id).sound.renditions[0]
        other = replace(opus, sha256=console.context.content.put_bytes(b"another sound"))
        fresh = replace(again, version=again.version + 1, sound=replace(again.sound, renditions=(other,)))
        uow[Bulletins].save(fresh)
        uow.commit()
    bulletins.approve(console, bulletins.submit(console, bulletins.again(console, again)))
    bulletins.plan(console)
    html = page(console)
    past, _, coming = html.partition('id="coming"')
    assert "Lời mới" not in past
    assert "Lời mới" in coming


def test_a_bulletin_is_taken_off_and_put_back_and_that_is_written_down(console: Console) -> None:
    bulletin = public_pages.heard(console)
    approver, path = console.client("approver"), f"/bulletins/{bulletin.id}"
    assert "Gỡ khỏi trang công khai" in approver.get(path).text
    for _ in range(2):
        post(approver, f"{path}/listed")
    assert "Tiêm phòng dại" not in page(console)
    assert console.app.test_client().get(f"{PAGE}tin/{bulletin.id}").status_code == 404
    html = approver.get(path).text
    assert html.count("Gỡ khỏi trang công khai") == 1
    post(approver, f"{path}/listed", {"listed": "yes"})
    assert "Tiêm phòng dại" in page(console)


def test_a_place_that_does_not_publish_says_so_and_shows_only_alerts(console: Console) -> None:
    bulletin = public_pages.heard(console)
    with console.context.uow() as uow:
        uow[Places].set_rules(DISTRICT, AreaRules(is_public=False))
        uow.commit()
    html = page(console)
    assert "không đưa tin đã phát lên trang công khai" in html
    assert "Tiêm phòng dại" not in html
    client = console.app.test_client()
    for path in (f"{PAGE}tin/{bulletin.id}", f"{PAGE}phan-anh", f"{ROOT}/{PROVINCE}/tin/{bulletin.id}"):
        assert client.get(path).status_code == 404
    for path in (f"{PAGE}rss.xml", f"{PAGE}tin.json", f"{ROOT}/{PROVINCE}/rss.xml", f"{PAGE}lich.ics"):
        assert "Tiêm phòng" not in page(console, path)


def test_months_are_turned_back_to_where_the_programme_began(console: Console) -> None:
    now = console.clock()
    console.clock.at = now - timedelta(days=30)
    public_pages.heard(console, "Tháng trước")
    console.clock.at = now
    public_pages.heard(console)
    this = page(console)
    assert "Tháng trước" not in this
    assert f'href="{PAGE}?thang=2026-10"' in this
    assert "thang=2026-12" not in this
    before = page(console, f"{PAGE}?thang=2026-10")
    assert "Tháng trước" in before
    assert "thang=2026-09" not in before
    for odd in ("nonsense&trang=x", "9999-12", "0001-01", "&trang=0"):
        assert "Đã phát tháng 11/2026" in page(console, f"{PAGE}?thang={odd}")
    assert "Chưa loa nào báo đã phát" in page(console, f"{PAGE}?thang=2027-01")


def test_a_long_month_goes_on_page_by_page(console: Console) -> None:
    for number in range(21):
        public_pages.heard(console, f"Tin thứ {number:02d}", minutes_ago=10 + 5 * number)
    first = page(console)
    assert "Tin thứ 19" in first
    assert "Tin thứ 20" not in first
    second = page(console, f"{PAGE}?thang=2026-11&amp;trang=2".replace("&amp;", "&"))
    assert "Tin thứ 20" in second
    assert "Mới hơn" in second


def test_a_closed_place_leads_to_what_it_became(console: Console) -> None:
    public_pages.heard(console)
    with console.context.uow() as uow:
        uow[Places].add([Area(AreaId("bt-moi"), "Phường Mới", "ward", PROVINCE, date(2026, 11, 24))])
        uow[Places].succeed(AreaId("bt-moi"), (COMMUNE, COMMUNE_2))
        uow[Places].close([COMMUNE, COMMUNE_2, DISTRICT], date(2026, 11, 24))
        uow.commit()
    html = page(console)
    assert "không còn từ 24/11/2026" in html
    assert f'<a href="{ROOT}/bt-moi/">Phường Mới</a>' in html
    assert "Tiêm phòng dại" in html
    assert "phan-anh" not in html.partition("<footer")[0].replace(f"{ROOT}/phan-anh", "")
    assert f'<a href="{ROOT}/bt-moi/">Phường Mới</a>' in page(console, f"{ROOT}/{DISTRICT}/")
    assert "Mũi Né" not in page(console, f"{ROOT}/")


def test_an_alert_stands_above_everything_where_it_is_meant(console: Console) -> None:
    alert = alert_states.active(console)
    for path in (PAGE, f"{ROOT}/", f"{ROOT}/du-lieu/"):
        html = page(console, path)
        assert html.index(alert.headline) < html.index("<main")
    assert alert.headline not in page(console, f"{ROOT}/{FAR_COMMUNE}/")
    assert "Cấp" in page(console)
    console.clock.pass_by(days=2)
    assert alert.headline not in page(console)


def test_a_drill_is_never_taken_for_the_real_thing(console: Console) -> None:
    alert_states.active(console, kind=AlertKind.DRILL)
    html = page(console)
    assert "DIỄN TẬP" in html
    assert "public-alert drill" in html
    assert "▲" not in html


def test_in_english_by_the_address_and_never_by_a_cookie(console: Console) -> None:
    public_pages.heard(console)
    client = console.app.test_client()
    client.set_cookie("loa_language", "en")
    assert "Đã phát tháng" in client.get(PAGE, headers={"Accept-Language": "en"}).text
    english = client.get(f"{PAGE}?lang=en&thang=2026-11").text
    assert '<html lang="en">' in english
    assert "Heard in 11/2026" in english
    assert "?lang=vi&amp;thang=2026-11" in english
    assert f"{PAGE}phan-anh?lang=en" in english


@pytest.mark.parametrize("path", [f"{ROOT}/nowhere/", f"{PAGE}tin/none", f"{PAGE}tin/%00", f"{ROOT}/a/b/c"])
def test_what_is_not_there_is_told_by_a_public_page(console: Console, path: str) -> None:
    answer = console.app.test_client().get(path)
    assert answer.status_code == 404
    assert "Về danh sách các xã" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_heard_figure_counts_what_began(console: Console) -> None:
    bulletin = public_pages.heard(console, on=1)
    (airing,) = bulletins.airings(console, bulletin)
    bulletins.report(console, airing, bulletins.devices(console)[2], DeliveryState.MISSED, "FETCH_FAILED")
    assert "1 loa báo đã phát" in page(console)
