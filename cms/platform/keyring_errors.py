"""Errors of a keys' folder that is not whole."""

from dataclasses import dataclass


class KeysError(RuntimeError):
    """Error: the keys' folder is not whole, and going on would make it worse; says what to put back."""


class RootMissingError(KeysError):
    """Error: neither half of the root is here, and another root would be refused by every device in the field."""

    def __str__(self) -> str:
        return (
            "keys/root.pub is missing, and a new root would shut out every device: put root.pub back from the back-up "
            "(only root.key goes offline). If nothing was ever in service here, remove the whole keys folder"
        )


class CaMissingError(KeysError):
    """Error: our certificate authority is gone, and another would be refused by every device in the field."""

    def __str__(self) -> str:
        return (
            "keys/ca.key or keys/ca.pem is missing or cannot be read, and new ones would shut out every device: "
            "put both back from the back-up"
        )


class OtherRootError(KeysError):
    """Error: the keyset was signed by another root than the one beside it."""

    def __str__(self) -> str:
        return (
            "keys/keyset.jws is not signed by keys/root.pub: put root.pub, root.key and keyset.jws of one back-up "
            "there. Devices follow the root whose keyset.jws they hold"
        )


class OfficersRootNeededError(KeysError):
    """Error: the keyset of officers is signed by the root, which was taken off this machine."""

    def __str__(self) -> str:
        return "the root signs the keyset of officers: put root.key back into the keys' folder for this command"


@dataclass
class RootNeededError(KeysError):
    """Error: a key is new, and only the root, which was taken off this machine, can make devices trust it.

    Put ``root.key`` back beside the other keys for one start.
    """

    role: str

    def __str__(self) -> str:
        return f"the keyset does not name our {self.role} key: put root.key back into the keys' folder for one start"


@dataclass
class SignerKeysError(KeysError):
    """Error: the signer has a user of its own (``LOA_SIGNER_KEYS``), and has not made its keys yet."""

    folder: str

    def __str__(self) -> str:
        return (
            f"there is no root.pub in {self.folder}: start the signer first (loa@signer), or put LOA_SIGNER_KEYS right"
        )
