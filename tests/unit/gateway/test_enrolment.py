from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from devices import enrolment
from devices.enrolment import BadRequestError, Credential, ReservedNameError

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CA = enrolment.make_ca("Loa CA", NOW)
DEVICE = enrolment.issue_device(CA, "xa-1-l01", NOW)
SERVER = enrolment.issue_server(CA, ["mqtt.example.vn", "10.0.0.7"], NOW)


def read(credential: Credential) -> x509.Certificate:
    return x509.load_pem_x509_certificate(credential.certificate)


def common_name(credential: Credential) -> str:
    return str(read(credential).subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def uses(credential: Credential) -> list[x509.ObjectIdentifier]:
    return list(read(credential).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


def test_a_device_is_named_by_its_id_and_may_only_be_a_client() -> None:
    assert common_name(DEVICE) == "xa-1-l01"
    assert uses(DEVICE) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_the_gateway_may_only_be_a_client() -> None:
    assert (enrolment.GATEWAY_NAME, enrolment.SUBSCRIBER_NAME, enrolment.HEALTH_NAME) == (
        "gateway",
        "gateway.ear",
        "gateway.health",
    )
    for name in ("gateway", "gateway.ear", "gateway.health"):
        issued = enrolment.issue_client(CA, name, NOW)
        assert common_name(issued) == name
        assert uses(issued) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_the_broker_is_found_under_this_machine_and_the_given_hosts() -> None:
    names = read(SERVER).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "mqtt.example.vn"]
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "10.0.0.7"]
    assert uses(SERVER) == [ExtendedKeyUsageOID.SERVER_AUTH]


@pytest.mark.parametrize("device_id", ["gateway", "gateway.ear", "", "X", "a/b", "a b", "a" * 41, "xa-1\n", "+", "#"])
def test_no_device_takes_the_gateways_name_or_one_that_is_no_id(device_id: str) -> None:
    with pytest.raises(ReservedNameError):
        enrolment.issue_device(CA, device_id, NOW)


def test_a_certificate_is_current_until_shortly_before_its_end() -> None:
    assert enrolment.is_current(DEVICE, CA.certificate, NOW)
    end = read(DEVICE).not_valid_after_utc
    assert not enrolment.is_current(DEVICE, CA.certificate, end - timedelta(days=59))
    assert not enrolment.is_current(DEVICE, CA.certificate, NOW - timedelta(days=2))


def test_a_certificate_of_another_authority_is_not_current() -> None:
    assert not enrolment.is_current(DEVICE, enrolment.make_ca("Loa CA", NOW).certificate, NOW)
    assert not enrolment.is_current(DEVICE, enrolment.make_ca("Another", NOW).certificate, NOW)


def test_a_certificate_with_another_key_is_not_current() -> None:
    other = enrolment.issue_device(CA, "xa-1-l01", NOW)
    assert not enrolment.is_current(Credential(DEVICE.certificate, other.key), CA.certificate, NOW)


def test_a_certificate_without_the_hosts_name_is_not_current() -> None:
    assert enrolment.is_current(SERVER, CA.certificate, NOW, ["10.0.0.7", "mqtt.example.vn"])
    assert not enrolment.is_current(SERVER, CA.certificate, NOW, ["10.0.0.8"])
    assert not enrolment.is_current(DEVICE, CA.certificate, NOW, ["10.0.0.7"])


def test_two_signing_keys_are_never_the_same() -> None:
    assert enrolment.make_signing_key() != enrolment.make_signing_key()


def request(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway")])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def test_of_a_request_nothing_but_its_key_is_signed() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = enrolment.sign_request(CA, "xa-1-l01", request(key), NOW, timedelta(days=730))
    made = x509.load_pem_x509_certificate(pem.encode())
    assert made.public_key() == key.public_key()
    assert common_name(Credential(pem.encode(), b"")) == "xa-1-l01"
    assert uses(Credential(pem.encode(), b"")) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    says = enrolment.about(pem)
    assert (says.number, says.ends_at) == (f"{made.serial_number:x}", NOW + timedelta(days=730))
    assert says.starts_at == NOW - timedelta(days=1)


@pytest.mark.parametrize(
    "csr",
    [
        "",
        "-----BEGIN CERTIFICATE REQUEST-----\nMIHM\n-----END CERTIFICATE REQUEST-----\n",
        "Mũi Né",
        request(rsa.generate_private_key(65537, 2048)),
        request(ec.generate_private_key(ec.SECP384R1())),
    ],
)
def test_a_request_that_proves_no_p256_key_is_refused(csr: str) -> None:
    with pytest.raises(BadRequestError):
        enrolment.sign_request(CA, "xa-1-l01", csr, NOW, timedelta(days=1))


def test_a_request_that_another_key_signed_is_refused() -> None:
    lines = request(ec.generate_private_key(ec.SECP256R1())).splitlines()
    body = "".join(lines[1:-1])
    # The last characters are the signature's.
    spoilt = body[:-12] + ("A" if body[-12] != "A" else "B") + body[-11:]
    with pytest.raises(BadRequestError):
        enrolment.sign_request(CA, "xa-1-l01", "\n".join([lines[0], spoilt, lines[-1]]), NOW, timedelta(days=1))


@pytest.mark.parametrize("device_id", ["gateway", "gateway.ear", "a/b"])
def test_no_request_is_signed_for_a_reserved_name(device_id: str) -> None:
    with pytest.raises(ReservedNameError):
        enrolment.sign_request(CA, device_id, request(ec.generate_private_key(ec.SECP256R1())), NOW, timedelta(days=1))


def test_the_list_of_what_was_taken_back_is_ours_and_lasts_as_long_as_the_authority() -> None:
    number = f"{read(DEVICE).serial_number:x}"
    made = enrolment.revocation_list(CA, [(number, NOW)])
    assert enrolment.listed(made) == {number}
    assert enrolment.is_list_of(made, CA.certificate)
    assert not enrolment.is_list_of(made, enrolment.make_ca("Loa CA", NOW).certificate)
    assert not enrolment.is_list_of(b"garbage", CA.certificate)
    assert x509.load_pem_x509_crl(made).next_update_utc == read(CA).not_valid_after_utc


def test_each_list_is_issued_after_the_one_before_it_whatever_a_clock_says() -> None:
    far_ahead = NOW + timedelta(days=400)
    first = enrolment.revocation_list(CA, [("ab", far_ahead)])
    second = enrolment.revocation_list(CA, [("ab", far_ahead), ("cd", NOW)], first)
    third = enrolment.revocation_list(CA, [], second)
    issued = [x509.load_pem_x509_crl(each).last_update_utc for each in (first, second, third)]
    assert issued == [issued[0] + timedelta(seconds=number) for number in range(3)]
    assert issued[-1] < NOW


@pytest.mark.parametrize(
    ("name", "told"),
    [("Loa CA", "13f7e2d8"), ("  Loa   ca ", "13f7e2d8"), ("Đài truyền thanh", "023d4aac"), ("x", "82965258")],
)
def test_the_name_of_an_authoritys_lists_is_the_one_by_which_openssl_looks_for_them(name: str, told: str) -> None:
    assert enrolment.issuer_hash(enrolment.make_ca(name, NOW).certificate) == told
