"""Channel of telephone calls, by SIP: a waiting alert is read out, and a key says that the person takes it on."""

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cms.notifications.channels import baresip
from cms.notifications.channels.baresip import Exchange
from cms.notifications.channels.port import ChannelMessage, NotPostedError
from cms.platform.clean_text import clean
from media.errors import MediaError
from media.ffmpeg.telephone import for_telephone
from media.ports import Voice

TAKES_ON: Final = "1"
SAID_MOST: Final = 200
SAID_TIMES: Final = 2
GAP_S: Final = 1.5
_DIALLED: Final = "+0123456789"
_WRONG_NUMBER: Final = re.compile(r"(404|410|484|604)\b")
_NOT_OUR_FAULT: Final = re.compile(r"(408|480|486|487|600|603)\b")
"""Nobody answers, engaged, declined: the person was called, and the next step calls again."""


@dataclass(frozen=True)
class Telephone:
    """Caller of telephones. ``answered`` is given the id of a message whose person pressed the key.

    A call that is made twice rings twice: exchanges know no identity of a message.
    """

    url: str
    voice: Voice
    answered: Callable[[str], object]
    is_repeatable: bool = False

    def send(self, message: ChannelMessage) -> None:
        """Call, say the title twice, and hear the key; nobody answering is no error. Raises NotPostedError."""
        exchange = Exchange.of(self.url)
        with tempfile.TemporaryDirectory(prefix="loa-call-") as name:
            folder = Path(name)
            try:
                self.voice.speak(_said(message), "vi", folder / "said.wav", until_s=30.0)
                for_telephone(folder / "said.wav", folder / "sound.wav", times=SAID_TIMES, gap_s=GAP_S)
            except MediaError as error:
                raise NotPostedError(error.code) from error
            number = "".join(each for each in message.to if each in _DIALLED)
            end = baresip.call(exchange, number, folder / "sound.wav", folder)
        if end.key == TAKES_ON:
            self.answered(message.id)
        if end.has_rung or _NOT_OUR_FAULT.match(end.reason):
            return
        reason = f"SIP {end.reason}" if end.reason else "EXCHANGE_SILENT"
        raise NotPostedError(reason, is_final=_WRONG_NUMBER.match(end.reason) is not None)


def _said(message: ChannelMessage) -> str:
    title = " ".join(clean(message.title).split())[:SAID_MOST].rstrip(".")
    return f"{title}. Bấm phím một để nhận duyệt."
