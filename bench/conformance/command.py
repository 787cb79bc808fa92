"""``loa bench conformance``: check a broker against what Loa needs, and print what it lacks."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from bench.conformance.checks import CHECKS, DEVICE, OTHER
from bench.conformance.client import BrokerUnderTest, GoneError
from bench.signing import local_keyring
from cms.platform.keyring import Keyring
from cms.platform.settings import Settings
from devices import enrolment
from devices.mqtt_codec import PacketError
from province.machine_clock import utc_now

log = logging.getLogger(__name__)


def furnish(keyring: Keyring, folder: Path) -> Path:
    """Make the certificates of the checks' clients: the gateway, two devices, and one of another CA."""
    folder.mkdir(parents=True, exist_ok=True)
    now, issuer = utc_now(), keyring.issuer()
    (folder / "ca.pem").write_bytes(keyring.ca_certificate)
    made = {name: enrolment.issue_device(issuer, name, now) for name in (DEVICE, OTHER)}
    made[enrolment.GATEWAY_NAME] = enrolment.issue_client(issuer, enrolment.GATEWAY_NAME, now)
    made["nobody"] = enrolment.issue_device(enrolment.make_ca("Another CA", now), DEVICE, now)
    for name, credential in made.items():
        (folder / f"{name}.pem").write_bytes(credential.certificate)
        (folder / f"{name}.key").write_bytes(credential.key)
    return folder


def outcome_of(name: str, broker: BrokerUnderTest) -> str:
    """Run one check; return ``yes``, ``no``, or the broker's refusal."""
    try:
        return "yes" if CHECKS[name](broker) else "no"
    except (GoneError, PacketError) as error:
        log.info("%s: %s", name, error)
        return f"no ({error})"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The broker's, as in its certificate.")
@click.option("--port", default=8883, show_default=True, help="Its TLS port.")
def conformance(host: str, port: int) -> None:
    """Check a broker that trusts the CA of LOA_HOME and grants the topics of Loa; fail where it lacks something."""
    settings = Settings()
    broker = BrokerUnderTest(host, port, furnish(local_keyring(settings), settings.root / "conformance"))
    lacking = 0
    for name in CHECKS:
        outcome = outcome_of(name, broker)
        lacking += outcome != "yes"
        click.echo(f"{name.replace('_', ' '):<48}{outcome}")
    if lacking:
        raise click.ClickException(f"{lacking} of {len(CHECKS)} lacking")
