from __future__ import annotations

import textwrap
from base64 import b64encode

import pytest

from broadcast.alerts.cap.findings import FindingCode
from broadcast.alerts.cap.verdict import CapVerdict
from cms.exchange.cap.check import check, pin
from cms.exchange.cap.writer import write
from cms.exchange.service.errors import UnreadableFeedError
from cms.exchange.service.wrappers import MAX_BYTES, MAX_ENTRIES, documents_in, entries_of
from tests.unit.exchange.messages import SENDER, message, signer

URL = "https://feeds.example/all/feed.xml"
EDXL_1 = "urn:oasis:names:tc:emergency:EDXL:DE:1.0"
EDXL_2 = "urn:oasis:names:tc:emergency:EDXL:DE:2.0"
ATOM = "http://www.w3.org/2005/Atom"


def bare(document: bytes) -> str:
    """Return the document without its XML declaration, to be embedded in another one."""
    return document.decode().partition("?>")[2]


def atom(*entries: str) -> bytes:
    return f'<feed xmlns="{ATOM}"><id>f</id>{"".join(entries)}</feed>'.encode()


def edxl(inside: str, *, namespace: str = EDXL_1) -> bytes:
    return f'<EDXLDistribution xmlns="{namespace}"><contentObject>{inside}</contentObject></EDXLDistribution>'.encode()


def edxl_2(*inside: str, root: str = "edxlDistribution", status: str = "Actual") -> bytes:
    """Build an envelope of EDXL-DE 2.0 (OASIS Committee Specification 02, 2013)."""
    objects = "".join(
        f"<contentObject><contentDescriptor><contentDescription>c</contentDescription></contentDescriptor>{each}"
        "</contentObject>"
        for each in inside
    )
    return (
        f'<{root} xmlns="{EDXL_2}" xmlns:xlink="http://www.w3.org/1999/xlink" xlink:type="extended">'
        "<distributionID>d-1</distributionID><senderID>kttv@example.vn</senderID>"
        "<dateTimeSent>2026-11-24T09:00:00+07:00</dateTimeSent><dateTimeExpires>2026-11-25T09:00:00+07:00</dateTimeExpires>"
        f"<distributionStatus>{status}</distributionStatus><distributionKind>Report</distributionKind>"
        f'<content xlink:type="resource">{objects}</content></{root}>'
    ).encode()


def embedded(document: bytes) -> str:
    return f"<contentXML><embeddedXMLContent>{bare(document)}</embeddedXMLContent></contentXML>"


def carried(document: bytes, kind: str = "application/cap+xml") -> str:
    data = b64encode(document).decode()
    return f"<otherContent><mimeType>{kind}</mimeType><size>1</size><contentData>{data}</contentData></otherContent>"


def test_a_bare_alert_is_a_feed_of_one() -> None:
    document = write(message())
    (entry,) = entries_of(document, URL)
    assert (entry.document, entry.url) == (document, "")


def test_entries_of_atom_come_oldest_first_with_the_link_that_says_it_is_cap() -> None:
    newer = (
        "<entry><id>2</id><updated>u</updated><link rel='self' href='/s'/><link href='page.html'/>"
        "<link type='application/cap+xml' href='../2.xml'/></entry>"
    )
    older = "<entry><id>1</id><updated>u</updated><link href='https://other.example/1'/></entry>"
    assert [entry.url for entry in entries_of(atom(newer, older), URL)] == [
        "https://other.example/1",
        "https://feeds.example/2.xml",
    ]


def test_an_address_is_written_out_as_the_web_has_it() -> None:
    (entry,) = entries_of(atom("<entry><id>1</id><link href=' lũ quét.xml?a=%20&amp;b'/></entry>"), URL)
    assert entry.url == "https://feeds.example/all/l%C5%A9%20qu%C3%A9t.xml?a=%20&b"


def test_an_entry_that_changed_is_another_one() -> None:
    one, other = (
        entries_of(atom(f"<entry><id>1</id><updated>{at}</updated><link href='1'/></entry>"), URL)[0] for at in "ab"
    )
    assert one.hash != other.hash


def test_an_alert_inside_keeps_its_signature() -> None:
    document = signer().signed(message())
    pins = {SENDER: pin(SENDER, signer().pem.encode())}
    inside = bare(document)
    feeds = (
        atom(f"<entry><id>1</id><content type='application/cap+xml'>{inside}</content></entry>"),
        f'<rss xmlns:x="urn:x"><channel><item><guid>1</guid>{inside}</item></channel></rss>'.encode(),
        edxl(f"<xmlContent><embeddedXMLContent>{inside}</embeddedXMLContent></xmlContent>"),
        f"<alerts>{inside}</alerts>".encode(),
    )
    for feed in feeds:
        (entry,) = entries_of(feed, URL)
        assert check(entry.document, pins).verdict is CapVerdict.ACCEPT


def test_an_alert_written_as_text_is_taken_from_there() -> None:
    said = bare(write(message())).replace("&", "&amp;").replace("<", "&lt;")
    (entry,) = entries_of(atom(f"<entry><id>1</id><content type='text/xml'>{said}</content></entry>"), URL)
    assert check(entry.document).verdict is CapVerdict.DRAFT


def test_items_of_rss_lead_to_their_enclosure_or_their_link() -> None:
    items = (
        "<item><link>https://feeds.example/2</link><enclosure type='application/cap+xml' url='/2.xml'/></item>"
        "<item><link>https://feeds.example/1</link><enclosure type='image/png' url='/1.png'/></item>"
        "<item><title>nothing</title></item>"
    )
    found = entries_of(f"<rss><channel>{items}</channel></rss>".encode(), URL)
    assert [entry.url for entry in found] == ["", "https://feeds.example/1", "https://feeds.example/2.xml"]


def test_an_entry_that_leads_nowhere_is_told_by_its_title() -> None:
    (entry,) = entries_of(atom("<entry><id>1</id><title>Lũ</title><link rel='self' href='/1'/></entry>"), URL)
    assert (entry.document, entry.url, entry.trouble) == (b"", "", "ENTRY_NOWHERE Lũ")
    (item,) = entries_of(b"<rss><channel><item><guid isPermaLink='false'>x</guid></item></channel></rss>", URL)
    assert item.trouble == "ENTRY_NOWHERE "


@pytest.mark.parametrize(
    "feed",
    [
        atom("<entry><id>1</id><content type='application/cap+xml' src='/1.xml'/></entry>"),
        b"<rss><channel><item><guid>https://feeds.example/1.xml</guid></item></channel></rss>",
        b"<rss xmlns:g='urn:g'><channel><item><link>/r.html</link><g:cap>/1.xml</g:cap></item></channel></rss>",
    ],
)
def test_every_way_a_feed_names_its_alert_is_followed(feed: bytes) -> None:
    assert [entry.url for entry in entries_of(feed, URL)] == ["https://feeds.example/1.xml"]


@pytest.mark.parametrize("version", ["urn:oasis:names:tc:emergency:cap:1.1", "http://www.incident.com/cap/1.0"])
def test_an_alert_of_an_old_version_is_taken_out_and_refused_by_name(version: str) -> None:
    (entry,) = entries_of(atom(f"<entry><id>1</id><content><alert xmlns='{version}'/></content></entry>"), URL)
    assert check(entry.document).code is FindingCode.OLD_VERSION


def test_the_word_doctype_in_a_text_is_no_doctype() -> None:
    entry = "<entry><id>1</id><summary><![CDATA[<!DOCTYPE html>]]></summary><link href='/1.xml'/></entry>"
    (found,) = entries_of(b"<?xml version='1.0'?><!-- f -->" + atom(entry), URL)
    assert found.url == "https://feeds.example/1.xml"


def test_edxl_carries_alerts_in_base64_or_their_addresses() -> None:
    document = write(message())
    data = b64encode(document).decode()
    kind = "<mimeType>application/cap+xml</mimeType>"
    inside = f"<nonXMLContent>{kind}<contentData>{data}</contentData></nonXMLContent>"
    assert [each.document for each in entries_of(edxl(inside), URL)] == [document]
    linked = f"<nonXMLContent>{kind}<uri>1.xml</uri></nonXMLContent><nonXMLContent>{kind}</nonXMLContent>"
    assert [each.url for each in entries_of(edxl(linked), URL)] == ["https://feeds.example/all/1.xml"]
    picture = f"<nonXMLContent><mimeType>image/png</mimeType><contentData>{data}</contentData></nonXMLContent>"
    assert entries_of(edxl(picture), URL) == []


def test_one_broken_part_of_a_distribution_loses_none_beside_it() -> None:
    good = write(message())
    broken = "<otherContent><mimeType>text/xml</mimeType><contentData>!x</contentData></otherContent>"
    found = documents_in(edxl_2(carried(good), broken))
    assert found == [good, b"!x"]
    assert [check(each).verdict for each in found] == [CapVerdict.DRAFT, CapVerdict.REFUSE]


@pytest.mark.parametrize("root", ["edxlDistribution", "EDXLDistribution"])
def test_version_2_of_edxl_is_opened_by_either_name_of_its_root(root: str) -> None:
    one, other = signer().signed(message("m-1")), write(message("m-2"))
    body = edxl_2(embedded(one), carried(other), root=root)
    first, second = entries_of(body, URL)
    assert check(first.document, {SENDER: pin(SENDER, signer().pem.encode())}).verdict is CapVerdict.ACCEPT
    assert second.document == other
    assert documents_in(body) == [first.document, other]


def test_version_2_of_edxl_leads_to_addresses_which_a_push_does_not_follow() -> None:
    linked = "<otherContent><mimeType>text/xml</mimeType><uri>/1.xml</uri></otherContent>"
    (entry,) = entries_of(edxl_2(linked), URL)
    assert entry.url == "https://feeds.example/1.xml"
    with pytest.raises(UnreadableFeedError) as refused:
        documents_in(edxl_2(linked))
    assert refused.value.reason == "NO_ALERT"


def test_a_distribution_cannot_change_what_an_alert_says_it_is() -> None:
    document = write(message())
    (found,) = documents_in(edxl_2(embedded(document), status="Test"))
    assert check(found).verdict is CapVerdict.DRAFT


def test_what_stands_outside_the_content_of_a_distribution_is_nothing() -> None:
    aside = f"<descriptor>{bare(write(message()))}</descriptor>"
    assert entries_of(edxl_2().replace(b"<content ", aside.encode() + b"<content "), URL) == []


def test_what_is_no_distribution_is_left_to_the_check() -> None:
    for body in (write(message()), b"<alert", b"<html/>"):
        assert documents_in(body) == [body]


def test_a_document_in_a_distribution_may_be_broken_into_lines_and_is_nothing_but_base64() -> None:
    document = write(message())
    lines = "\n  ".join(textwrap.wrap(b64encode(document).decode(), 76))
    kind = "<mimeType>application/cap+xml</mimeType>"
    body = edxl_2(f"<otherContent>{kind}<contentData>{lines}</contentData></otherContent>")
    assert documents_in(body) == [document]
    (broken,) = documents_in(body.replace(lines.encode(), b"!" + lines.encode()))
    assert check(broken).verdict is CapVerdict.REFUSE


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (edxl("", namespace="urn:x"), "NOT_A_FEED"),
        (edxl_2(*[carried(b"x")] * (MAX_ENTRIES + 1)), "TOO_MANY_ENTRIES"),
        (b"<!DOCTYPE a>" + edxl_2(), "DOCTYPE"),
        (b"\xef\xbb\xbf <?x?><!-- a --> <!DOCTYPE a>" + edxl_2(), "DOCTYPE"),
        (b"", "NOT_WELL_FORMED"),
        (b"<feed", "NOT_WELL_FORMED"),
        (b"<html/>", "NOT_A_FEED"),
        (b"x" * (MAX_BYTES + 1), "TOO_BIG"),
        (b'<!DOCTYPE feed [<!ENTITY a "b">]><feed>&a;</feed>', "DOCTYPE"),
        (
            '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE feed [<!ENTITY a "b">]><feed>&a;</feed>'.encode("utf-16"),
            "DOCTYPE",
        ),
        (atom("<entry><link href='1'/></entry>" * (MAX_ENTRIES + 1)), "TOO_MANY_ENTRIES"),
        (b"<a>" * 10_000, "NOT_WELL_FORMED"),
    ],
    ids=[
        "namespace",
        "objects",
        "declared",
        "declared behind a comment",
        "empty",
        "cut",
        "html",
        "big",
        "entities",
        "hidden entities",
        "many",
        "deep",
    ],
)
def test_what_is_no_feed_is_not_looked_into(body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFeedError) as refused:
        entries_of(body, URL)
    assert refused.value.reason == reason
