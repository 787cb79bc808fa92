"""``loa station``: commands for the station's own machine. They need only the server's address and a token."""

import fcntl
import signal
import threading
from pathlib import Path

import click

from cms.platform.cli.api_client import ApiError
from cms.stations.cli.folder import DropFolder, only_station


@click.group()
def station() -> None:
    """Fetch programmes on a district station's machine."""


@station.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--url", required=True, help="Where the server is: https://loa.example")
@click.option("--token", envvar="LOA_STATION_TOKEN", required=True, help="The station's; or in LOA_STATION_TOKEN.")
@click.option("--station", "station_id", default="", help="Its id, where the token sees several.")
@click.option("--form", type=click.Choice(["wav", "mp3"]), default="wav", show_default=True)
@click.option("--every", "every_s", type=click.FloatRange(1), default=60.0, show_default=True, help="Seconds.")
@click.option("--remove", "removes", is_flag=True, help="Delete what is taken back instead of setting it aside.")
@click.option("--once", is_flag=True, help="One round; exit status 1 where something is left to do.")
def pull(
    folder: Path, url: str, token: str, station_id: str, *, form: str, every_s: float, removes: bool, once: bool
) -> None:
    """Keep FOLDER filled with the station's programmes until SIGTERM.

    Files appear whole and verified; withdrawn and ended programmes are set aside; loa.m3u8 lists those to air now.
    """
    folder.mkdir(parents=True, exist_ok=True)
    url = url.rstrip("/")
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(f"another one fills {folder}") from None
        try:
            found = station_id or only_station(url, token)
        except (ApiError, OSError, ValueError) as error:
            raise click.ClickException(str(error)) from None
        filled = DropFolder(folder, url, token, found, form=form, removes=removes)
        if once:
            if not filled.step():
                raise click.ClickException("something is left to do")
            return
        stopping = threading.Event()
        for kind in (signal.SIGTERM, signal.SIGINT):
            signal.signal(kind, lambda *_: stopping.set())
        while not stopping.is_set():
            filled.step()
            stopping.wait(every_s)
