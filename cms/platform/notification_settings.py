"""Settings of notifications: the channels by which people are told, and when they are told again."""

from pydantic import Field
from pydantic_settings import BaseSettings


class NotificationSettings(BaseSettings):
    """Settings of notifications, part of ``Settings``."""

    smtp_url: str = Field(
        default="",
        repr=False,
        description="Mail server for notices to people on call: `smtp://user:secret@host` (STARTTLS), `smtps://…`, "
        "`smtp+plain://…`; empty: none are sent",
    )
    smtp_sender: str = Field(default="", description="Sender of those mails; empty: as `LOA_CAP_SENDER`")
    notice_secret: str = Field(
        default="", repr=False, description="Secret that signs webhook notices to people on call; empty: none are sent"
    )
    smpp_url: str = Field(
        default="",
        repr=False,
        description="Message centre for SMS to people, `smpp://user:secret@host:2775?sender=NAME`, or `smpps://…`; "
        "empty: none are sent",
    )
    sip_url: str = Field(
        default="",
        repr=False,
        description="Telephone exchange that calls people to an alert, `sip://user:secret@host:5060?transport=udp` (or "
        "`tcp`, `tls`); it needs the program baresip; empty: none are called",
    )
    zalo_app_id: str = Field(default="", description="Application of the province's official account on Zalo")
    zalo_secret_key: str = Field(default="", repr=False, description="Secret key of that application")
    zalo_template_id: str = Field(
        default="",
        description="Approved template of Zalo notifications, with the parameters `tieu_de` and `lien_ket`; its "
        "refresh token lies in `LOA_HOME/keys/zalo.refresh`; empty: none are sent",
    )
    escalation_minutes: str = Field(
        default="60,30",
        pattern=r"^(\d{1,4}(,\d{1,4}){0,4})?$",
        description="Minutes before its airing at which a bulletin that is not approved is notified again, each time "
        "to one level of approvers more; empty: never",
    )
    notices_are_local: bool = Field(default=False, description="Those webhooks may be in our own network and use http")
