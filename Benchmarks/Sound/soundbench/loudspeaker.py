"""A small loudspeaker in a box: no bass, a soft limit, and a cone that remembers where it was."""

import numpy as np
from scipy.signal import butter, lfilter, sosfilt


def played(samples, rate, drive):
    """What the loudspeaker makes of samples, shape (n,) in and out.

    `drive` is how hard it is driven: 0 is linear; 0.3 gives some 1 % of distortion at speech level; 1 gives some 10 %.
    """
    high_passed = sosfilt(butter(2, 200, "highpass", fs=rate, output="sos"), samples)
    if drive == 0:
        return high_passed
    # The excursion follows the signal below some 600 Hz; the force factor sinks with it.
    smoothing = 1 - np.exp(-2 * np.pi * 600 / rate)
    excursion = lfilter([smoothing], [1, smoothing - 1], high_passed)
    bent = high_passed * (1 - drive * (0.3 * excursion + 0.8 * excursion**2))
    limit = 0.9 - 0.55 * drive
    return bent / (1 + np.abs(bent / limit) ** 3) ** (1 / 3)
