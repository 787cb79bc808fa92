"""Signer that has the keys: within the signer's process, and in tests and benchmarks of one process."""

from collections.abc import Callable
from pathlib import Path
from typing import Self

from cms.platform.signer.key_store import ROLES, FileKeys, KeyStore
from cms.platform.signer.keys import kid_of
from cms.platform.signer.officers import OfficersFile
from cms.platform.signer.policy import RefusalError, SigningPolicy
from cms.platform.signer.port import FINAL, NotSignedError, SigningRefusedError, UnsignedReason
from cms.platform.signer.token_errors import TokenError
from devices.protocol import jws
from devices.protocol.messages import KeyRole


class LocalSigner:
    """Signer with the keys of a store, within the policy. Raises FileNotFoundError: one was never made."""

    def __init__(self, keys: KeyStore, policy: SigningPolicy) -> None:
        self._keys = keys
        self._kids = {role: _kid(keys, role) for role in ROLES}
        self._policy = policy

    @classmethod
    def open(cls, folder: Path, now_ms: Callable[[], int] | None = None, *, trust: Path | None = None) -> Self:
        """Read the keys in this folder, and the keyset of officers in ``trust``, by default the same folder.

        Raises:
            FileNotFoundError: they were never made.
            OtherRootError: the keyset of officers is of another root.
        """
        return cls(FileKeys(folder), SigningPolicy(now_ms, OfficersFile.strict(trust or folder)))

    def sign(self, role: KeyRole, kind: str, payload: bytes) -> bytes:
        """Sign as ``Signer.sign``."""
        try:
            # First, so that what is asked again until the token is back counts as one alert.
            self._keys.require_ready()
            self._policy.check(role, kind, payload)
            return jws.sign_with(payload, self._kids[role], lambda data: self._keys.sign(role, data))
        except TokenError as error:
            raise NotSignedError(UnsignedReason.TOKEN) from error
        except RefusalError as error:
            if error.reason in FINAL:
                raise SigningRefusedError(error.detail, error.reason) from error
            raise NotSignedError(error.reason) from error

    def trouble(self) -> str:
        """Return nothing: who asks here is told at once."""
        return ""


def _kid(keys: KeyStore, role: KeyRole) -> str:
    public_x = keys.public(role)
    if public_x is None:
        raise FileNotFoundError(f"there is no {role} key")
    return kid_of(role, public_x)
