"""Rooms by the image-source method."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import firwin, lfilter

RATE = 16000
SOUND = 343.0  # m/s
# Images are put down on a finer grid, so that their delays need no interpolation of their own.
FINER = 8


@dataclass(frozen=True)
class Room:
    """A box with walls that reflect alike."""

    size: tuple  # m: length, width, height
    reverberation: float  # s: RT60

    def reflection(self):
        """The walls' reflection coefficient by Eyring's formula."""
        length, width, height = self.size
        volume = length * width * height
        surface = 2 * (length * width + length * height + width * height)
        absorption = 1 - np.exp(-0.161 * volume / (surface * self.reverberation))
        return float(np.sqrt(1 - absorption))

    def response(self, source, microphone, random):
        """The impulse response from source to microphone (each x, y, z in m), shape (RATE · RT60,), direct path included.

        Images are moved by some centimetres at random, as furniture would, so that a box's regular patterns do not ring.
        """
        length = round(RATE * self.reverberation)
        reach = SOUND * self.reverberation
        axes = []
        for axis in range(3):
            count = int(np.ceil(reach / (2 * self.size[axis])))
            order = np.arange(-count, count + 1)
            mirrored = np.array([0, 1])
            position = 2 * order[:, None] * self.size[axis] + np.where(mirrored, -1, 1) * source[axis] - microphone[axis]
            bounces = np.abs(order[:, None] - mirrored) + np.abs(order[:, None])
            axes.append((position.ravel(), bounces.ravel()))
        (x, bx), (y, by), (z, bz) = axes
        across = np.add.outer(x**2, y**2)
        response = np.zeros(length * FINER)
        for height, bounces in zip(z, bz):
            square = across + height**2
            near = square < reach**2
            count = (np.add.outer(bx, by) + bounces)[near]
            distance = np.sqrt(square[near])
            distance = np.where(count > 0, np.abs(distance + random.uniform(-0.04, 0.04, len(distance))) + 0.01, distance)
            at = np.round(distance / SOUND * RATE * FINER).astype(int)
            # The sign of a diffuse reflection is as good as random; the direct sound's is not.
            sign = np.where(count > 2, random.choice([-1.0, 1.0], len(count)), 1.0)
            gain = sign * self.reflection() ** count / (4 * np.pi * distance)
            inside = at < len(response)
            response += np.bincount(at[inside], gain[inside], len(response))
        taps = firwin(FINER * 32 + 1, 0.95 / FINER)
        smooth = np.convolve(response, taps)[len(taps) // 2 :][: len(response)]
        # Air and microphones pass no direct current, and images of one sign would pile up there.
        return lfilter([1, -1], [1, -0.97], smooth[::FINER] * FINER)
