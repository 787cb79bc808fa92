"""Past alerts: as a public page, as a feed, as open data."""

from __future__ import annotations

import csv
import io
from xml.etree import ElementTree as ET

from broadcast.alerts.model import AlertKind
from cms.exchange.jobs import CapPublisher
from tests.builders import alert_states
from tests.builders.public_pages import ROOT
from tests.console import Console
from tests.integration.exchange.test_publishing import ended

ATOM = "{http://www.w3.org/2005/Atom}"
PATH = f"{ROOT}/canh-bao/"


def page(console: Console, query: str = "") -> str:
    answer = console.app.test_client().get(PATH + query)
    assert answer.status_code == 200, answer.text
    return answer.text


def articles(text: str) -> int:
    return text.count('<article class="card"')


def test_an_alert_is_told_of_when_it_is_over_with_what_was_said_when_and_for_where(console: Console) -> None:
    alert = alert_states.active(console)
    assert articles(page(console)) == 0
    assert alert.headline in page(console)
    console.clock.pass_by(minutes=30)
    ended(console, alert, is_cancel=True)
    text = page(console)
    assert articles(text) == 1
    for found in (alert.headline, "09:00 24/11/2026", "09:30 24/11/2026", "kết thúc sớm", "Phan Thiết"):
        assert found in text
    console.clock.pass_by(days=30)
    assert articles(page(console)) == 0
    assert 'href="/cong-khai/canh-bao/?thang=2026-11"' in page(console)
    assert articles(page(console, "?thang=2026-11")) == 1
    assert articles(page(console, "?thang=2026-10")) == 0
    assert "Past alerts" in page(console, "?lang=en&thang=2026-11")


def test_what_ran_to_its_end_is_over_too_and_a_drill_never_stands_there(console: Console) -> None:
    alert_states.active(console)
    alert_states.active(console, kind=AlertKind.DRILL)
    CapPublisher(console.context).step()
    console.clock.pass_by(days=1)
    text = page(console)
    assert articles(text) == 1
    assert "kết thúc sớm" not in text
    client = console.app.test_client()
    assert len(client.get(f"{ROOT}/du-lieu/canh-bao.json").get_json()) == 1
    assert len(ET.fromstring(client.get(f"{PATH}da-qua.atom").data).findall(f"{ATOM}entry")) == 1


def test_programs_read_them_each_leading_to_its_signed_document(console: Console) -> None:
    client = console.app.test_client()
    assert ET.fromstring(client.get(f"{PATH}da-qua.atom").data).findall(f"{ATOM}entry") == []
    alert = alert_states.active(console)
    CapPublisher(console.context).step()
    assert ET.fromstring(client.get(f"{PATH}da-qua.atom").data).findall(f"{ATOM}entry") == []
    ended(console, alert, is_cancel=True)
    CapPublisher(console.context).step()
    entries = ET.fromstring(client.get(f"{PATH}da-qua.atom").data).findall(f"{ATOM}entry")
    assert len(entries) == 2
    base = console.context.settings.effective_public_url
    for entry in entries:
        link = entry.find(f"{ATOM}link")
        assert link is not None
        assert b"urn:oasis:names:tc:emergency:cap:1.2" in client.get(link.attrib["href"].removeprefix(base)).data
    (line,) = client.get(f"{ROOT}/du-lieu/canh-bao.json?thang=2026-11").get_json()
    assert (line["headline"], line["areas"], line["has_shape"]) == (alert.headline, "Phan Thiết", False)
    assert b"urn:oasis" in client.get(line["cap"].removeprefix(base)).data
    text = client.get(f"{ROOT}/du-lieu/canh-bao.csv").data.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["id"], row["ended_at"]) == (line["id"], line["ended_at"])


def test_nothing_of_a_person_stands_there(console: Console) -> None:
    ended(console, alert_states.active(console), is_cancel=True)
    text = page(console) + console.app.test_client().get(f"{ROOT}/du-lieu/canh-bao.json").text
    for name in ("Nguyễn", "Trần Văn"):
        assert name not in text
