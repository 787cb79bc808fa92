"""Names of browsers, derived from the User-Agent header: enough to recognise one's own."""

from typing import Final

_BROWSERS: Final = (("Edg", "Edge"), ("coc_coc", "Cốc Cốc"), ("OPR", "Opera"), ("Firefox", "Firefox"))
_LATER: Final = (("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"))
_SYSTEMS: Final = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad")),
    *(("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux")),
)


def name_of(agent: str) -> str:
    """Return a name like “Firefox, Windows”; empty if the header is unknown."""
    browser = next((name for mark, name in (*_BROWSERS, *_LATER) if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return ", ".join(part for part in (browser, system) if part)
