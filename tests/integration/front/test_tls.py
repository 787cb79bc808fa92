"""Front with its own certificate, started: its TLS versions, and the headers it sends to browsers."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bench.ports import free_port
from province.machine_clock import utc_now
from tests.integration.front.webs import DEADLINE_S, Webs, open_webs

HOST = "127.0.0.1"
_SIGNS = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    **dict.fromkeys(
        (
            *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
            *("key_agreement", "encipher_only", "decipher_only"),
        ),
        False,
    ),
)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _signed(
    name: str, key: ec.EllipticCurvePrivateKey, by: str, by_key: ec.EllipticCurvePrivateKey, *, is_ca: bool
) -> x509.Certificate:
    now = utc_now()
    building = x509.CertificateBuilder().subject_name(_named(name)).issuer_name(_named(by)).public_key(key.public_key())
    building = building.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
    building = building.not_valid_after(now + timedelta(days=1))
    building = building.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    of_issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(by_key.public_key())
    building = building.add_extension(of_issuer, critical=False)
    building = building.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    if is_ca:
        building = building.add_extension(_SIGNS, critical=True)
    else:
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))])
        building = building.add_extension(names, critical=False)
    return building.sign(by_key, hashes.SHA256())


def _pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with ``root.pem``, and with ``site.pem`` that includes the intermediate certificate it needs."""
    folder = tmp_path_factory.mktemp("chain")
    root, between, site = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    site_pem = _signed("site", site, "between", between, is_ca=False)
    (folder / "root.pem").write_bytes(_pem(_signed("root", root, "root", root, is_ca=True)))
    (folder / "site.pem").write_bytes(_pem(site_pem, _signed("between", between, "root", root, is_ca=True)))
    (folder / "site.key").write_bytes(
        site.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder


@pytest.fixture(scope="module")
def secure(chain: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Webs]:
    home = tmp_path_factory.mktemp("secure") / "loa"
    details = {"tls_certificate": str(chain / "site.pem"), "tls_key": str(chain / "site.key")}
    with open_webs(home, web_redirect_port=free_port(), **details) as webs:
        yield webs


def asked(webs: Webs, chain: Path, path: str) -> urllib3.BaseHTTPResponse:
    with urllib3.PoolManager(retries=False, timeout=DEADLINE_S, ca_certs=str(chain / "root.pem")) as pool:
        return pool.request("GET", f"https://{HOST}:{webs.context.settings.web_port}{path}", redirect=False)


def test_the_whole_chain_is_shown_and_browsers_are_told_to_stay_with_https(secure: Webs, chain: Path) -> None:
    page = asked(secure, chain, "/sign-in")
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert asked(secure, chain, "/assets/console.css").headers["Strict-Transport-Security"] == "max-age=31536000"
    (form,) = (cookie for cookie in page.headers.getlist("Set-Cookie") if "loa_form=" in cookie)
    assert form.startswith("__Host-loa_form=")
    assert "; Secure" in form


def test_plain_http_is_sent_on_to_https_with_its_whole_address(secure: Webs) -> None:
    url = f"http://{HOST}:{secure.context.settings.web_redirect_port}/alerts?x=1"
    with urllib3.PoolManager(retries=False, timeout=DEADLINE_S) as pool:
        answer = pool.request("GET", url, redirect=False)
    assert (answer.status, answer.headers["Location"]) == (308, f"https://{HOST}/alerts?x=1")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize(
    ("version", "is_spoken"),
    [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)],
)
def test_no_tls_older_than_1_2_is_spoken(secure: Webs, chain: Path, version: ssl.TLSVersion, is_spoken: bool) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(chain / "root.pem")
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = version
    with secure.connect() as link:
        if is_spoken:
            with context.wrap_socket(link, server_hostname=HOST) as wrapped:
                assert (wrapped.version() or "").startswith("TLSv1")
        else:
            with pytest.raises((ssl.SSLError, ConnectionError)):
                context.wrap_socket(link, server_hostname=HOST)
