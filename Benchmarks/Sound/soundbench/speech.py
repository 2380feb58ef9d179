"""Wideband speech: the prompts of Debian's asterisk-core-sounds-*-g722, which are 16 kHz at 64 kbit/s.

The prompts of one voice are divided into two halves by turns: one to tune with, the other for the rows.
"""

import subprocess
from functools import lru_cache
from pathlib import Path

import numpy as np

from . import wav
from .folders import BUILD

RATE = 16000
SOUNDS = Path("/usr/share/asterisk/sounds")
# Sentences, not single words or digits: at least three seconds, at 8000 bytes a second.
LEAST_BYTES = 24000
VOICES = {
    "en": "en_US_f_Allison",
    "fr": "fr_CA_f_June",
    "it": "it_IT_m_Carlo",
    "ru": "ru_RU_f_IvrvoiceRU",
}


def prompts(voice, tuning):
    """The files of one voice that belong to the tuning half, or to the other."""
    folder = SOUNDS / VOICES[voice]
    files = sorted(f for f in folder.glob("*.g722") if f.stat().st_size >= LEAST_BYTES)
    if not files:
        raise FileNotFoundError(f"{folder}: no speech there; run Benchmarks/Sound/run.sh, which installs it")
    return files[0 if tuning else 1 :: 2]


@lru_cache(maxsize=256)
def prompt(path):
    """One prompt without the silence around it, shape (n,), 16 kHz, its speech at -20 dBFS."""
    decoded = BUILD / "speech" / path.parent.name / (path.stem + ".wav")
    if not decoded.exists():
        decoded.parent.mkdir(parents=True, exist_ok=True)
        part = decoded.with_suffix(f".{np.random.default_rng().integers(1 << 60)}")
        subprocess.run([BUILD / "g722", part, "0", path], check=True)
        part.rename(decoded)
    samples, _ = wav.read(decoded)
    samples = samples - np.mean(samples)
    level = power(samples, 320)
    loud = np.flatnonzero(level > np.max(level) * 1e-4)
    samples = samples[loud[0] * 320 : (loud[-1] + 1) * 320]
    return samples * (10 ** (-20 / 20) / active_level(samples))


def track(voice, seconds, seed, tuning, pauses=(0.1, 0.3)):
    """Sentence after sentence of one voice with pauses (s) between them, shape (16000 · seconds,)."""
    random = np.random.default_rng(seed)
    files = prompts(voice, tuning)
    pieces, length, wanted = [], 0, round(seconds * RATE)
    for index in random.permutation(len(files)):
        piece = np.concatenate([prompt(files[index]), np.zeros(round(random.uniform(*pauses) * RATE))])
        pieces.append(piece)
        length += len(piece)
        if length >= wanted:
            break
    return np.concatenate(pieces)[:wanted]


def power(samples, size):
    """The mean power of each block of `size` samples, shape (n // size,)."""
    blocks = samples[: len(samples) // size * size].reshape(-1, size)
    return np.mean(blocks**2, axis=1)


def active_level(samples):
    """The root mean square of what is speech: of the blocks of 20 ms within 25 dB of the loudest tenth."""
    level = power(samples, RATE // 50)
    loud = np.quantile(level, 0.9)
    return float(np.sqrt(np.mean(level[level > loud * 10**-2.5])))
