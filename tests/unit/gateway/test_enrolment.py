from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from devices import enrolment
from devices.enrolment import Credential, ReservedNameError

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
    for issued, name in (
        (enrolment.issue_gateway, "gateway"),
        (enrolment.issue_ear, "gateway.ear"),
        (enrolment.issue_health, "gateway.health"),
    ):
        assert common_name(issued(CA, NOW)) == name
        assert uses(issued(CA, NOW)) == [ExtendedKeyUsageOID.CLIENT_AUTH]


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
    assert enrolment.is_current(DEVICE, CA, NOW)
    end = read(DEVICE).not_valid_after_utc
    assert not enrolment.is_current(DEVICE, CA, end - timedelta(days=59))
    assert not enrolment.is_current(DEVICE, CA, NOW - timedelta(days=2))


def test_a_certificate_of_another_authority_is_not_current() -> None:
    assert not enrolment.is_current(DEVICE, enrolment.make_ca("Loa CA", NOW), NOW)
    assert not enrolment.is_current(DEVICE, enrolment.make_ca("Another", NOW), NOW)


def test_a_certificate_with_another_key_is_not_current() -> None:
    other = enrolment.issue_device(CA, "xa-1-l01", NOW)
    assert not enrolment.is_current(Credential(DEVICE.certificate, other.key), CA, NOW)


def test_a_certificate_without_the_hosts_name_is_not_current() -> None:
    assert enrolment.is_current(SERVER, CA, NOW, ["10.0.0.7", "mqtt.example.vn"])
    assert not enrolment.is_current(SERVER, CA, NOW, ["10.0.0.8"])
    assert not enrolment.is_current(DEVICE, CA, NOW, ["10.0.0.7"])


def test_two_signing_keys_are_never_the_same() -> None:
    assert enrolment.make_signing_key() != enrolment.make_signing_key()
