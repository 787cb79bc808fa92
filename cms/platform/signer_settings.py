"""Settings of the signer: where its keys and its socket are, and who may ask."""

from pydantic import Field
from pydantic_settings import BaseSettings


class SignerSettings(BaseSettings):
    """Settings of the signer."""

    signer_keys: str = Field(
        default="",
        description="Folder of the signing keys and the root where the signer has a user of its own; empty: "
        "`LOA_HOME/keys`",
    )
    signer_socket: str = Field(
        default="", description="Socket on which the signer listens; empty: `signer.sock` in `LOA_HOME/run`"
    )
    signer_module: str = Field(
        default="",
        description="PKCS#11 module of the token that keeps the signing keys, as "
        "`/usr/lib/softhsm/libsofthsm2.so`; empty: they are in files",
    )
    signer_token: str = Field(default="loa", description="Label of that token")
    signer_pin_file: str = Field(
        default="", description="File with the PIN of that token, which only the signer's user reads"
    )
    signer_clients: str = Field(
        default="",
        pattern=r"^([a-z_][a-z0-9_-]*(,[a-z_][a-z0-9_-]*)*)?$",
        description="Users whose programs may have messages signed, as `loa`; empty: the signer's own",
    )
