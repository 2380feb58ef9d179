"""Seventeen networks: when does each packet of 20 ms arrive, if it does?

Each model is given the times at which packets are sent, in s, and a random generator, and returns the times of arrival, nan for what is lost.
"""

from dataclasses import dataclass

import numpy as np

# What light and routers take anyway.
BASE = 0.05


@dataclass(frozen=True)
class Network:
    name: str
    delay: object  # (sent, random) -> s of delay for each packet, beyond BASE
    loss: object = None  # (count, random) -> which packets are lost
    reorders: bool = False  # a packet may overtake another
    skew: float = 0.0  # ppm: how much faster the sender's clock is
    silence: bool = True  # pauses are sent, too

    def arrivals(self, sent, random):
        delay = np.maximum(self.delay(sent, random), 0)
        arrival = sent + BASE + delay
        if not self.reorders:
            # A queue: who comes later leaves later, by the 0.1 ms that a packet takes.
            step = np.arange(len(sent)) * 1e-4
            arrival = np.maximum.accumulate(arrival - step) + step
        if self.loss:
            lost = self.loss(len(sent), random)
            lost[0] = False  # time begins with the first packet
            arrival[lost] = np.nan
        return arrival


def quiet(sent, random):
    return random.uniform(0, 0.002, len(sent))


def uniform(width):
    return lambda sent, random: random.uniform(0, width, len(sent))


def gaussian(deviation):
    return lambda sent, random: 2.5 * deviation + random.normal(0, deviation, len(sent))


def heavy(scale):
    """Delays of the Internet: gamma with a long tail."""
    return lambda sent, random: random.gamma(0.6, scale, len(sent))


def queues(every, height, seconds):
    """A queue fills at random times, and empties at the speed of the line."""

    def delay(sent, random):
        out = quiet(sent, random)
        at = random.exponential(every)
        while at < sent[-1]:
            top, length = height * random.uniform(0.5, 1.2), seconds * random.uniform(0.5, 1.5)
            phase = (sent - at) / length
            filling = np.clip(phase / 0.3, 0, 1) * np.clip((1 - phase) / 0.7, 0, 1)
            # While it is full, each packet waits for another number of others.
            out += top * filling * random.uniform(0.7, 1.0, len(sent))
            at += length + random.exponential(every)
        return out

    return delay


def stalls(every, low, high):
    """Nothing comes for a while, then all at once."""

    def delay(sent, random):
        out = random.exponential(0.003, len(sent))
        at = random.exponential(every)
        while at < sent[-1]:
            end = at + random.uniform(low, high)
            stalled = (sent >= at) & (sent < end)
            out[stalled] = np.maximum(out[stalled], end - sent[stalled])
            at = end + random.exponential(every)
        return out

    return delay


def wifi(sent, random):
    """Retries with doubled back-off, a beacon's rhythm, and a scan of other channels each few seconds."""
    retries = random.geometric(0.65, len(sent)) - 1
    out = 0.002 * (2.0 ** np.minimum(retries, 5) - 1) + random.exponential(0.002, len(sent))
    out += np.where((sent % 0.1024) < 0.02, random.uniform(0, 0.012, len(sent)), 0)
    return np.maximum(out, stalls(5.0, 0.05, 0.12)(sent, random))


def overtaken(sent, random):
    """Two ways of different length; one packet in twelve takes the longer."""
    longer = random.random(len(sent)) < 1 / 12
    return random.uniform(0, 0.012, len(sent)) + np.where(longer, random.uniform(0.025, 0.06, len(sent)), 0)


def creeping(sent, random):
    """The delay grows by 120 ms, and sinks again."""
    return 0.12 * np.interp(sent, [4, 14, 18, 26], [0, 1, 1, 0]) + random.exponential(0.004, len(sent))


def rerouted(sent, random):
    """Another way each few seconds, up to 150 ms longer."""
    times, ways = [0, 5, 11, 17, 23, 28], [0.02, 0.12, 0.0, 0.15, 0.03, 0.08]
    way = np.array(ways)[np.searchsorted(times, sent, side="right") - 1]
    return way + random.exponential(0.004, len(sent))


def independent(share):
    return lambda count, random: random.random(count) < share


def gilbert_elliott(begin, end, within):
    """A good state without loss and a bad one that loses the share `within`; `begin` and `end` are the odds of a change."""

    def loss(count, random):
        bad, out = False, np.zeros(count, bool)
        for k in range(count):
            bad = random.random() < (1 - end if bad else begin)
            out[k] = bad and random.random() < within
        return out

    return loss


NETWORKS = (
    Network("wire", quiet),
    Network("uniform", uniform(0.04)),
    Network("gaussian", gaussian(0.015), independent(0.01)),
    Network("wide", gaussian(0.035), independent(0.01)),
    Network("internet", heavy(0.04), independent(0.03)),
    Network("bursts", queues(3.0, 0.25, 1.5), independent(0.01)),
    Network("bloat", queues(6.0, 0.30, 4.0)),
    Network("spikes", stalls(2.0, 0.08, 0.25), independent(0.01)),
    Network("wifi", wifi, independent(0.02)),
    Network("reordering", overtaken, independent(0.02), reorders=True),
    Network("loss", uniform(0.02), independent(0.1)),
    Network("loss-bursts", uniform(0.02), gilbert_elliott(0.03, 0.33, 0.8)),
    Network("skew-fast", gaussian(0.01), skew=400),
    Network("skew-slow", gaussian(0.01), skew=-400),
    Network("dtx", gaussian(0.015), independent(0.02), silence=False),
    Network("creeping", creeping, independent(0.02)),
    Network("rerouted", rerouted, independent(0.02)),
)
