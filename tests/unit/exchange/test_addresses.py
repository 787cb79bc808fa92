from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest

from cms.exchange.service.addresses import Allowed, host_of, is_allowed, resolved, target_of
from cms.exchange.service.errors import FetchFailedError, FetchRefusedError

PUBLIC = "93.184.216.34"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:0:1::1",
    ],
)
def test_no_address_of_ours_is_connected_to(address: str) -> None:
    assert not is_allowed(ip_address(address), is_local=False)


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:220:1:248:1893:25c8:1946", f"::ffff:{PUBLIC}"])
def test_what_the_public_network_has_may_be_connected_to(address: str) -> None:
    assert is_allowed(ip_address(address), is_local=False)


@pytest.mark.parametrize(("address", "may"), [("127.0.0.1", True), ("::1", True), ("224.0.0.1", False), ("::", False)])
def test_a_feed_marked_local_may_lie_in_our_own_network(address: str, may: bool) -> None:
    assert is_allowed(ip_address(address), is_local=True) is may


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://a.example/", ""),
        ("https://A.example:443/x", ""),
        ("http://plain.example/", ""),
        ("https://plain.example/", ""),
        ("http://a.example/", "SCHEME"),
        ("https://b.example/", "HOST"),
        ("https://a.example:8443/", "HOST"),
        ("https://a.example.b.example/", "HOST"),
        ("https://user:word@a.example/", "URL"),
        ("https://a.example /", "URL"),
        ("https://a.example/\r\nX: y", "URL"),
        ("https://a.example:99999/", "URL"),
        ("https://", "URL"),
        ("https://[::1/", "URL"),
        ("file:///etc/passwd", "SCHEME"),
        ("ftp://a.example/", "SCHEME"),
        ("gopher://a.example/", "SCHEME"),
        ("https://[::1]/", "HOST"),
    ],
)
def test_only_pinned_hosts_are_asked_and_only_by_https_where_nothing_else_is_said(url: str, reason: str) -> None:
    allowed = Allowed(frozenset({"a.example"}), frozenset({"plain.example"}))
    assert reason_for(url, allowed) == reason


def reason_for(url: str, allowed: Allowed) -> str:
    try:
        target_of(url, allowed, lambda *_: [PUBLIC])
    except FetchRefusedError as error:
        return error.reason
    return ""


def test_the_address_is_named_as_it_is_pinned() -> None:
    allowed = Allowed(frozenset({"a.example:8443", "[2606:2800:220:1::1]"}))
    target = target_of("https://a.example:8443?q=1", allowed, lambda *_: [PUBLIC])
    assert (target.named, target.path) == ("a.example:8443", "/?q=1")
    by_address = target_of("https://[2606:2800:220:1::1]/", allowed, lambda host, _: [host])
    assert by_address.named == "[2606:2800:220:1::1]"
    assert host_of("https://a.example:8443/x") == "a.example:8443"


def test_a_name_without_an_address_is_a_failure() -> None:
    allowed = Allowed(frozenset({"a.example"}))

    def fails(host: str, port: int) -> list[str]:
        raise OSError(host, port)

    def finds_none(host: str, port: int) -> list[str]:
        del host, port
        return []

    for resolve in (fails, finds_none):
        with pytest.raises(FetchFailedError) as failed:
            target_of("https://a.example/", allowed, resolve)
        assert failed.value.reason == "RESOLVE"


def test_names_are_resolved_as_the_machine_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (PUBLIC, 443))])
    assert resolved("a.example", 443) == [PUBLIC]
