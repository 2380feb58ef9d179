"""Conversational quality from listening quality and delay, by the E-model: ITU-T G.107 (06/2015)."""

import numpy as np

RATINGS = np.linspace(0, 100, 10001)


def mos_of(rating):
    """MOS of a rating R: annex B. Below R = 6.5 the polynomial falls under 1, where MOS stays."""
    r = np.clip(rating, 0, 100)
    return np.maximum(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def rating_of(mos):
    """The rating whose MOS is given, by inverting `mos_of` where it rises."""
    rising = RATINGS >= 6.5
    return float(np.interp(mos, mos_of(RATINGS[rising]), RATINGS[rising]))


def delay_impairment(delay):
    """Idd of a delay from mouth to ear in ms, without any echo (7-27, sT = 1, mT = 100 ms)."""
    if delay <= 100:
        return 0.0
    x = np.log2(delay / 100)
    return float(25 * ((1 + x**6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2))


def mos_cq(mos_lq, delay):
    """MOS-CQ of a listening quality (MOS-LQO of PESQ) heard with a delay in ms: R(MOS-LQO) - Idd, as a MOS again."""
    return float(mos_of(rating_of(mos_lq) - delay_impairment(delay)))
