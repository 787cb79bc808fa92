"""nginx's configuration as text: listeners, deadlines, limits, and the routing of paths to web processes."""

import getpass
import grp
import os
import resource
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cms
from cms.platform import relay_address
from cms.platform.settings import Settings

ASSETS: Final = Path(cms.__file__).parent / "platform" / "web" / "static"
"""Found by path and not by import: a program that only writes a configuration, or a gateway, loads no screens."""
OPEN_FILES: Final = 65_536
CONNECTIONS_MAX: Final = 16_384
"""Connections of one of nginx's two processes; a proxied one counts twice."""
CONNECTIONS_OF_ONE_MAX: Final = 1_000
"""Simultaneous requests of one address, downloads apart: an office or a mobile network has one address for all."""
DOWNLOADS_OF_ONE_MAX: Final = 4_000
LOOKS_MAX: Final = 2
"""Preflights of whole bulletins at once: each keeps an interpreter busy that all other pages share."""
TEMPLATE: Final = Path(__file__).with_name("nginx.conf")
"""Configuration with places for values; each directive that is not obvious with its reason."""
PLAIN: Final = "listen {host}:{port};"
TLS: Final = """\
listen {host}:{port} ssl;
    ssl_certificate "{certificate}";
    ssl_certificate_key "{key}";
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:tls:2m;
    ssl_session_timeout 1h;
    # Plain HTTP on the same port.
    error_page 497 =308 https://$http_host$request_uri;"""
REDIRECT: Final = """
  server {{
    listen {host}:{port};
    return 308 https://$host$request_uri;
  }}
"""
_FORBIDDEN: Final = frozenset("\"\\$;{}\n\r\t'")


@dataclass(frozen=True, slots=True)
class Files:
    """Paths of the front's files and folders."""

    folder: Path
    log: Path
    assets: Path
    content: Path
    web_socket: Path
    urgent_socket: Path
    background_socket: Path
    relay_socket: Path


def write_config(settings: Settings) -> Path:
    """Write the configuration below ``run/front`` and make the folders that it names; returns its path.

    Raises:
        ValueError: a setting or a path would add directives of its own.
    """
    folder = settings.run_dir / "front"
    for name in ("body", "proxy", "public", "permits", "viewers", "watched", "unused"):
        (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    files = Files(
        folder,
        settings.log_dir / "access.log",
        ASSETS,
        settings.served_content_dir,
        settings.web_socket("web"),
        settings.web_socket("urgent_web"),
        settings.web_socket("background_web"),
        relay_address.socket_of(settings),
    )
    config = folder / "nginx.conf"
    config.write_text(render_config(settings, files, open_files=_open_files(), owner=_owner()), encoding="utf-8")
    return config


def render_config(settings: Settings, files: Files, *, open_files: int, owner: str) -> str:
    """Return the whole configuration. ``owner`` is the ``user`` directive if root starts nginx, else empty.

    Raises:
        ValueError: a setting or a path would add directives of its own.
    """
    host = f"[{settings.web_host}]" if ":" in settings.web_host else settings.web_host
    values = {
        "host": host,
        "folder": str(files.folder),
        "log": str(files.log),
        "assets": str(files.assets),
        "content": str(files.content),
        "web_socket": str(files.web_socket),
        "urgent_socket": str(files.urgent_socket),
        "background_socket": str(files.background_socket),
        "relay_socket": str(files.relay_socket),
        "certificate": settings.web_certificate[0],
        "key": settings.web_certificate[1],
    }
    _refuse_directives(values)
    is_secure = bool(settings.tls_certificate) or settings.effective_public_url.startswith("https://")
    return TEMPLATE.read_text(encoding="utf-8").format(
        folder=files.folder,
        log=files.log,
        assets=files.assets,
        content=files.content,
        web_socket=files.web_socket,
        urgent_socket=files.urgent_socket,
        background_socket=files.background_socket,
        relay_socket=files.relay_socket,
        spare=max(1, settings.urgent_threads // 2),
        owner=owner,
        open_files=open_files,
        connections=min(CONNECTIONS_MAX, open_files // 3),
        listener=_listener(settings, host),
        redirect=REDIRECT.format(host=host, port=settings.web_redirect_port) if settings.web_redirect_port else "",
        of_one=CONNECTIONS_OF_ONE_MAX,
        downloads=DOWNLOADS_OF_ONE_MAX,
        looks=LOOKS_MAX,
        polls=max(1, settings.web_threads * 3 // 8),
        recordings=max(1, settings.web_threads // 4),
        upload_mb=settings.upload_max_mb + 2,
        client=_client_pattern(settings.proxy_hops),
        forwarded="$proxy_add_x_forwarded_for" if settings.proxy_hops else "$remote_addr",
        said_scheme="$http_x_forwarded_proto" if settings.proxy_hops else "$scheme",
        hsts='"max-age=31536000"' if is_secure and not settings.has_own_certificate else '""',
    )


def _listener(settings: Settings, host: str) -> str:
    certificate, key = settings.web_certificate
    if not certificate:
        return PLAIN.format(host=host, port=settings.web_port)
    return TLS.format(host=host, port=settings.web_port, certificate=certificate, key=key)


def _client_pattern(hops: int) -> str:
    """Return map lines from ``X-Forwarded-For`` to the client: the address that the outermost of our proxies saw."""
    if not hops:
        return "default $remote_addr;"
    behind = r"(?:\s*,[^,]*)" + f"{{{hops - 1}}}" + r"\s*$" if hops > 1 else r"\s*$"
    return f'default $remote_addr; "~(?<last_address>[^,\\s]+){behind}" $last_address;'


def _refuse_directives(values: Mapping[str, str]) -> None:
    for name, value in values.items():
        if _FORBIDDEN & set(value):
            raise ValueError(f"{name} holds a character that nginx would take for its own: {value!r}")


def _open_files() -> int:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)


def _owner() -> str:
    """Return the ``user`` directive: started by root, nginx would run as a user that cannot read our files."""
    return f"user {getpass.getuser()} {grp.getgrgid(os.getgid()).gr_name};" if os.geteuid() == 0 else ""
