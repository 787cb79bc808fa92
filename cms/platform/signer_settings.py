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
    signer_clients: str = Field(
        default="",
        pattern=r"^([a-z_][a-z0-9_-]*(,[a-z_][a-z0-9_-]*)*)?$",
        description="Users whose programs may have messages signed, as `loa`; empty: the signer's own",
    )
