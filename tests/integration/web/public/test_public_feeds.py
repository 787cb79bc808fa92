"""Public feeds, each read with a parser of its own format."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree as ET

from icalendar import Calendar

from broadcast.relays.model import RelayOrder, RelayRun
from broadcast.reports.model import Span
from cms.bulletins.repository.bulletins import Bulletins
from cms.exchange.jobs import CapPublisher
from cms.fleet.repository.devices import Devices
from cms.reports.repository.counting import count_day, open_days, store_day
from province.wall_clock import local_date
from tests.builders import alert_states, bulletins, public_pages, relays
from tests.builders.public_pages import PAGE, ROOT
from tests.console import COMMUNE, FAR_COMMUNE, PROVINCE, START, Console

ATOM = "{http://www.w3.org/2005/Atom}"


def got(console: Console, path: str) -> bytes:
    answer = console.app.test_client().get(path)
    assert answer.status_code == 200, answer.text
    return bytes(answer.data)


def test_a_feed_reader_gets_what_was_heard_with_its_sound(console: Console) -> None:
    bulletin = public_pages.heard(console, "Tiêm <chó> & mèo", text="Bà con\x0bchú ý <hôm nay>")
    for area_id in (COMMUNE, PROVINCE):
        channel = ET.fromstring(got(console, f"{ROOT}/{area_id}/rss.xml")).find("channel")
        assert channel is not None
        (item,) = channel.findall("item")
        assert item.findtext("title") == "Tiêm <chó> & mèo"
        assert item.findtext("description") == "Bà con\nchú ý <hôm nay>"
        assert parsedate_to_datetime(item.findtext("pubDate") or "") == START - timedelta(hours=1)
        enclosure = item.find("enclosure")
        assert enclosure is not None
        sound = bulletin.sound.rendition("browser-mp3")
        assert sound is not None
        assert enclosure.attrib == {
            "url": f"{console.context.settings.effective_public_url}/content/{sound.sha256}?as=mp3",
            "length": str(sound.bytes),
            "type": "audio/mpeg",
        }
        path = (item.findtext("link") or "").removeprefix(console.context.settings.effective_public_url)
        assert b"Ti\xc3\xaam" in got(console, path)
    assert b"<item>" not in got(console, f"{ROOT}/{FAR_COMMUNE}/rss.xml")


def test_a_calendar_program_gets_what_comes_and_nothing_that_waits(console: Console) -> None:
    bulletins.on_the_way(console, "Chiều nay")
    public_pages.heard(console, "Sáng nay")
    bulletins.submit(
        console, bulletins.make_sound(console, bulletins.write(console, "Chờ duyệt", starts="2026-11-25T08:00"))
    )
    calendar = Calendar.from_ical(got(console, f"{PAGE}lich.ics"))
    (event,) = calendar.walk("VEVENT")
    assert event["SUMMARY"] == "Chiều nay"
    assert event.decoded("DTSTART").isoformat() == "2026-11-24T10:00:00+00:00"
    assert str(event["URL"]).endswith(PAGE)
    # Stamped when it was approved, and not in the future.
    assert event.decoded("DTSTAMP") == START


def test_a_calendar_in_which_nothing_comes_has_a_component(console: Console) -> None:
    text = got(console, f"{PAGE}lich.ics")
    calendar = Calendar.from_ical(text)
    assert calendar.walk("VEVENT") == []
    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["TZID"] == "Asia/Ho_Chi_Minh"


def test_a_podcast_player_finds_the_words_the_author_and_a_picture(console: Console) -> None:
    public_pages.heard(console, "Tiêm phòng")
    source = relays.approved(console)
    ran = RelayRun(source.id, stream_ms=60_000, fallback_ms=0)
    public_pages.heard(console, "Không lời", minutes_ago=180, relay=RelayOrder(source.id, 60_000), relayed=ran)
    channel = ET.fromstring(got(console, f"{PAGE}rss.xml")).find("channel")
    assert channel is not None
    itunes, podcast = "{http://www.itunes.com/dtds/podcast-1.0.dtd}", "{https://podcastindex.org/namespace/1.0}"
    assert channel.findtext(f"{itunes}author") == "Mũi Né"
    base = console.context.settings.effective_public_url
    words = [each.find(f"{podcast}transcript") for each in channel.findall("item")]
    (found,) = [each for each in words if each is not None]
    assert (found.attrib["type"], found.attrib["language"]) == ("text/plain", "vi")
    assert got(console, found.attrib["url"].removeprefix(base)).decode() == bulletins.TEXT
    picture = channel.find(f"{itunes}image")
    assert picture is not None
    assert got(console, picture.attrib["href"].removeprefix(base))[:4] == b"\x89PNG"
    silent = next(each for each in channel.findall("item") if each.findtext("title") == "Không lời")
    link = (silent.findtext("link") or "").removeprefix(base)
    assert console.app.test_client().get(f"{link}/loi.txt").status_code == 404


def test_alerts_in_force_lead_to_their_signed_documents_and_go_when_they_end(console: Console) -> None:
    assert ET.fromstring(got(console, f"{ROOT}/canh-bao.atom")).findall(f"{ATOM}entry") == []
    alert = alert_states.active(console)
    CapPublisher(console.context).step()
    feed = ET.fromstring(got(console, f"{ROOT}/canh-bao.atom"))
    assert (feed.findtext(f"{ATOM}id") or "").endswith(f"{ROOT}/canh-bao.atom")
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == alert.headline
    link = entry.find(f"{ATOM}link")
    assert link is not None
    path = link.attrib["href"].removeprefix(console.context.settings.effective_public_url)
    assert b"urn:oasis:names:tc:emergency:cap:1.2" in got(console, path)
    console.clock.pass_by(days=1)
    assert ET.fromstring(got(console, f"{ROOT}/canh-bao.atom")).findall(f"{ATOM}entry") == []


def test_a_place_has_a_feed_of_the_alerts_that_address_somebody_there(console: Console) -> None:
    alert = alert_states.active(console)
    CapPublisher(console.context).step()
    assert alert.headline.encode() in got(console, f"{PAGE}canh-bao.atom")
    assert b"<entry>" not in got(console, f"{ROOT}/{FAR_COMMUNE}/canh-bao.atom")


def test_what_was_heard_in_a_month_as_json_and_as_csv_that_starts_no_formula(console: Console) -> None:
    bulletin = public_pages.heard(console, "=1+1")
    (line,) = console.app.test_client().get(f"{PAGE}tin.json").get_json()
    assert (line["id"], line["title"], line["aired"], line["loudspeakers"]) == (bulletin.id, "=1+1", 1, 2)
    assert line["first_at"] == "2026-11-24T01:00:00+00:00"
    text = got(console, f"{PAGE}tin.csv?thang=2026-11").decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["title"], row["duration_s"], row["page"]) == ("'=1+1", "12", line["page"])
    assert console.app.test_client().get(f"{PAGE}tin.json?thang=2026-10").get_json() == []
    assert console.app.test_client().get(f"{ROOT}/{PROVINCE}/tin.json").status_code == 404


def test_loudspeakers_are_counted_and_none_is_located(console: Console) -> None:
    lines = {each["area"]: each for each in console.app.test_client().get(f"{ROOT}/du-lieu/loa.json").get_json()}
    assert {area: each["loudspeakers"] for area, each in lines.items()} == {
        COMMUNE: 3,
        "bt-ham-tien": 0,
        FAR_COMMUNE: 1,
    }
    assert (lines[COMMUNE]["lat"], lines[COMMUNE]["lon"]) == (10.94, 108.28)
    assert got(console, f"{ROOT}/du-lieu/loa.csv").decode("utf-8-sig").count("\r\n") == 4


def test_a_revoked_or_quarantined_loudspeaker_is_counted_nowhere(console: Console) -> None:
    with console.context.uow() as uow:
        revoked, quarantined, _ = uow[Devices].in_area(COMMUNE)
        uow[Devices].save(replace(revoked, revoked=True))
        uow[Devices].save(replace(quarantined, quarantined=True))
        uow.commit()
    lines = console.app.test_client().get(f"{ROOT}/du-lieu/loa.json").get_json()
    assert {each["area"]: each["loudspeakers"] for each in lines}[COMMUNE] == 1


def test_of_a_month_that_is_over_loudspeakers_are_counted_as_they_stood_then(console: Console) -> None:
    client, path = console.app.test_client(), f"{ROOT}/du-lieu/loa.json?thang=2026-11"
    with console.context.uow() as uow:
        open_days(uow.session, console.clock())
        uow.commit()
    console.clock.pass_by(days=1)
    with console.context.uow() as uow:
        counted = count_day(uow.session, local_date(START), console.clock())
        assert counted is not None
        store_day(uow.session, counted)
        moved = uow[Devices].in_area(COMMUNE)[0]
        uow[Devices].save(replace(moved, area_id=FAR_COMMUNE))
        uow.commit()
    stood = {COMMUNE: 3, "bt-ham-tien": 0, FAR_COMMUNE: 1}
    # As long as the month goes on it is counted as it stands.
    assert {each["area"]: each["loudspeakers"] for each in client.get(path).get_json()} == {
        **stood,
        COMMUNE: 2,
        FAR_COMMUNE: 2,
    }
    console.clock.pass_by(days=30)
    lines = client.get(path).get_json()
    assert {each["area"]: each["loudspeakers"] for each in lines} == stood
    assert {each["as_of"] for each in lines} == {"2026-11-24"}
    assert client.get(f"{ROOT}/du-lieu/loa.json?thang=2026-10").get_json() == []


def test_a_months_figures_are_those_of_the_reports(console: Console) -> None:
    public_pages.heard(console)
    with console.context.uow() as uow:
        on = local_date(console.clock())
        counted = count_day(uow.session, on, console.clock())
        assert counted is not None
        store_day(uow.session, counted)
        uow.commit()
    lines = {each["area"]: each for each in console.app.test_client().get(f"{ROOT}/du-lieu/thang.json").get_json()}
    assert (lines[COMMUNE]["airings"], lines[COMMUNE]["airtime_min"], lines[COMMUNE]["played_pct"]) == (1, 0.2, 100.0)
    assert lines[FAR_COMMUNE]["airings"] == 0
    assert got(console, f"{ROOT}/du-lieu/thang.csv?thang=2026-11").startswith("\ufeffmonth,area".encode())
    assert Span(on, on).days == 1


def test_the_catalogue_leads_to_every_data_set_under_its_licence(console: Console) -> None:
    catalogue = console.app.test_client().get(f"{ROOT}/du-lieu/catalog.json").get_json()
    assert catalogue["dct:license"] == console.context.settings.public_licence
    addresses = [
        each["dcat:downloadURL"].removeprefix(console.context.settings.effective_public_url)
        for data_set in catalogue["dcat:dataset"]
        for each in data_set["dcat:distribution"]
    ]
    assert len(addresses) == 8
    # DCAT-AP wants a description of each, and where each is reached.
    assert all(each["dct:description"] for each in (catalogue, *catalogue["dcat:dataset"]))
    assert all(
        each["dcat:accessURL"] for data_set in catalogue["dcat:dataset"] for each in data_set["dcat:distribution"]
    )
    for path in addresses:
        assert console.app.test_client().get(path).headers["Access-Control-Allow-Origin"] == "*"
    assert console.context.settings.public_licence.encode() in got(console, f"{ROOT}/du-lieu/")


def test_of_a_relay_the_stand_in_is_never_published(console: Console) -> None:
    source = relays.approved(console)
    relayed = RelayRun(source.id, stream_ms=46_000, fallback_ms=14_000)
    lost = "Đang mất sóng của đài."
    bulletin = public_pages.heard(
        console, "Tiếp sóng VOV1", text=lost, relay=RelayOrder(source.id, 60_000), relayed=relayed
    )
    place = f"{ROOT}/{COMMUNE}"
    sentence = "Tiếp sóng VOV1, 1:00. Nghe được sóng của đài 0:46, bản thay thế 0:14."
    for path in (
        f"{place}/",
        f"{place}/tin/{bulletin.id}",
        f"{place}/rss.xml",
        f"{place}/tin.json",
        f"{place}/tin.csv",
    ):
        found = got(console, path).decode()
        assert lost not in found, path
        assert sentence in found, path
        assert "as=mp3" not in found, path
    with console.context.uow.reading() as uow:
        shown = uow[Bulletins].get(bulletin.id).board
    assert shown is None or shown.text == ""
