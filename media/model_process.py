"""Process that keeps a model for ``media.model_voice``.

It says ``ready``, then answers each line, the path of a request (JSON, with ``into``), with a line of JSON:
``rate_hz``, ``seconds`` of sound and ``took_s`` to make it, or ``error``. An empty line says that it will be used: the
answer is ``ready``. It ends with its input, or when not used.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.wave_file import write_wave

IDLE_S = 300
"""Unused for so long it gives its memory back; loading takes a second or two."""
_READY = "ready"
Say = Callable[[Mapping[str, Any]], tuple[NDArray[Any], int]]
"""Called with a request; returns samples within ±1 and their rate in Hz."""


def onnx_session(model: Path, *, is_optimised: bool = False) -> Any:
    """Load a graph into onnxruntime, for one text at a time on a busy machine; optimised before, it takes no time."""
    import onnxruntime  # noqa: PLC0415 - sherpa-onnx brings its own

    options = onnxruntime.SessionOptions()
    # On busy cores a second thread makes it slower: each step of the graph waits until both have had their turn.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Signed products saturate on processors without VNNI: there they are made of unsigned ones.
    options.add_session_config_entry("session.x64quantprecision", "1")
    options.enable_cpu_mem_arena = False
    if is_optimised:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def serve(say: Say, **facts: object) -> None:
    """Answer requests until the input ends; each answer has these facts of the model besides."""
    # Libraries print on the standard output, too.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    print(_READY, file=answers, flush=True)
    signal.alarm(IDLE_S)
    for line in sys.stdin:
        signal.alarm(0)
        request = line.strip()
        answer = json.dumps({**facts, **_answer(say, Path(request))}) if request else _READY
        print(answer, file=answers, flush=True)
        signal.alarm(IDLE_S)


def _answer(say: Say, request: Path) -> dict[str, float | str]:
    began_s = time.monotonic()
    try:
        asked = json.loads(request.read_text(encoding="utf-8"))
        samples, rate_hz = say(asked)
        _refuse_silence(samples)
        write_wave(Path(asked["into"]), samples, rate_hz)
    except Exception as error:  # noqa: BLE001 - the process outlives any request; the parent logs it
        return {"error": f"{error}" if type(error) is ValueError else f"{type(error).__name__}: {error}"}
    return {"rate_hz": rate_hz, "seconds": samples.size / rate_hz, "took_s": time.monotonic() - began_s}


def _refuse_silence(samples: NDArray[Any]) -> None:
    if not samples.size or not np.isfinite(samples).all():
        raise ValueError("the model gave no sound")
