"""``loa bench speech``: intelligibility of the voice, by the word errors of an offline recogniser.

The recogniser is the PyPI package ``viet-asr``, a tool of this bench only: it is installed in a virtual environment of
its own, whose Python is an option. Absolute figures say little, as it was trained on people's voices; the ratio between
two settings of one run says which is understood better.
"""

from __future__ import annotations

import json
import re
import resource
import statistics
import subprocess
import tempfile
import unicodedata
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from bench.speed.rows import Row, print_rows
from broadcast.speech.normalization import VIETNAMESE, read
from cms.bootstrap import voices_of
from cms.platform.settings import Settings
from cms.speech.service.phonology import PHONOLOGY
from media.kokoro import voice as kokoro
from media.kokoro.voice import KokoroVoice, Patience
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
    """Measure the word error rate of the shipped voices against plain espeak-ng, over the same bulletins."""
    print_rows(measured(python, BULLETINS[:bulletins]), as_json=as_json)


def measured(python: str, bulletins: Sequence[str]) -> Iterator[Row]:
    """Measure the same words by each voice: Kokoro where it is installed, plain espeak-ng, as shipped, and as chosen.

    Kokoro comes first: its memory is the most of all child processes until the recogniser runs.
    """
    _refuse_without_recogniser(python)
    spoken, count = [read(text).spoken for text in bulletins], len(bulletins)
    by_kokoro = list(_by_kokoro(python, spoken))
    default = _error_rate(python, ESPEAK_DEFAULT, spoken, spoken)
    shipped = _error_rate(python, EspeakVoice(), spoken, spoken)
    unread = _error_rate(python, EspeakVoice(), bulletins, spoken)
    for voice, figures in by_kokoro:
        yield Row.against(f"speech_kokoro_{voice}_wer", count, figures.error_rate, "ratio", baseline=shipped)
        yield Row(f"speech_kokoro_{voice}_processor", count, round(figures.processor_share, 2), "s/s")
        yield Row(f"speech_kokoro_{voice}_memory", count, round(figures.memory_mb), "MB")
    chosen = voices_of(Settings())
    own = chosen.name(VIETNAMESE)
    if own != EspeakVoice().name(VIETNAMESE) and not own.startswith(kokoro.NAME):
        neural = _error_rate(python, chosen, spoken, spoken)
        yield Row.against("speech_chosen_wer", count, neural, "ratio", baseline=default)
    yield Row.against("speech_wer", count, shipped, "ratio", baseline=default)
    yield Row.against("speech_read_wer", count, shipped, "ratio", baseline=unread)


@dataclass(frozen=True, slots=True)
class _KokoroFigures:
    """``processor_share``: seconds of processor a second of sound, loading included."""

    error_rate: float
    processor_share: float
    memory_mb: float


def _by_kokoro(python: str, texts: Sequence[str]) -> Iterator[tuple[str, _KokoroFigures]]:
    made: list[tuple[str, Path, float, float]] = []
    with tempfile.TemporaryDirectory() as root:
        for name in kokoro.VOICES:
            # However busy the machine is: it is the voice that is measured.
            voice = KokoroVoice(PHONOLOGY, voice=name, patience=Patience(TIMEOUT_S, 0.0))
            if not voice.is_installed():
                continue
            folder = Path(root) / name
            folder.mkdir()
            before_s = _children_s()
            sounds = _said(voice, texts, folder)
            voice.close()
            share = (_children_s() - before_s) / sum(map(_length_s, sounds))
            made.append((name, folder, share, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024))
        for name, folder, share, memory_mb in made:
            yield name, _KokoroFigures(_errors_in(python, folder, texts), share, memory_mb)


def _error_rate(python: str, voice: Voice, texts: Sequence[str], wanted: Sequence[str]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        _said(voice, texts, Path(folder))
        return _errors_in(python, Path(folder), wanted)


def _said(voice: Voice, texts: Sequence[str], folder: Path) -> list[Path]:
    """Let the voice speak each text, as a file of its number."""
    paths = [folder / f"{number}.wav" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        voice.speak(text, VIETNAMESE, path)
    return paths


def _errors_in(python: str, folder: Path, wanted: Sequence[str]) -> float:
    heard = _heard(python, [_for_recogniser(folder / f"{number}.wav") for number in range(len(wanted))])
    return statistics.fmean(word_error_rate(want, got) for want, got in zip(wanted, heard, strict=True))


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _length_s(path: Path) -> float:
    with wave.open(str(path)) as file:
        return float(file.getnframes() / file.getframerate())


def _for_recogniser(path: Path) -> str:
    """Convert a sound for the recogniser: mono, 16 kHz, 16 bits."""
    into = path.with_suffix(".16k.wav")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-i", str(path), "-ar", "16000", "-ac", "1", "-c:a", "pcm_s16le", str(into)],  # noqa: S607
        check=True,
    )
    return str(into)


def _refuse_without_recogniser(python: str) -> None:
    looked = "import importlib.util, sys; sys.exit(importlib.util.find_spec('vietasr') is None)"
    try:
        subprocess.run([python, "-c", looked], check=True, timeout=TIMEOUT_S)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        raise click.ClickException(INSTALL) from error


def _heard(python: str, names: Sequence[str]) -> list[str]:
    done = subprocess.run(
        [python, "-c", _RECOGNISE],
        input=json.dumps(names),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise click.ClickException(done.stderr[-500:])
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
