"""Installation as it is shipped, and what somebody who took over one of its programs holds and reaches."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path, PurePosixPath

import paho.mqtt.client as paho
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from joserfc.jwk import OKPKey

from cms.platform.keyring import Keyring
from cms.platform.settings import Settings
from cms.platform.signer.keys import ensure_signing_keys, trust_firmware
from cms.platform.signer.local import LocalSigner
from cms.platform.signer.officers import OFFICERS_FILE, publish_officers
from devices.enrolment import GATEWAY_NAME
from devices.mqtt.broker import render_acl
from devices.protocol import codec, jws
from devices.protocol.authorisation import SignaturePolicy
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Wire
from tests.builders.officers import PARENTS, SigningOfficer, officers
from tests.integration.signer.forgery import keys_in
from tests.integration.takeover import units
from tests.unit.firmware import signing
from tests.unit.protocol.trust import NOW_MS

NOW = datetime.fromtimestamp(NOW_MS / 1000, UTC)
HERE = {"xa-1": 3}
AN, BINH = SigningOfficer("an", HERE), SigningOfficer("binh", HERE)
SIGNING_KEYS = {"root": signing.ROOT, "plan": signing.PLAN, "alert": signing.ALERT, "drill": signing.DRILL}


@dataclass(frozen=True)
class Holding:
    """Files and reach of one attacker. ``is_broker``: what it sends needs no access list."""

    files: Mapping[PurePosixPath, bytes]
    asks_signer: bool = False
    writes_database: bool = False
    has_network: bool = True
    is_broker: bool = False

    @cached_property
    def keys(self) -> list[OKPKey]:
        """Keys that sign messages: those in the files, whatever else in them serves as one, and a stranger's."""
        return [signing.STRANGER, *(key for data in self.files.values() for key in keys_in(data))]

    @cached_property
    def names(self) -> frozenset[str]:
        """Names under which the broker lets it connect: certificates with their keys, or any by the authority's key."""
        pairs = [(path, path.with_suffix(".key")) for path in self.files if path.suffix == ".pem"]
        held = [self.files[path] for path, key in pairs if key in self.files]
        found = {name for data in held for name in _names(data)}
        return frozenset(found)


def _names(certificate: bytes) -> set[str]:
    read = x509.load_pem_x509_certificate(certificate)
    if read.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
        return {GATEWAY_NAME, "xa-1-l01"}
    if ExtendedKeyUsageOID.CLIENT_AUTH not in read.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value:
        return set()
    return {str(name.value) for name in read.subject.get_attributes_for_oid(NameOID.COMMON_NAME)}


class Installation:
    """Homes that the product itself made, under ``required``, with the root taken away."""

    def __init__(self, folder: Path, policy: SignaturePolicy = SignaturePolicy.REQUIRED, **rules: object) -> None:
        self.settings = Settings(home=folder / "home", signer_keys=str(folder / "signer"))
        private = self.settings.signing_dir
        private.mkdir(parents=True)
        # The keys of the simulated device's world; everything else is made as an operator makes it.
        for name, key in SIGNING_KEYS.items():
            (private / f"{name}.key").write_bytes(key.as_pem(private=True))
            (private / f"{name}.key").chmod(0o600)
        ensure_signing_keys(self.settings, NOW)
        trust_firmware(self.settings, jws.public_x(signing.FIRMWARE), NOW)
        self.keyring = Keyring.ensure(self.settings, NOW)
        self.keyring.provision("xa-1-l01", "sn-1", "xa-1", self.settings, NOW)
        publish_officers(self.settings, officers(AN, BINH, policy=policy, **rules).keyset, PARENTS, NOW)
        (private / "root.key").unlink()
        private.chmod(units.folder_modes("signer")[0])
        trusted = TrustedKeys.from_root(self.keyring.root_x, self.keyring.keyset_jws)
        self.kids = {str(key.role): key.kid for key in trusted.keys.values()}
        self.officers = (self.settings.trust_dir / OFFICERS_FILE).read_bytes()
        self._acl = render_acl()

    def holding(self, name: str) -> Holding:
        """Return what somebody holds who took over the program of this unit."""
        sandbox = units.unit(name)
        places = {
            PurePosixPath(units.setting("LOA_HOME")): (self.settings.root, "loa"),
            PurePosixPath(units.setting("LOA_SIGNER_KEYS")): (self.settings.signing_dir, "loa-signer"),
        }
        files = {
            named: path.read_bytes()
            for place, (folder, owner) in places.items()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
            and sandbox.sees(named := place / path.relative_to(folder))
            and _is_readable(path, folder, sandbox, owner)
        }
        runtime = units.folder_modes("signer")[1]
        is_client = sandbox.user in units.setting("LOA_SIGNER_CLIENTS").split(",")
        return Holding(
            files,
            asks_signer=is_client and bool(runtime & stat.S_IXGRP) and "loa-signer" in sandbox.groups,
            writes_database=f"//{sandbox.user}@" in units.setting("LOA_DATABASE_URL"),
            has_network=sandbox.has_network,
            is_broker=name == units.BROKERS,
        )

    def may_publish(self, holding: Holding, topic: str) -> bool:
        """Return whether a message of this attacker comes to the devices by this topic."""
        if holding.is_broker:
            return True
        return holding.has_network and any(may_write(self._acl, name, topic) for name in holding.names)

    def signer_with_credential(self) -> Holding:
        """Return what the signer holds, and the gateway's certificate besides."""
        return Holding({**self.holding("signer").files, **self.holding("gateway").files})

    def signer(self) -> LocalSigner:
        """Return a signer that has just begun."""
        return LocalSigner.open(self.settings.signing_dir, lambda: NOW_MS, trust=self.settings.trust_dir)

    def signed(self, role: str, body: Wire) -> bytes:
        """Sign as the installation itself does, by no policy."""
        return jws.sign(codec.encode(body), self.kids[role], SIGNING_KEYS[role])


def may_write(acl: str, name: str, topic: str) -> bool:
    """Return whether mosquitto's access list lets a client of this name write there."""
    user, granted = "", False
    for line in acl.splitlines():
        match line.split():
            case ["user", given]:
                user = given
            case ["topic", "write", pattern] if user == name:
                granted |= paho.topic_matches_sub(pattern, topic)
            case ["pattern", "write", pattern]:
                granted |= paho.topic_matches_sub(pattern.replace("%u", name), topic)
    return granted


def _is_readable(path: Path, folder: Path, sandbox: units.Unit, owner: str) -> bool:
    """Return whether the program may open the file, by the modes of it and of the folders above it in its home."""
    above = [each for each in path.parents if each.is_relative_to(folder)]
    shift = 6 if sandbox.user == owner else 3 if owner in sandbox.groups else 0
    return bool(path.stat().st_mode >> shift & 4) and all(each.stat().st_mode >> shift & 1 for each in above)
