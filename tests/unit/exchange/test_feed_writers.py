"""Feeds of alerts and programmes, compared as canonical XML."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from lxml import etree

from broadcast.alerts.model import AlertId, OrderId
from broadcast.bulletins.model import Sound
from cms.exchange.model import CapDocument
from cms.exchange.service.feeds import atom_feed
from cms.stations.service import feeds
from tests.builders.in_memory.station_world import PROGRAMME, STATION

AT = datetime(2026, 10, 1, 3, 4, 5, tzinfo=UTC)
DOCUMENT = CapDocument(
    id="d-1",
    order_id=OrderId("o-1"),
    alert_id=AlertId("a-1"),
    identifier="one",
    sender="loa@b.vn",
    sent=AT,
    status="Actual",
    msg_type="Alert",
    headline='Lũ <quét> & "lở"\x0bđất',
    sha256="a" * 64,
    expires_at=AT,
    made_at=AT,
)


def canonical(document: bytes | str) -> bytes:
    parser = etree.XMLParser(remove_blank_text=True)
    return etree.tostring(etree.fromstring(document, parser), method="c14n")


def test_an_atom_feed_links_each_document_and_escapes_its_headline() -> None:
    found = atom_feed([DOCUMENT], base="https://loa.vn/api/v1", sender="loa@b.vn", own="https://loa.vn/a?b&c")
    assert canonical(found) == canonical("""
        <feed xmlns="http://www.w3.org/2005/Atom">
          <id>https://loa.vn/a?b&amp;c</id>
          <title>Loa: cảnh báo</title>
          <updated>2026-10-01T03:04:05Z</updated>
          <author><name>loa@b.vn</name></author>
          <link rel="self" href="https://loa.vn/a?b&amp;c"/>
          <entry>
            <id>https://loa.vn/api/v1/cap/d-1.xml</id>
            <title>Lũ &lt;quét> &amp; "lở"\nđất</title>
            <updated>2026-10-01T03:04:05Z</updated>
            <published>2026-10-01T03:04:05Z</published>
            <category term="Actual"/>
            <category term="Alert"/>
            <link rel="alternate" type="application/cap+xml" href="https://loa.vn/api/v1/cap/d-1.xml"/>
          </entry>
        </feed>""")


def test_a_podcast_lists_the_programmes_that_have_files() -> None:
    programmes = [replace(PROGRAMME, title="Tiêm <chó> & mèo", approved_at=AT), replace(PROGRAMME, sound=Sound())]
    found = feeds.feed(programmes, STATION, address="https://loa.vn/p", base="https://loa.vn")
    assert canonical(found) == canonical(f"""
        <rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" version="2.0">
          <channel>
            <title>Loa · Đài Bắc</title>
            <link>https://loa.vn/stations/s-n</link>
            <language>vi</language>
            <description>Loa · Đài Bắc</description>
            <ttl>15</ttl>
            <itunes:author>Đài Bắc</itunes:author>
            <itunes:image href="https://loa.vn/cong-khai/p-n/anh.png"/>
            <itunes:block>Yes</itunes:block>
            <item>
              <title>Tiêm &lt;chó> &amp; mèo</title>
              <description>Trạm y tế tiêm chủng sáng thứ hai.</description>
              <guid isPermaLink="false">b-t1-{"e" * 16}</guid>
              <pubDate>Thu, 01 Oct 2026 03:04:05 +0000</pubDate>
              <category>y-te</category>
              <itunes:duration>118</itunes:duration>
              <enclosure url="https://loa.vn/p/b-t1.mp3" length="4700000" type="audio/mpeg"/>
            </item>
          </channel>
        </rss>""")
