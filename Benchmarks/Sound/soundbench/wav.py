"""Mono WAV files of 16 bits, as arrays of floats in -1...1."""

import wave

import numpy as np


def read(path):
    """The samples of a mono file, shape (n,), and its rate in Hz."""
    with wave.open(str(path), "rb") as file:
        if file.getnchannels() != 1 or file.getsampwidth() != 2:
            raise ValueError(f"{path}: not mono PCM of 16 bits")
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return samples / 32768, file.getframerate()


def write(path, samples, rate):
    """Writes samples, shape (n,), clipping them as a converter would."""
    integers = np.clip(np.round(samples * 32768), -32768, 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(integers.tobytes())
