"""``loa bench speech``: intelligibility of the voice, by the word errors of an offline recogniser.

The recogniser is the PyPI package ``viet-asr``, a tool of this bench only: it is installed in a virtual environment of
its own, whose Python is an option. Absolute figures say little, as it was trained on people's voices; the ratio between
two settings of one run says which is understood better.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from bench.speed.rows import Row, print_rows
from broadcast.speech.normalization import VIETNAMESE, read
from cms.bootstrap import voices_of
from cms.platform.settings import Settings
from media.ports import Voice
from media.speech import EspeakVoice

BULLETINS: Final = (
    "Ủy ban nhân dân phường thông báo lịch tiêm chủng mở rộng cho trẻ dưới 5 tuổi vào sáng thứ 7, ngày 12/12/2026.",
    "Công ty Điện lực thông báo ngừng cung cấp điện từ 7h30 đến 11h30 ngày 14/12 tại khu phố 3 và khu phố 4.",
    "Bão số 9 mạnh cấp 12, giật cấp 14, đang di chuyển theo hướng tây với tốc độ 15-20 km/h.",
    "Từ đêm 19/11 đến ngày 21/11, khu vực có mưa to đến rất to, lượng mưa từ 100-200mm.",
    "Đề nghị bà con chằng chống nhà cửa, đưa tàu thuyền vào nơi tránh trú trước 17h hôm nay.",
    "Người dân tham gia bảo hiểm y tế hộ gia đình được giảm mức đóng từ người thứ 2 trở đi.",
    "Hội đồng nghĩa vụ quân sự xã gọi công dân đủ 18 tuổi đến khám sức khỏe lúc 8g ngày 5/3.",
    "Hạn nộp thuế sử dụng đất phi nông nghiệp năm nay là ngày 31/10, bà con vui lòng nộp đúng hạn.",
    "Cử tri đi bỏ phiếu bầu cử đại biểu Quốc hội từ 7 giờ sáng đến 7 giờ tối ngày Chủ nhật.",
    "Trạm y tế phun hóa chất diệt muỗi phòng chống sốt xuất huyết, đề nghị các hộ gia đình đậy kín thức ăn.",
    "Hồ Sông Quao xả lũ với lưu lượng 150 m3/s, bà con vùng hạ du không vớt củi, không qua ngầm tràn.",
    "Công an xã đề nghị người dân nâng cao cảnh giác với các cuộc gọi lừa đảo qua điện thoại.",
    "Nhân dịp Tết Nguyên đán, nghiêm cấm sản xuất, mua bán và đốt pháo nổ dưới mọi hình thức.",
    "Quốc lộ 1A đoạn qua xã bị ngập sâu 0,5 m, các phương tiện đi theo hướng dẫn của cảnh sát giao thông.",
    "Hội Nông dân mở lớp hướng dẫn trồng thanh long theo tiêu chuẩn an toàn tại nhà văn hóa thôn 2.",
    "Nguy cơ cháy rừng đang ở cấp 5, nghiêm cấm đốt nương rẫy, khi phát hiện cháy gọi ngay số 114.",
    "Trường trung học cơ sở thông báo học sinh nghỉ học ngày mai để phòng tránh mưa bão.",
    "Đoàn Thanh niên tổ chức hiến máu tình nguyện lúc 7h30 ngày 20/11 tại hội trường ủy ban.",
    "Nước sạch sẽ tạm ngừng từ 22h đêm nay đến 5h sáng mai để sửa chữa đường ống.",
    "Ngày hội đại đoàn kết toàn dân tộc được tổ chức vào sáng Chủ nhật tuần này, kính mời bà con tham dự.",
)
INSTALL: Final = (
    "the recogniser is not there: python3 -m venv DIR && DIR/bin/pip install viet-asr, then --python DIR/bin/python"
)
TIMEOUT_S: Final = 900
_RECOGNISE: Final = """
import json, sys
import vietasr
pipe = vietasr.Pipeline.new().add("vietasr").build()
print(json.dumps([pipe.transcribe(name).text for name in json.load(sys.stdin)]))
"""
ESPEAK_DEFAULT: Final = EspeakVoice(words_per_minute=175, pitch=50, word_gap_10ms=0, shift=1)


@click.command()
@click.option("--python", default="python3", show_default=True, help="The Python that has the recogniser.")
@click.option("--bulletins", default=len(BULLETINS), show_default=True, type=click.IntRange(1, len(BULLETINS)))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a row.")
def speech(*, python: str, bulletins: int, as_json: bool) -> None:
    """Measure the word error rate of the shipped voice against plain espeak-ng, over the same bulletins."""
    print_rows(measured(python, BULLETINS[:bulletins]), as_json=as_json)


def measured(python: str, bulletins: Sequence[str]) -> Iterator[Row]:
    """Measure the same words by plain espeak-ng, as shipped, without text reading, and by another chosen voice."""
    spoken = [read(text).spoken for text in bulletins]
    default = _error_rate(python, ESPEAK_DEFAULT, spoken, spoken)
    shipped = _error_rate(python, EspeakVoice(), spoken, spoken)
    unread = _error_rate(python, EspeakVoice(), bulletins, spoken)
    chosen = voices_of(Settings())
    if chosen.name(VIETNAMESE) != EspeakVoice().name(VIETNAMESE):
        neural = _error_rate(python, chosen, spoken, spoken)
        yield Row.against("speech_chosen_wer", len(bulletins), neural, "ratio", baseline=default)
    yield Row.against("speech_wer", len(bulletins), shipped, "ratio", baseline=default)
    yield Row.against("speech_read_wer", len(bulletins), shipped, "ratio", baseline=unread)


def _error_rate(python: str, voice: Voice, texts: Sequence[str], wanted: Sequence[str]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number, text in enumerate(texts):
            path = Path(folder) / f"{number}.wav"
            voice.speak(text, VIETNAMESE, path)
            names.append(_for_recogniser(path))
        heard = _heard(python, names)
    return statistics.fmean(word_error_rate(want, got) for want, got in zip(wanted, heard, strict=True))


def _for_recogniser(path: Path) -> str:
    """Convert a sound for the recogniser: mono, 16 kHz, 16 bits."""
    into = path.with_suffix(".16k.wav")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-i", str(path), "-ar", "16000", "-ac", "1", "-c:a", "pcm_s16le", str(into)],  # noqa: S607
        check=True,
    )
    return str(into)


def _heard(python: str, names: Sequence[str]) -> list[str]:
    try:
        done = subprocess.run(
            [python, "-c", _RECOGNISE],
            input=json.dumps(names),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except FileNotFoundError as error:
        raise click.ClickException(INSTALL) from error
    if done.returncode != 0:
        is_missing = "vietasr" in done.stderr and "ModuleNotFoundError" in done.stderr
        raise click.ClickException(INSTALL if is_missing else done.stderr[-500:])
    return list(json.loads(done.stdout.splitlines()[-1]))


def word_error_rate(wanted: str, heard: str) -> float:
    """Return the words to insert, delete or change, per reference word."""
    want, got = _words(wanted), _words(heard)
    row = list(range(len(got) + 1))
    for place, word in enumerate(want, start=1):
        above, row = row, [place]
        for at, other in enumerate(got, start=1):
            row.append(min(above[at] + 1, row[at - 1] + 1, above[at - 1] + (word != other)))
    return row[-1] / max(1, len(want))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold())
