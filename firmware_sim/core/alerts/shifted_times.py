"""Times of a command by the clock of this device, where its issuer's clock is another."""

from __future__ import annotations

import msgspec

from devices.protocol.messages import Command


def shifted(command: Command, by_ms: int) -> Command:
    """Return the command with all its instants moved: its issuer's clock is ``by_ms`` behind this one."""

    def moved(at: int) -> int:
        return max(0, at + by_ms)

    replace = msgspec.structs.replace
    alert, play, live = command.alert, command.play, command.live
    return replace(
        command,
        iat=moved(command.iat),
        nbf=moved(command.nbf),
        exp=moved(command.exp),
        hush_until=moved(command.hush_until) if command.hush_until else 0,
        alert=None if alert is None else replace(alert, issued_at=moved(alert.issued_at)),
        play=None if play is None else replace(play, start_at=moved(play.start_at) if play.start_at else 0),
        live=None if live is None else replace(live, until=moved(live.until)),
    )
