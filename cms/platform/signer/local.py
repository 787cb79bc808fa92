"""Signer that holds the keys: within the signer's process, and in tests and benchmarks of one process."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from joserfc.jwk import OKPKey

from cms.platform.signer.keys import kid_of, signing_keys
from cms.platform.signer.officers import OfficersFile
from cms.platform.signer.policy import RefusalError, SigningPolicy
from cms.platform.signer.port import FINAL, NotSignedError, SigningRefusedError
from devices.protocol import jws
from devices.protocol.messages import KeyRole


class LocalSigner:
    """Signer over keys in memory, within the policy."""

    def __init__(self, keys: Mapping[KeyRole, OKPKey], policy: SigningPolicy) -> None:
        self._keys = {role: (kid_of(role, jws.public_x(key)), key) for role, key in keys.items()}
        self._policy = policy

    @classmethod
    def open(cls, folder: Path, now_ms: Callable[[], int] | None = None, *, trust: Path | None = None) -> Self:
        """Read the keys in this folder, and the keyset of officers in ``trust``, by default the same folder.

        Raises:
            FileNotFoundError: they were never made.
            OtherRootError: the keyset of officers is of another root.
        """
        return cls(signing_keys(folder), SigningPolicy(now_ms, OfficersFile.strict(trust or folder)))

    def sign(self, role: KeyRole, kind: str, payload: bytes) -> bytes:
        """Sign as ``Signer.sign``."""
        try:
            self._policy.check(role, kind, payload)
        except RefusalError as error:
            if error.reason in FINAL:
                raise SigningRefusedError(error.detail, error.reason) from error
            raise NotSignedError(error.reason) from error
        kid, key = self._keys[role]
        return jws.sign(payload, kid, key)

    def trouble(self) -> str:
        """Return nothing: who asks here is told at once."""
        return ""
