"""Settings of official papers: their letterhead and their digital signatures."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings


class PaperSettings(BaseSettings):
    """Settings of papers, part of ``Settings``."""

    signature_anchors: str = Field(
        default="",
        description="Folder of trusted certificates (and `.crl`) for digital signatures of approvals",
    )
    csc_url: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description="Remote signing service by the API of the Cloud Signature Consortium: the part of its addresses "
        "before `/csc/`; empty: approvals are signed elsewhere and uploaded",
    )
    csc_version: Literal["v1", "v2"] = Field(default="v1", description="Version of that API")
    csc_name: str = Field(default="", description="Name of that service, as people know it")
    csc_client_id: str = Field(default="", description="Our name at that service, by which we get access tokens")
    csc_client_secret: str = Field(default="", repr=False, description="Our secret at that service")
    csc_token_url: str = Field(
        default="", description="Address where that service gives access tokens; empty: `/oauth2/token` at its address"
    )
    csc_is_local: bool = Field(
        default=False, description="That service may be in our own network and be asked by http, as in tests"
    )
    paper_superior: str = Field(default="", description="Agency above ours, as the head of reports names it")
    paper_agency: str = Field(
        default="",
        description="Agency that issues reports, as their head names it; empty: dots to be filled in by hand",
    )
    paper_place: str = Field(default="", description="Place that stands before the date of reports")
    paper_signer: str = Field(default="", description="Position of the person who signs reports")
