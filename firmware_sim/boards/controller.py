"""Real board controller behind the simulated board: the bytes for its wire go into a file."""

from pathlib import Path
from typing import Final

from devices.boards.alphasign import AlphaSign, Controller, Lamps

CONTROLLERS: Final[dict[str, type[Controller]]] = {"alphasign": AlphaSign}
"""Values of ``controller`` in ``device.json``."""


class ControllerWire:
    """Wire to one controller: appends to ``frames.bin``; an unchanged screen is not sent again."""

    def __init__(self, folder: Path, controller: Controller) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "frames.bin"
        self._controller = controller
        self._size = (0, 0)
        self._shown = b""

    def show(self, image: Lamps) -> None:
        """Send a screen; nothing is sent where the controller cannot drive that size."""
        if not self._controller.takes(*image.size):
            return
        if image.size != self._size:
            self._size, self._shown = image.size, b""
            self._send(self._controller.prepare(*image.size))
        if image.tobytes() != self._shown:
            self._shown = image.tobytes()
            self._send(self._controller.show(image))

    def _send(self, messages: tuple[bytes, ...]) -> None:
        with self._path.open("ab") as wire:
            wire.writelines(messages)
