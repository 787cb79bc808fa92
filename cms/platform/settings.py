"""Settings: the only reader of the environment. Every path and port is a setting; none holds a default secret."""

import socket
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from cms.platform.notification_settings import NotificationSettings
from cms.platform.paper_settings import PaperSettings
from cms.platform.signer_settings import SignerSettings
from devices.protocol.limits import SPEECH_MAX_BYTES

PRACTICE_MARK: Final = "practice"


class Settings(SignerSettings, NotificationSettings, PaperSettings):
    """Settings from ``LOA_*`` variables; a test compares ``docs/settings.md`` with this class."""

    model_config = SettingsConfigDict(env_prefix="LOA_", extra="ignore", frozen=True)

    home: Path = Field(default=Path("var"), description="Folder of all state: database, keys, content, logs")
    practice: bool = Field(
        default=False,
        description="Make the empty `LOA_HOME` a training world, for good: marked on every page, apart from every real "
        "device and system",
    )
    province_name: str = Field(
        default="", max_length=60, description="Name at the head of every page, as `Tỉnh Bình Thuận`; empty: Loa"
    )
    province_emblem: str = Field(
        default="", description="File of the province's emblem beside that name, SVG, PNG or WebP; empty: none"
    )
    web_host: str = Field(default="127.0.0.1", description="Address the console listens on")
    web_port: int = Field(default=8600, description="Port of the console, the API and the content")
    web_threads: int = Field(default=16, ge=1, le=256, description="Threads of the web process")
    urgent_threads: int = Field(
        default=8, ge=1, le=64, description="Threads of the web process for alerts, stops, approvals and sign-in alone"
    )
    tls_certificate: str = Field(
        default="",
        description="Certificate of the console, PEM with its chain; empty: one of our own authority where "
        "`LOA_WEB_HOST` is not this machine alone and no proxy stands before it, else plain HTTP",
    )
    tls_key: str = Field(default="", description="File of that certificate's private key")
    web_redirect_port: int = Field(default=0, ge=0, le=65535, description="Port that redirects http to https; 0: none")
    public_url: str = Field(
        default="", description="URL at which devices and browsers reach the web; empty: host and port"
    )
    mqtt_host: str = Field(default="127.0.0.1", description="Broker's address that devices receive")
    mqtt_listen_host: str = Field(
        default="",
        description="Address on which the broker listens, as `0.0.0.0`; empty: `LOA_MQTT_HOST`",
    )
    mqtt_port: int = Field(default=8883, description="Broker's TLS port for devices and gateway")
    brokers: str = Field(
        default="",
        pattern=r"^([^\s:,]+:\d{1,5}(,[^\s:,]+:\d{1,5}){0,7})?$",
        description="All brokers, 8 at most, as `mqtt1.example.vn:8883,mqtt2.example.vn:8883`; those at "
        "`LOA_MQTT_HOST` run here; empty: the one at `LOA_MQTT_PORT`",
    )
    enrol_port: int = Field(
        default=8884,
        ge=0,
        le=65535,
        description="TLS port where new devices enrol for their certificate; 0: none",
    )
    certificate_days: int = Field(
        default=730,
        ge=1,
        le=3650,
        description="Validity of a device's certificate in days; the device renews it after 2/3",
    )
    database_url: str = Field(default="", description="SQLAlchemy URL; empty: SQLite in home")
    s3_endpoint: str = Field(
        default="", description="URL of the S3 server that keeps the content; empty: a folder in home"
    )
    s3_bucket: str = Field(default="loa", pattern=r"^[a-z0-9][a-z0-9.-]{2,62}$", description="Bucket of the content")
    s3_region: str = Field(default="us-east-1", description="Region of that bucket")
    s3_access_key: str = Field(default="", description="Access key of that bucket")
    s3_secret_key: str = Field(
        default="", repr=False, description="Secret key of that bucket; empty: read from `LOA_HOME/keys/s3.secret`"
    )
    s3_ca: str = Field(
        default="", description="File of the certification authority of the S3 server, PEM; empty: the system's"
    )
    s3_timeout_s: float = Field(
        default=10.0,
        gt=0,
        le=60,
        description="Deadline of a request to the S3 server; with retries twice that",
    )
    s3_cache_mb: int = Field(
        default=4096, ge=64, description="Size of the cache of content on S3, in `LOA_HOME/content-cache`"
    )
    backup_folder: str = Field(
        default="", description="Folder of the continuous back-up, on another disk; empty: there is none"
    )
    backup_recipient: str = Field(default="", description="age public key that the back-up is encrypted for")
    backup_keys_recipient: str = Field(
        default="", description="age public key of another person, for the private keys in it"
    )
    queue_url: str = Field(default="", description="Celery broker URL; empty: valkey or redis on a socket in home")
    worker_processes: int = Field(default=2, description="Processes of the sound worker")
    job_lease_s: int = Field(default=20, description="Lease of a job: after this long without progress it is reclaimed")
    job_sweep_s: float = Field(default=5.0, description="Interval of the search for dropped jobs")
    alert_speech_max_bytes: int = Field(
        default=SPEECH_MAX_BYTES, description="Alert speech up to this size is sent as a message; 0: all is fetched"
    )
    alert_tone_ms: int = Field(
        default=10_000, ge=0, le=30_000, description="Length of a siren to which the table of hazards gives no pattern"
    )
    plan_days: int = Field(default=14, description="Number of days planned ahead")
    upload_max_mb: int = Field(default=50, description="Largest recording accepted")
    upload_max_minutes: int = Field(default=30, description="Longest recording accepted")
    upload_day_mb: int = Field(
        default=500, ge=1, description="Size of all recordings that one person or program may send in a day"
    )
    upload_day_count: int = Field(
        default=500, ge=1, description="Number of recordings that one person or program may send in a day"
    )
    upload_unused_mb: int = Field(
        default=5000, ge=1, description="Size of all recordings that are being uploaded or not used yet"
    )
    upload_disk_min_mb: int = Field(
        default=1024,
        ge=0,
        description="Free space of `LOA_HOME`'s disk below which recordings are refused; an alert's below 1/8 of it",
    )
    disk_reserve_mb: int = Field(
        default=256,
        ge=0,
        description="Size of the reserve file in `LOA_HOME` that is freed when the disk is full; 0: none",
    )
    live_max_minutes: int = Field(default=10, ge=1, le=60, description="Longest live address")
    voices: str = Field(
        default="",
        description="Voice of each language, as `vi=/srv/voices/vi,en=espeak-ng`; see docs/sound.md",
    )
    session_hours: int = Field(default=12, description="Idle timeout of a sign-in")
    session_hours_max: int = Field(default=72, ge=1, le=8760, description="Longest sign-in, however often it is used")
    cap_sender: str = Field(
        default="", description="Sender in our CAP documents; empty: loa@ and the host of the public URL"
    )
    cap_mqtt_host: str = Field(
        default="", description="MQTT broker (TLS) of a warning centre that publishes CAP; empty: none"
    )
    cap_mqtt_port: int = Field(default=8883, ge=1, le=65_535, description="Port of that broker")
    cap_mqtt_topic: str = Field(default="cap/#", description="Topic filter of its warnings")
    cap_mqtt_user: str = Field(default="", description="User name at that broker; empty: none")
    cap_mqtt_password: str = Field(default="", repr=False, description="Password at that broker")
    cap_mqtt_ca: str = Field(default="", description="File of the CA that signed its certificate; empty: the system's")
    central_url: str = Field(default="", description="Address of the central source system; empty: not linked")
    central_token: str = Field(default="", repr=False, description="Secret issued by the central source system")
    central_is_local: bool = Field(
        default=False, description="The central system may be in our own network and be polled by http, as in tests"
    )
    central_poll_s: int = Field(default=30, ge=1, le=3600, description="Polling interval of the central system")
    relay_sources_are_local: bool = Field(default=False, description="Relay sources may also be in our own network")
    relay_listeners: int = Field(default=1000, ge=0, le=20_000, description="Devices that fetch relays here; 0: none")
    public_days: int = Field(
        default=366, ge=1, le=3660, description="Days for which the public pages show bulletins that were heard"
    )
    public_licence: str = Field(
        default="https://creativecommons.org/licenses/by/4.0/deed.vi",
        description="URL of the licence under which the public pages' data may be reused",
    )
    citizen_subscriptions_max: int = Field(default=50_000, ge=0, description="Citizens who may subscribe; 0: none")
    citizen_sends_per_s: int = Field(default=50, ge=1, description="Messages to citizens a second, by each channel")
    token_stop_devices_max: int = Field(
        default=50, ge=0, description="Devices that one person's tokens may stop in an hour; people have no such limit"
    )
    at_once_devices_max: int = Field(
        default=5,
        ge=0,
        description="Devices that one person alone may shut off within an hour, counted by person and by area",
    )
    proxy_hops: int = Field(
        default=0,
        ge=0,
        le=5,
        description="Number of our own proxies before the web, whose `X-Forwarded-For` is trusted",
    )
    clock_needs_ntp: bool = Field(
        default=False,
        description="Sign no time, plan or setting while no NTP client keeps the kernel's clock",
    )
    telemetry_raw_days: int = Field(
        default=7,
        ge=1,
        le=366,
        description="Days for which each telemetry record is kept; its hourly roll-up lasts longer",
    )
    telemetry_hourly_days: int = Field(
        default=400, ge=31, le=3660, description="Days for which hourly roll-ups of telemetry are kept"
    )
    metrics_token: str = Field(
        default="",
        repr=False,
        description="Bearer token of `/metrics`; empty: the one made in `LOA_HOME/keys/metrics.token`",
    )
    canary: bool = Field(
        default=True,
        description="Send a silent alert to a device of the server's own every 3 minutes, on the path of real ones",
    )
    otlp_endpoint: str = Field(
        default="",
        description="Collector that gets traces of alerts by OTLP, as `http://localhost:4318/v1/traces`; empty: none",
    )
    syslog_url: str = Field(
        default="",
        pattern=r"^(syslog\+tls://[^\s/:@]+(:\d{1,5})?)?$",
        description="Log server of the event log (RFC 5424, TLS), as `syslog+tls://siem.example.vn:6514`; empty: none",
    )
    syslog_ca: str = Field(default="", description="PEM file of that server's authority; empty: the system's")
    syslog_certificate: str = Field(default="", description="PEM file of our certificate and its key for it; or none")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")
    log_format: Literal["text", "json"] = Field(
        default="text", description="Format of the programs' own log lines: `text`, or `json`, an object a line"
    )

    def as_environment(self) -> dict[str, str]:
        """Return the environment variables from which a child process reads these same settings."""
        values = {name: str(value) for name, value in self.model_dump().items()}
        return {f"LOA_{name.upper()}": value for name, value in {**values, "home": str(self.root)}.items()}

    @cached_property
    def root(self) -> Path:
        """Absolute path of ``home``."""
        return self.home.absolute()

    @property
    def is_practice(self) -> bool:
        """Return whether this is a training world: ``practice`` marks its home, whatever the settings say later."""
        return self.practice or (self.root / PRACTICE_MARK).exists()

    @property
    def effective_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.root / 'loa.db'}"

    @property
    def queue_socket(self) -> Path:
        return self.root / "run" / "queue.sock"

    @property
    def effective_queue_url(self) -> str:
        return self.queue_url or f"redis+socket://{self.queue_socket}"

    @property
    def effective_mqtt_listen_host(self) -> str:
        return self.mqtt_listen_host or self.mqtt_host

    @property
    def mqtt_local_host(self) -> str:
        """Host at which programs on this machine reach the broker."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(  # noqa: S104 - compared, not listened on
            self.effective_mqtt_listen_host, self.effective_mqtt_listen_host
        )

    @property
    def broker_list(self) -> tuple[tuple[str, int], ...]:
        """Host and port of each broker, as devices reach them."""
        parts = (each.rpartition(":") for each in dict.fromkeys(self.brokers.split(",")) if each)
        return tuple((host, int(port)) for host, _, port in parts) or ((self.mqtt_host, self.mqtt_port),)

    @property
    def device_broker(self) -> tuple[str, int]:
        """Host and port of the broker that a device is delivered with."""
        return self.broker_list[0]

    @property
    def broker_programs(self) -> Mapping[str, int]:
        """Port of each broker that runs here, by its name, which is also that of its log."""
        ports = [port for host, port in self.broker_list if host == self.mqtt_host]
        return {f"broker{number}" if number > 1 else "broker": port for number, port in enumerate(ports, start=1)}

    @property
    def broker_names(self) -> tuple[str, ...]:
        """Host names in the certificate of the brokers."""
        return tuple(dict.fromkeys((self.mqtt_host, self.mqtt_local_host, *(host for host, _ in self.broker_list))))

    def local_address(self, host: str) -> str:
        """Return the address at which programs on this machine reach the broker that devices reach at ``host``."""
        return self.mqtt_local_host if host == self.mqtt_host else host

    def web_socket(self, name: str) -> Path:
        """Socket on which this web process (``web``, ``urgent_web``, ``background_web``) listens for the front."""
        return self.run_dir / f"{name}.sock"

    @property
    def has_own_certificate(self) -> bool:
        """Return whether the front shows a certificate of our own authority."""
        is_local = self.web_host == "localhost"
        with suppress(ValueError):
            is_local = ip_address(self.web_host).is_loopback
        return not (is_local or self.proxy_hops or self.tls_certificate)

    @property
    def web_certificate(self) -> tuple[str, str]:
        """Files of the front's certificate and of its key; empty: plain HTTP."""
        own = str(self.keys_dir / "web.pem"), str(self.keys_dir / "web.key")
        return own if self.has_own_certificate else (self.tls_certificate, self.tls_key)

    @property
    def web_names(self) -> tuple[str, ...]:
        """Host names in a certificate of our own for the front."""
        listens = () if self.web_host in {"0.0.0.0", "::"} else (self.web_host,)  # noqa: S104 - compared, not listened on
        named = (urlsplit(self.public_url).hostname or "", *listens, socket.gethostname())
        return tuple(dict.fromkeys(each for each in named if each))

    @property
    def effective_public_url(self) -> str:
        scheme = "https" if self.web_certificate[0] else "http"
        return self.public_url or f"{scheme}://{self.web_host}:{self.web_port}"

    @property
    def effective_cap_sender(self) -> str:
        return self.cap_sender or f"loa@{urlsplit(self.effective_public_url).hostname}"

    @property
    def content_dir(self) -> Path:
        """Folder of content; unused where content is on S3."""
        return self.root / "content"

    @property
    def served_content_dir(self) -> Path:
        """Folder from which the front sends content: the content itself, or the cache of it."""
        return self.root / "content-cache" if self.s3_endpoint else self.content_dir

    @property
    def uploads_dir(self) -> Path:
        """Folder of recordings that have come in part, beside the content: hosts that share the one share the other."""
        return self.content_dir / "uploads"

    @property
    def keys_dir(self) -> Path:
        """CA, signing keys (see ``signing_dir``), certificates and the web's secret; 0700."""
        return self.root / "keys"

    @property
    def signing_dir(self) -> Path:
        """Folder of the private signing keys and the root."""
        return Path(self.signer_keys) if self.signer_keys else self.keys_dir

    @property
    def has_token(self) -> bool:
        """Return whether a PKCS#11 token keeps the signing keys."""
        return bool(self.signer_module)

    @property
    def trust_dir(self) -> Path:
        """Folder of the root's public half and the keyset, as the signer publishes them."""
        return self.signing_dir / "public" if self.signer_keys else self.keys_dir

    @property
    def signer_path(self) -> Path:
        """Socket on which the signer listens."""
        return Path(self.signer_socket) if self.signer_socket else self.run_dir / "signer.sock"

    @property
    def devices_dir(self) -> Path:
        """Provisioning bundles of devices made here: one folder an id."""
        return self.root / "devices"

    @property
    def backup_mark(self) -> Path:
        """File whose time is the instant up to which the continuous back-up is whole."""
        return self.run_dir / "backup.complete"

    @property
    def log_dir(self) -> Path:
        return self.root / "log"

    @property
    def run_dir(self) -> Path:
        return self.root / "run"
