"""Front that listens for others and was given no certificate: it shows one of our own authority."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
import urllib3

from bench.ports import free_port
from cms import bootstrap
from cms.features import FEATURES
from cms.gateway import Gateway
from cms.live.service import pipe
from cms.platform import readiness
from cms.platform.cli import embedded
from cms.platform.cli.supervisor import Supervisor
from cms.platform.cli.up import APP_DIR
from cms.platform.gateway import outbox_notifier
from cms.platform.gateway.certificate_keeper import CertificateKeeper, reload_front
from cms.platform.settings import Settings
from devices.enrolment import about, fingerprint
from province.machine_clock import utc_now
from tests.integration.process import until

DEADLINE_S = 60
EVERYWHERE = "0.0.0.0"
GIVEN = {"tls_certificate": "/c.pem", "tls_key": "/c.key"}


@pytest.mark.parametrize(
    ("details", "is_own"),
    [
        ({}, False),
        ({"web_host": "localhost"}, False),
        ({"web_host": "::1"}, False),
        ({"web_host": EVERYWHERE}, True),
        ({"web_host": "loa.example.vn"}, True),
        ({"web_host": EVERYWHERE, "proxy_hops": 1}, False),
        ({"web_host": EVERYWHERE, **GIVEN}, False),
    ],
)
def test_whoever_listens_for_others_without_a_proxy_speaks_https(details: dict[str, object], is_own: bool) -> None:
    settings = Settings.model_validate({"home": "/srv/loa", **details})
    assert settings.has_own_certificate is is_own
    assert settings.effective_public_url.startswith("https://") is (is_own or "tls_key" in details)


@dataclass
class Front:
    """nginx alone, without a web process behind it."""

    settings: Settings

    def ask(self, path: str, scheme: str = "https") -> urllib3.BaseHTTPResponse:
        authority = str(self.settings.keys_dir / "ca.pem")
        with urllib3.PoolManager(retries=False, timeout=DEADLINE_S, ca_certs=authority) as pool:
            return pool.request("GET", f"{scheme}://127.0.0.1:{self.settings.web_port}{path}", redirect=False)

    def shown(self) -> str:
        return fingerprint(ssl.get_server_certificate(("127.0.0.1", self.settings.web_port)).encode())


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    home = tmp_path_factory.mktemp("own") / "loa"
    settings = Settings(home=home, web_host=EVERYWHERE, web_port=free_port(), public_url="https://loa.example.vn")
    bootstrap.prepare_files(settings)
    *_, program = embedded.front_programs(settings, APP_DIR, dict(os.environ))
    supervisor = Supervisor([program], settings.log_dir)
    supervisor.start()
    loop = threading.Thread(target=supervisor.run)
    loop.start()
    try:
        yield Front(settings)
    finally:
        supervisor.stop()
        loop.join()


def test_a_browser_that_trusts_the_authority_opens_it_and_is_not_held_to_it(front: Front) -> None:
    asset = front.ask("/assets/console.css")
    assert asset.status == 200
    assert "Strict-Transport-Security" not in asset.headers


def test_plain_http_on_the_same_port_is_sent_on_to_https(front: Front) -> None:
    answer = front.ask("/alerts?x=1", "http")
    url = f"https://127.0.0.1:{front.settings.web_port}/alerts?x=1"
    assert (answer.status, answer.headers["Location"]) == (308, url)


def test_it_is_renewed_before_it_ends_and_the_front_shows_the_new_one(front: Front) -> None:
    before, held = front.shown(), (front.settings.keys_dir / "web.pem").read_bytes()
    context = bootstrap.build(front.settings)
    paths = (outbox_notifier.path_of(front.settings), pipe.path_of(front.settings))
    with outbox_notifier.OutboxNotifier(paths[0]) as bell, pipe.LiveInlet(paths[1]) as inlet:
        assert "certificate" in Gateway(context, FEATURES)._loops(bell, inlet)
    CertificateKeeper(context).step()
    assert (front.settings.keys_dir / "web.pem").read_bytes() == held
    late = utc_now() + timedelta(days=340)
    CertificateKeeper(replace(context, now=lambda: late)).step()
    context.engine.dispose()
    # By the real clock it is not valid yet: it is only looked at.
    until(lambda: front.shown() != before)


def test_no_other_program_is_signalled(tmp_path: Path) -> None:
    for text in ("", "x", str(os.getpid())):
        (tmp_path / "nginx.pid").write_text(text)
        reload_front(tmp_path / "nginx.pid")
    reload_front(tmp_path / "none.pid")


def test_a_certificate_that_ends_soon_is_told(front: Front) -> None:
    settings, now = front.settings, utc_now()
    certificate = (settings.keys_dir / "web.pem").read_text()
    assert readiness.of_certificate(settings, now) == []
    (found,) = readiness.of_certificate(settings, about(certificate).ends_at - timedelta(days=10))
    assert (found.code, found.values) == ("CERTIFICATE_ENDS", {"days": 10})
    assert readiness.of_certificate(Settings(home=settings.home), now) == []
    missing = Settings.model_validate({"home": settings.home, **GIVEN})
    assert readiness.of_certificate(missing, now) == []
