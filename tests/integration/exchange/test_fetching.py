from __future__ import annotations

import ipaddress
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cms.exchange.service.addresses import Allowed
from cms.exchange.service.errors import FetchFailedError, FetchRefusedError
from cms.exchange.service.http_client import MAX_BYTES, Fetcher
from province.machine_clock import utc_now
from tests.integration.exchange.web_server import Answer, WebServer, web_server


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as served:
        yield served


def here(host: str, port: int) -> list[str]:
    del host, port
    return ["127.0.0.1"]


def allowed(server: WebServer, *more: str) -> Allowed:
    return Allowed(frozenset(), frozenset({server.host, *more}), is_local=True)


def test_a_document_is_fetched_from_a_pinned_host(server: WebServer) -> None:
    server.pages["/a?b=1"] = Answer(body=b"<alert/>", headers={"ETag": '"1"', "Last-Modified": "now"})
    got = Fetcher(here).get(server.url("/a?b=1"), allowed(server), etag='"0"', modified="then")
    assert (got.status, got.body, got.etag, got.modified) == (200, b"<alert/>", '"1"', "now")
    (asked,) = server.asked
    assert asked.headers["Host"] == server.host
    assert (asked.headers["If-None-Match"], asked.headers["If-Modified-Since"]) == ('"0"', "then")


def test_what_has_not_changed_is_not_sent(server: WebServer) -> None:
    server.pages["/a"] = Answer(304)
    assert Fetcher(here).get(server.url("/a"), allowed(server)).status == 304


def test_loopback_is_only_for_a_feed_marked_local(server: WebServer) -> None:
    public = Allowed(frozenset(), frozenset({server.host}))
    with pytest.raises(FetchRefusedError) as refused:
        Fetcher(here).get(server.url("/a"), public)
    assert refused.value.reason == "ADDRESS"
    assert server.asked == []


def test_one_private_address_among_many_is_one_too_many(server: WebServer) -> None:
    with pytest.raises(FetchRefusedError) as refused:
        Fetcher(lambda *_: ["93.184.216.34", "10.0.0.1"]).get("https://a.example/", Allowed(frozenset({"a.example"})))
    assert refused.value.reason == "ADDRESS"


def test_a_redirect_is_followed_to_a_pinned_host_only(server: WebServer) -> None:
    server.pages["/a"] = Answer(302, headers={"Location": "/b"})
    server.pages["/b"] = Answer(body=b"there")
    server.pages["/out"] = Answer(302, headers={"Location": f"http://other.example:{server.port}/b"})
    server.pages["/file"] = Answer(302, headers={"Location": "file:///etc/passwd"})
    server.pages["/round"] = Answer(302, headers={"Location": "/round"})
    got = Fetcher(here).get(server.url("/a"), allowed(server))
    assert (got.body, got.url) == (b"there", server.url("/b"))
    for path, reason in (("/out", "HOST"), ("/file", "SCHEME"), ("/round", "REDIRECTS")):
        with pytest.raises(FetchRefusedError) as refused:
            Fetcher(here).get(server.url(path), allowed(server))
        assert refused.value.reason == reason


def test_a_redirect_into_a_private_network_is_looked_at_like_the_first(server: WebServer) -> None:
    server.pages["/a"] = Answer(302, headers={"Location": f"http://inside.example:{server.port}/b"})
    addresses = {"feeds.example": ["127.0.0.1"], "inside.example": ["169.254.169.254", "224.0.0.1"]}
    with pytest.raises(FetchRefusedError) as refused:
        Fetcher(lambda host, _: addresses[host]).get(server.url("/a"), allowed(server, f"inside.example:{server.port}"))
    assert refused.value.reason == "ADDRESS"


@pytest.mark.parametrize("headers", [{}, {"Content-Length": str(MAX_BYTES + 1)}])
def test_no_more_is_read_than_is_taken(server: WebServer, headers: dict[str, str]) -> None:
    server.pages["/a"] = Answer(body=b"x" * (MAX_BYTES + 1), headers=headers)
    with pytest.raises(FetchRefusedError) as refused:
        Fetcher(here).get(server.url("/a"), allowed(server))
    assert refused.value.reason == "TOO_BIG"


def test_what_is_packed_is_not_unpacked(server: WebServer) -> None:
    server.pages["/a"] = Answer(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    with pytest.raises(FetchRefusedError) as refused:
        Fetcher(here).get(server.url("/a"), allowed(server))
    assert refused.value.reason == "ENCODING"


def test_a_server_that_never_ends_is_cut_off(server: WebServer) -> None:
    over = threading.Event()
    server.pages["/a"] = Answer(body=b"begin", hangs_until=over)
    server.pages["/b"] = Answer(body=b"begin", headers={"Content-Length": "100"}, hangs_until=over)
    try:
        for path in ("/a", "/b"):
            with pytest.raises(FetchFailedError) as failed:
                Fetcher(here, whole_s=0.1).get(server.url(path), allowed(server))
            assert failed.value.reason == "TIMEOUT"
    finally:
        over.set()


def test_an_answer_that_ends_early_is_no_answer(server: WebServer) -> None:
    server.pages["/a"] = Answer(body=b"begin", headers={"Content-Length": "100", "Connection": "close"})
    with pytest.raises(FetchFailedError) as failed:
        Fetcher(here).get(server.url("/a"), allowed(server))
    assert failed.value.reason == "ANSWER"


def test_a_no_and_a_closed_door_are_failures(server: WebServer) -> None:
    with pytest.raises(FetchFailedError) as failed:
        Fetcher(here).get(server.url("/nothing"), allowed(server))
    assert failed.value.reason == "HTTP_404"
    with pytest.raises(FetchFailedError) as failed:
        Fetcher(here).post(server.url("/nothing"), allowed(server), b"x", {})
    assert failed.value.reason == "HTTP_404"
    with pytest.raises(FetchFailedError) as failed:
        Fetcher(here).get(
            "http://feeds.example:9/", Allowed(frozenset(), frozenset({"feeds.example:9"}), is_local=True)
        )
    assert failed.value.reason == "ANSWER"


def test_what_is_too_big_to_hold_is_read_as_a_stream_under_the_same_rules(server: WebServer) -> None:
    server.pages["/a"] = Answer(302, headers={"Location": "/b"})
    server.pages["/b"] = Answer(body=b"x" * (MAX_BYTES + 1))
    server.pages["/short"] = Answer(body=b"begin", headers={"Content-Length": "100", "Connection": "close"})
    server.pages["/same"] = Answer(304)
    server.pages["/packed"] = Answer(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    fetcher, size = Fetcher(here), 0
    with fetcher.opened(server.url("/a"), allowed(server), {"Authorization": "Bearer s"}) as stream:
        assert stream.readable()
        while part := stream.read(1000):
            assert len(part) <= 1000
            size += len(part)
    assert size == MAX_BYTES + 1
    assert {each.headers["Authorization"] for each in server.asked} == {"Bearer s"}
    for path, reason in (("/short", "ANSWER"), ("/same", "HTTP_304"), ("/nothing", "HTTP_404")):
        with pytest.raises(FetchFailedError) as failed, fetcher.opened(server.url(path), allowed(server)) as stream:
            list(iter(stream.read, b""))
        assert failed.value.reason == reason
    with pytest.raises(FetchRefusedError), fetcher.opened(server.url("/packed"), allowed(server)):
        pass


def test_a_post_carries_its_body_and_follows_no_redirect(server: WebServer) -> None:
    server.pages["/in"] = Answer(204)
    server.pages["/away"] = Answer(307, headers={"Location": "/in"})
    assert Fetcher(here).post(server.url("/in"), allowed(server), b"<alert/>", {"Loa-Delivery": "d1"}) == 204
    assert (server.asked[0].body, server.asked[0].headers["Loa-Delivery"]) == (b"<alert/>", "d1")
    with pytest.raises(FetchFailedError) as failed:
        Fetcher(here).post(server.url("/away"), allowed(server), b"x", {})
    assert failed.value.reason == "HTTP_307"


@pytest.mark.parametrize("name", ["feeds.example", "other.example"])
def test_over_tls_the_name_counts_and_not_the_address(tmp_path: Path, name: str) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    _make_certificate(name, key, certificate)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with web_server(serving) as server:
        server.pages["/a"] = Answer(body=b"safe")
        pinned = Allowed(frozenset({server.host}), is_local=True)
        fetcher = Fetcher(here, trusting)
        if name == "feeds.example":
            assert fetcher.get(server.url("/a"), pinned).body == b"safe"
        else:
            with pytest.raises(FetchFailedError) as failed:
                fetcher.get(server.url("/a"), pinned)
            assert failed.value.reason == "TLS"
        with pytest.raises(FetchFailedError) as failed:
            Fetcher(here).get(server.url("/a"), pinned)
        assert failed.value.reason == "TLS"


def _make_certificate(name: str, key_path: Path, path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = utc_now()
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("10.9.9.9"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    key_path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    path.write_bytes(made.public_bytes(pem))
