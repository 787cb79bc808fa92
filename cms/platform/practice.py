"""Training world: a home of its own, whose keys, broker and database reach no device and no system outside.

Real devices obey messages signed by the keys of their own home alone, and those of a training world are made in it.
What is checked here keeps the two from ever being one: see docs/adr/0085-help-and-training.md.
"""

from contextlib import suppress
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from cms.platform.settings import PRACTICE_MARK, Settings

_OUTSIDE: Final = (
    *("database_url", "queue_url", "s3_endpoint", "brokers", "signer_keys", "signer_socket", "signer_module"),
    *("cap_mqtt_host", "smtp_url", "smpp_url", "sip_url", "zalo_app_id", "notice_secret"),
)
"""Settings that lead to state, keys or people outside the home."""


class PracticeError(RuntimeError):
    """Error: a training world that would not be apart from the real one; the message says what to change."""


def keep_apart(settings: Settings) -> None:
    """Mark a new home as that of a training world, for good; a home without the setting or the mark is left alone.

    Raises:
        PracticeError: the home is in use by a real province, or a setting leads outside.
    """
    if not settings.is_practice:
        return
    outside = [f"LOA_{name.upper()}" for name in _OUTSIDE if getattr(settings, name)]
    hosts = {
        "LOA_MQTT_HOST": settings.mqtt_host,
        "LOA_MQTT_LISTEN_HOST": settings.effective_mqtt_listen_host,
        "LOA_CENTRAL_URL": urlsplit(settings.central_url).hostname or "localhost",
    }
    outside += [name for name, host in hosts.items() if not _is_here(host)]
    if outside:
        raise PracticeError(f"a training world reaches nothing outside itself: unset {', '.join(sorted(outside))}")
    if (settings.root / PRACTICE_MARK).exists():
        return
    if settings.keys_dir.exists() and any(settings.keys_dir.iterdir()):
        raise PracticeError("this LOA_HOME is not a training world's: choose another, empty one for LOA_PRACTICE")
    settings.root.mkdir(parents=True, exist_ok=True)
    (settings.root / PRACTICE_MARK).touch()


def _is_here(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"
