"""Scenes for the canceller: a loudspeaker and a microphone in a room, someone far away and someone near.

Each scene is 32 s at 16 kHz: half a second of silence; the far side alone until 12 s; both until 20 s; the near side
alone until 26 s; the far side alone until the end.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt

from . import speech, wav
from .clock import read_at
from .loudspeaker import played
from .rooms import Room

RATE = 16000
LENGTH = 32.0
FAR_ONLY = ((0.5, 12.0), (26.0, 32.0))
DOUBLE_TALK = (12.0, 20.0)
NEAR_ONLY = (20.0, 26.0)
JUMPS = (4.0, 6.7, 9.4)
MOVED = 6.0
PAIRS = (("en", "it"), ("it", "fr"))  # far, near


@dataclass(frozen=True)
class Condition:
    """One of the fourteen conditions of rooms and clocks."""

    name: str
    size: tuple = (4.0, 3.0, 2.5)  # m
    reverberation: float = 0.3  # s: RT60
    distance: float = 0.2  # m: loudspeaker to microphone
    near: float = 0.6  # m: talker to microphone
    echo_to_noise: float = 40.0  # dB, of the echo's speech level at the microphone
    delay: float = 40.0  # ms of the card's buffers
    drift: float = 0.0  # ppm: how much faster the capture clock is
    drive: float = 0.45  # of the loudspeaker
    event: str = ""  # "jump": by 30 ms, back, and again; "moved": another path from 6 s on


CONDITIONS = (
    Condition("porch", (2.5, 2.0, 2.4), 0.10, 0.15, 0.5, 35, 20),
    Condition("corridor", (4.0, 1.6, 2.5), 0.25, 0.20, 0.6, 40, 40),
    Condition("study", (4.0, 3.0, 2.5), 0.35, 0.20, 0.6, 45, 60),
    Condition("kitchen", (5.0, 4.0, 2.6), 0.45, 0.25, 0.7, 40, 80),
    Condition("stairs", (3.0, 3.0, 6.0), 0.60, 0.20, 0.5, 40, 50),
    Condition("lobby", (10.0, 8.0, 4.0), 0.60, 0.30, 0.8, 40, 150),
    Condition("apart", (5.0, 4.0, 2.6), 0.35, 1.50, 0.6, 35, 40),
    Condition("street", (3.0, 2.5, 2.5), 0.15, 0.20, 0.5, 25, 60),
    Condition("overdriven", (3.0, 3.0, 2.5), 0.20, 0.20, 0.5, 40, 30, 0, 1.0),
    Condition("loud", (4.0, 3.0, 2.5), 0.30, 0.12, 0.6, 45, 40),
    Condition("fast", (4.0, 3.0, 2.5), 0.30, 0.20, 0.6, 40, 50, 50),
    Condition("slow", (4.0, 3.0, 2.5), 0.30, 0.20, 0.6, 40, 90, -50),
    Condition("jump", (4.0, 3.0, 2.5), 0.30, 0.20, 0.6, 40, 70, event="jump"),
    Condition("moved", (4.0, 3.0, 2.5), 0.30, 0.25, 0.6, 40, 40, event="moved"),
)
# The same but for the drift, to be compared with.
TWINS = tuple(replace(c, name=c.name + "-locked", drift=0.0) for c in CONDITIONS if c.drift)


@dataclass(frozen=True)
class Scene:
    """What was played and captured, and what it was made of; arrays of shape (32 · 16000,)."""

    condition: Condition
    pair: int
    far: np.ndarray  # as given to the loudspeaker
    microphone: np.ndarray  # echo + near + noise, clipped at full scale
    echo: np.ndarray
    near: np.ndarray
    delay: float  # ms of the card's buffers at the start

    def store(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("far", "microphone", "echo", "near"):
            wav.write(folder / f"{name}.wav", getattr(self, name), RATE)


def scene(condition, pair, tuning):
    """The scene of a condition with one pair of voices. Tuning and judging differ in all that chance decides."""
    twin = condition.name.removesuffix("-locked")
    place = [c.name for c in CONDITIONS].index(twin)
    random = np.random.default_rng([101 if tuning else 104729, place, pair])
    far_voice, near_voice = PAIRS[pair]
    far = during(speech.track(far_voice, LENGTH, random.integers(1 << 31), tuning), FAR_ONLY + (DOUBLE_TALK,))
    near = during(speech.track(near_voice, LENGTH, random.integers(1 << 31), tuning), (DOUBLE_TALK, NEAR_ONLY))

    size = tuple(side * random.uniform(0.85, 1.15) for side in condition.size)
    room = Room(size, condition.reverberation * random.uniform(0.9, 1.1))
    microphone = inside(size, random)
    loudspeaker = beside(microphone, condition.distance, size, random)
    path = room.response(loudspeaker, microphone, random)
    talker = beside(microphone, condition.near, size, random)
    near_path = room.response(talker, microphone, random)

    delay = condition.delay * random.uniform(0.85, 1.15)
    sent = played(far, RATE, condition.drive)
    time = np.arange(len(far))
    lag = np.full(len(far), delay * RATE / 1000)
    if condition.event == "jump":
        # Later, back and later again; or earlier, for the other pair.
        step = 30 * RATE / 1000 * (1 if pair == 0 else -1)
        lag += step * (np.searchsorted(np.array(JUMPS) * RATE, time, side="right") % 2)
    # The card plays by its own clock: a faster capture clock sees it slower.
    heard = read_at(sent, time * (1 - condition.drift * 1e-6) - lag)
    echo = fftconvolve(heard, path)[: len(far)]
    if condition.event == "moved":
        other = room.response(beside(microphone, condition.distance * 1.5, size, random), microphone, random)
        moved = fftconvolve(heard, other)[: len(far)] * np.linalg.norm(path) / np.linalg.norm(other)
        echo = np.where(time < MOVED * RATE, echo, moved)

    echo *= 10 ** (-26 / 20) / speech.active_level(echo[round(FAR_ONLY[0][0] * RATE) : round(FAR_ONLY[0][1] * RATE)])
    near = fftconvolve(near, near_path)[: len(far)]
    talk = near[round(DOUBLE_TALK[0] * RATE) : round(NEAR_ONLY[1] * RATE)]
    # The talker is as loud as the loudspeaker, at his own distance.
    near *= 10 ** (-26 / 20) * condition.distance / condition.near / speech.active_level(talk)
    noise = background(len(far), random) * 10 ** ((-26 - condition.echo_to_noise) / 20)
    return Scene(condition, pair, far, np.clip(echo + near + noise, -1, 1 - 2**-15), echo, near, delay)


def during(samples, spans):
    """Silence but for the spans (in s), with soft edges of 10 ms."""
    gate = np.zeros(len(samples))
    for start, end in spans:
        gate[round(start * RATE) : round(end * RATE)] = 1
    edge = np.hanning(RATE // 100)
    return samples * fftconvolve(gate, edge / np.sum(edge), mode="same").clip(0, 1)


def inside(size, random):
    """A place at least half a metre from all walls."""
    return np.array([random.uniform(0.5, side - 0.5) for side in size])


def beside(place, distance, size, random):
    """A place at a distance from another, in the room."""
    while True:
        direction = random.normal(size=3)
        there = place + distance * direction / np.linalg.norm(direction)
        if np.all(there > 0.1) and np.all(there < np.array(size) - 0.1):
            return there


def background(length, random):
    """Noise as of traffic and mains, sinking by 3 dB an octave above 100 Hz, of effective value 1, its level swaying by 2 dB."""
    spectrum = np.fft.rfft(random.normal(size=length))
    frequency = np.fft.rfftfreq(length, 1 / RATE)
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(frequency, 100)), length)
    noise = sosfilt(butter(2, 50, "highpass", fs=RATE, output="sos"), noise)
    sway = np.interp(np.arange(length) / RATE, np.arange(0, LENGTH + 3, 3), random.normal(scale=2, size=12))
    return noise / np.std(noise) * 10 ** (sway / 20)
