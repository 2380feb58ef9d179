"""How good an output is: ERLE, PESQ and STOI."""

import warnings

import numpy as np
from pesq import PesqError, pesq
from pystoi import stoi
from scipy.signal import correlate, resample_poly

RATE = 16000
HOP = RATE // 100
# ERLE is taken over the last 50 ms: five periods.
WINDOW = 5
# Windows count in which echo is within this of its speech level (dB); in pauses there is nothing to cancel.
ACTIVE = 20.0
# More than this nobody hears, and digital silence would count without end.
MOST = 60.0


def lag(reference, output, most=RATE // 20):
    """By how many samples the output lags behind the reference, at most `most` either way."""
    size = min(len(reference), len(output))
    found = correlate(output[:size], reference[:size], method="fft")
    middle = size - 1
    return int(np.argmax(found[middle - most : middle + most + 1])) - most


def shifted(samples, by):
    """Samples that begin `by` samples later than they did, of the same length."""
    if by >= 0:
        return np.concatenate([samples[by:], np.zeros(by)])
    return np.concatenate([np.zeros(-by), samples[:by]])


def erle_curve(microphone, output, echo):
    """ERLE in dB of each period of 10 ms, over the last 50 ms of mic and output, and whether echo was there; shapes (n,)."""
    window = np.ones(WINDOW) / WINDOW

    def level(samples):
        return np.convolve(np.mean(samples[: len(samples) // HOP * HOP].reshape(-1, HOP) ** 2, axis=1), window)[: len(samples) // HOP]

    echo_level = level(echo)
    speech = np.quantile(echo_level[echo_level > np.max(echo_level) * 1e-4], 0.8)
    least = (2**-15) ** 2 / 12  # the noise of quantization
    erle = 10 * np.log10((level(microphone) + least) / (level(output) + least))
    return np.clip(erle, -20, MOST), echo_level > speech * 10 ** (-ACTIVE / 10)


def quality(reference, output, wideband, rate=RATE):
    """PESQ of output beside reference, both at `rate`: MOS-LQO of P.862.2, or of P.862.1 at 8 kHz."""
    if wideband:
        value = pesq(rate, reference, output, "wb", on_error=PesqError.RETURN_VALUES)
    else:
        narrow = (resample_poly(s, 8000, rate) for s in (reference, output))
        value = pesq(8000, *narrow, "nb", on_error=PesqError.RETURN_VALUES)
    # No utterance was found: nothing is left of the speech.
    return max(1.0, float(value))


def intelligibility(reference, output):
    """STOI, 0...1."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return float(stoi(reference, output, RATE))
