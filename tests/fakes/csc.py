"""Remote signing service of the Cloud Signature Consortium, on loopback: both versions of its API."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from cms.signing.service.csc_client import CscClient
from tests.builders.signers import Holder, Issuer
from tests.integration.exchange.web_server import Answer, Asked, WebServer, web_server

ECDSA_SHA256 = "1.2.840.10045.4.3.2"
SHA256 = "2.16.840.1.101.3.4.2.1"
CLIENT, SECRET, TOKEN, SAD = "loa", "bi mat", "token-1", "sad-1"


@dataclass
class CscCredential:
    """Key of a person. ``mode``: how they confirm; ``pin``: what explicit confirmation asks for."""

    holder: Holder
    mode: str = "implicit"
    pin: str = ""
    algorithms: list[str] = field(default_factory=lambda: [ECDSA_SHA256])
    status: str = "valid"


@dataclass
class CscService:
    """Service as its clients see it. ``broken``: answers in place of the right ones, by the name of the call."""

    web: WebServer
    version: str
    issuer: Issuer
    accounts: dict[str, dict[str, CscCredential]] = field(default_factory=dict)
    broken: dict[str, Answer] = field(default_factory=dict)
    authorized: list[str] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def client(self, **changes: object) -> CscClient:
        parts: dict[str, object] = {"client_id": CLIENT, "client_secret": SECRET, "is_local": True} | changes
        url = f"http://127.0.0.1:{self.web.port}"
        return CscClient(url, self.version, pause=self.pauses.append, **parts)  # type: ignore[arg-type]

    def calls(self) -> list[str]:
        return [asked.path.removeprefix(f"/csc/{self.version}/") for asked in self.web.asked]

    def serve(self) -> None:
        self._on("/oauth2/token", self._token)
        for name, give in (
            ("credentials/list", self._list),
            ("credentials/info", self._info),
            ("credentials/authorize", self._authorize),
            ("signatures/signHash", self._sign),
        ):
            self._on(f"/csc/{self.version}/{name}", give)

    def _on(self, path: str, give: Callable[[Asked], Answer]) -> None:
        name = path.removeprefix(f"/csc/{self.version}").strip("/")
        self.web.pages[path] = lambda asked: self.broken.get(name) or give(asked)

    def _token(self, asked: Asked) -> Answer:
        form = parse_qs(asked.body.decode())
        if form != {"grant_type": ["client_credentials"], "client_id": [CLIENT], "client_secret": [SECRET]}:
            return _refusal(401, "invalid_client")
        return _json({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 60})

    def _list(self, asked: Asked) -> Answer:
        return _json({"credentialIDs": [*self.accounts.get(self._read(asked)["userID"], {})]})

    def _info(self, asked: Asked) -> Answer:
        body = self._read(asked)
        assert (body["certificates"], body["authInfo"]) == ("chain", True)
        known = self._credential(body)
        chain = (known.holder, self.issuer.holder)
        certificates = [b64encode(each.certificate.public_bytes(serialization.Encoding.DER)).decode() for each in chain]
        how: dict[str, object] = {"authMode": known.mode} if self.version == "v1" else {"auth": {"mode": known.mode}}
        key = {"status": "enabled", "algo": known.algorithms, "len": 256}
        return _json({"key": key, "cert": {"status": known.status, "certificates": certificates}, **how})

    def _authorize(self, asked: Asked) -> Answer:
        body = self._read(asked)
        known = self._credential(body)
        if self.version == "v1":
            (digest,), pin = body["hash"], body.get("PIN", "")
        else:
            (digest,), given = body["hashes"], {each["id"]: each["value"] for each in body.get("authData", ())}
            assert body["hashAlgorithmOID"] == SHA256
            pin = given.get("PIN", "")
        assert body["numSignatures"] == 1
        if pin != known.pin:
            return _refusal(400, "invalid_request", "Invalid PIN")
        self.authorized.append(digest)
        return _json({"SAD": SAD, "expiresIn": 300})

    def _sign(self, asked: Asked) -> Answer:
        body = self._read(asked)
        known = self._credential(body)
        names = ("hash", "hashAlgo") if self.version == "v1" else ("hashes", "hashAlgorithmOID")
        (digest,), algorithm = (body[name] for name in names)
        assert (body["SAD"], body["signAlgo"], algorithm) == (SAD, ECDSA_SHA256, SHA256)
        if digest not in self.authorized:
            return _refusal(400, "invalid_request", "hash was not authorized")
        made = known.holder.key.sign(b64decode(digest), ec.ECDSA(Prehashed(hashes.SHA256())))
        return _json({"signatures": [b64encode(made).decode()]})

    def _read(self, asked: Asked) -> dict[str, Any]:
        assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
        read: dict[str, Any] = json.loads(asked.body)
        return read

    def _credential(self, body: dict[str, Any]) -> CscCredential:
        return next(keys[name] for keys in self.accounts.values() if (name := body["credentialID"]) in keys)


def _json(body: object) -> Answer:
    return Answer(body=json.dumps(body).encode(), headers={"Content-Type": "application/json"})


def _refusal(status: int, error: str, told: str = "") -> Answer:
    return Answer(status, json.dumps({"error": error, "error_description": told}).encode())


@contextmanager
def csc_service(version: str, issuer: Issuer) -> Iterator[CscService]:
    """Serve until the end of the block."""
    with web_server() as web:
        service = CscService(web, version, issuer)
        service.serve()
        yield service
