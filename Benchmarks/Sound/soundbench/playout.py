"""The play-out's half: traces, programs, scores, rows."""

from dataclasses import dataclass
from multiprocessing import Pool

import numpy as np
from scipy.signal import correlate, resample_poly

from . import capture, conversation, kept, networks, programs, scores, speech, wav
from .folders import BUILD
from .rows import Row

RATE = 8000
PERIOD = 160  # samples: 20 ms
LENGTH = 32.0  # s
VOICES = ("en", "it")
# PESQ is made for 8 to 20 s.
SEGMENT = 10.0
# How much later than the first packet's arrival speech may be heard.
LATEST = 1.2
# The share of packets that a fixed delay is in time for; the best of these is hindsight's.
SHARES = (0.3, 0.6, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1.0)
# Of packets, for the curves over loss.
LOSSES = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2)
# What traces and peers depend on.
SOURCES = ("capture", "conversation", "networks", "playout", "scores", "speech", "kept")
PEERS = ("capture.h", "jitter.c", "wav.h")


@dataclass(frozen=True)
class Trace:
    """A stream as sent and as it arrived."""

    speech: np.ndarray  # what was said from the first packet on, RATE
    packets: list
    said: np.ndarray  # s since the first sample of the first packet: where each packet that came begins
    first: float  # s from saying the first sample to the first arrival, with which outputs begin
    needed: np.ndarray  # s of delay after the first packet's arrival that each packet needs to be in time


def trace(network, voice, tuning, number=None):
    """The trace of a network with one voice, A-law. `number` is for a network that is not of the seventeen."""
    number = networks.NETWORKS.index(network) if number is None else number
    random = np.random.default_rng([211 if tuning else 9973, number, sorted(speech.VOICES).index(voice)])
    said = resample_poly(conversational(voice, random, tuning), 1, 2)
    said = said[: len(said) // PERIOD * PERIOD]
    coded = np.frombuffer(capture.a_law(said), np.uint8).reshape(-1, PERIOD)
    count = len(coded)
    # By the receiver's clock a fast sender's packets come sooner.
    sent = (np.arange(count) + 1) * PERIOD / RATE / (1 + network.skew * 1e-6)
    arrival = network.arrivals(sent, random)
    talking = np.ones(count, bool) if network.silence else active_periods(said)
    talking[0] = True
    start_sequence, start_timestamp = random.integers(1 << 16), random.integers(1 << 32)
    packets, sequence = [], int(start_sequence)
    for k in np.flatnonzero(talking):
        if not np.isnan(arrival[k]):
            spurt = k == 0 or not talking[k - 1]
            packets.append(capture.Packet(float(arrival[k]), sequence, int(start_timestamp) + int(k) * PERIOD, coded[k].tobytes(), spurt))
        sequence += 1
    came = talking & ~np.isnan(arrival)
    begins = np.arange(count) * PERIOD / RATE
    # What arrives first need not be what was sent first.
    first = np.nanargmin(np.where(came, arrival, np.nan))
    needed = (arrival - arrival[first]) - (begins - begins[first])
    return Trace(said, packets, begins[came], float(arrival[first]), needed[came])


def conversational(voice, random, tuning):
    """Speech with pauses of 0.4 to 1 s between sentences, 16 kHz, beginning with 0.2 s of silence."""
    track = speech.track(voice, LENGTH, random.integers(1 << 31), tuning, pauses=(0.4, 1.0))
    return np.concatenate([np.zeros(speech.RATE // 5), track])


def active_periods(samples):
    """Which periods of 20 ms a sender with silence suppression sends: 35 dB below the loudest, and 100 ms before and after."""
    level = speech.power(samples, PERIOD)
    loud = level > np.max(level) * 10**-3.5
    return np.convolve(loud, np.ones(11), mode="same") > 0.5


def measure(jobs, tuning, quick, names, systems):
    """Scores by system and (network, voice). Quick is with one voice for each network."""
    work = [
        (network.name, voice, tuning, systems)
        for n, network in enumerate(networks.NETWORKS)
        for v, voice in enumerate(VOICES)
        if (not names or network.name in names) and not (quick and v != n % 2)
    ]
    return kept.gathered(jobs, on_one_network, work, systems)


def on_one_network(work):
    """All scores of one trace."""
    name, voice, tuning, systems = work
    network = next(n for n in networks.NETWORKS if n.name == name)
    folder = BUILD / "traces" / ("tune" if tuning else "held-out") / f"{name}-{voice}"
    made = trace(network, voice, tuning)

    def make(folder):
        capture.write(folder / "trace.pcap", made.packets, capture.PCMA)
        wav.write(folder / "speech.wav", made.speech, RATE)

    def score(system):
        return hindsight(made, folder) if system == "hindsight" else played(made, folder, system, folder / f"{system}.wav")

    kept.prepared(folder, kept.fingerprint(SOURCES, PEERS), tuning, make)
    return (name, voice), kept.scored(folder, systems, score)


def played(made, folder, how, out):
    """The scores of one program with one trace."""
    programs.PLAYERS.get(how, programs.fixed(how))(folder / "trace.pcap", out)
    output, rate = wav.read(out)
    if rate != RATE:
        raise ValueError(f"{out}: {rate} Hz instead of {RATE}")
    return judged(made, output)


def hindsight(made, folder):
    """The best of all fixed delays, known to be the best only afterwards, by the same score."""
    delays = sorted({max(0, int(np.ceil(1000 * np.quantile(made.needed, share)))) for share in SHARES})
    out = folder / "hindsight.wav"
    return max((played(made, folder, str(delay), out) for delay in delays), key=lambda result: result["mos-cq"])


def judged(made, output):
    """PESQ-NB by segments, the mean delay from mouth to ear (ms) and what both make of a conversation."""
    times, lags = lag_track(made.speech, output)
    qualities = []
    size = round(SEGMENT * RATE)
    for start in range(0, len(made.speech) - size + 1, size):
        here = (times >= start) & (times < start + size)
        shift = int(np.median(lags[here])) if np.any(here) else 0
        part = scores.shifted(output, start + shift)[:size]
        qualities.append(scores.quality(made.speech[start : start + size], part, wideband=False, rate=RATE))
    listening = float(np.mean(qualities))
    delay = 1000 * (made.first + float(np.mean(lags)) / RATE) if len(lags) else 1000 * LATEST
    return {
        "mos-lq": listening,
        "delay": delay,
        "mos-cq": conversation.mos_cq(listening, delay),
        "times": (times / RATE).round(2).tolist(),
        "lags": (1000 * (made.first + lags / RATE)).round(1).tolist(),
    }


def lag_track(said, heard):
    """Where in `said` (samples) was it heard how much later (samples)? By blocks of half a second of speech that are found again."""
    size, step = RATE // 2, RATE // 4
    reach = round(LATEST * RATE)
    loud = np.mean(said**2) * 0.1
    times, lags = [], []
    for start in range(0, len(said) - size, step):
        block = said[start : start + size]
        if np.mean(block**2) < loud:
            continue
        around = heard[start : start + size + reach]
        if len(around) <= size:
            break
        energy = np.cumsum(np.concatenate([[0], around**2]))
        energy = energy[size:] - energy[:-size]
        match = correlate(around, block, mode="valid", method="fft") / np.sqrt(energy * np.sum(block**2) + 1e-9)
        best = int(np.argmax(match))
        # What was mended too much is not found for sure.
        if match[best] > 0.6:
            times.append(start)
            lags.append(best)
    return np.array(times, float), np.array(lags, float)


def sweep(jobs, tuning):
    """What loss does: mean PESQ at each of LOSSES, by codec and program; nan where ours failed, and why is in `ours.log` beside the trace."""
    with Pool(jobs) as pool:
        narrow = pool.map(g711_at_loss, [(voice, loss, tuning) for loss in LOSSES for voice in speech.VOICES])
        wide = pool.map(opus_at_loss, [(voice, loss, tuning) for loss in LOSSES for voice in speech.VOICES])
    return {"g711": means(narrow), "opus": means(wide)}


def means(found):
    """Lists by program, one value for each of LOSSES, of as many scores by program for each loss."""
    found = np.array([list(one.values()) for one in found]), list(found[0])
    return dict(zip(found[1], found[0].reshape(len(LOSSES), -1, len(found[1])).mean(axis=1).T.tolist()))


def g711_at_loss(work):
    """MOS-LQ by program of one voice in A-law, the share `loss` of its packets lost at random."""
    voice, loss, tuning = work
    network = networks.Network(f"at-{loss}", networks.uniform(0.01), networks.independent(loss))
    # One number for all: what is lost at 5 % is lost at 10 %, too.
    made = trace(network, voice, tuning, number=len(networks.NETWORKS))
    folder = BUILD / "traces" / "sweep" / f"g711-{voice}-{loss}"
    folder.mkdir(parents=True, exist_ok=True)
    capture.write(folder / "trace.pcap", made.packets, capture.PCMA)
    return {how: played(made, folder, how, folder / f"{how}.wav")["mos-lq"] for how in ("ours", "speex+spandsp", "speex+zero")}


def opus_at_loss(work):
    """PESQ-WB of one voice in Opus, ours and what libopus makes of it with all packets in time."""
    voice, loss, tuning = work
    random = np.random.default_rng([307 if tuning else 8087, sorted(speech.VOICES).index(voice)])
    folder = BUILD / "traces" / "sweep" / f"opus-{voice}-{loss}"
    folder.mkdir(parents=True, exist_ok=True)
    said = conversational(voice, random, tuning)
    wav.write(folder / "speech.wav", said, speech.RATE)
    programs.run(BUILD / "opus", "encode", folder / "speech.wav", folder / "frames")
    frames = list(split((folder / "frames").read_bytes()))
    network = networks.Network("opus", networks.gaussian(0.01), networks.independent(loss))
    arrival = network.arrivals((np.arange(len(frames)) + 1) * 0.02, random)
    lost = np.isnan(arrival)
    came = [capture.Packet(float(arrival[k]), k, k * 960, f, k == 0) for k, f in enumerate(frames) if not lost[k]]
    capture.write(folder / "trace.pcap", came, capture.OPUS)
    (folder / "lost").write_text("".join("1" if l else "0" for l in lost))
    programs.run(BUILD / "opus", "decode", folder / "frames", folder / "lost", folder / "libopus.wav")
    try:
        programs.portier_playout(folder / "trace.pcap", folder / "ours.wav", "--rate", speech.RATE, "--codec", f"{capture.OPUS}=opus")
        ours = wideband(said, folder / "ours.wav")
    except RuntimeError as failure:
        (folder / "ours.log").write_text(f"{failure}\n")
        ours = np.nan
    return {"ours": ours, "libopus": wideband(said, folder / "libopus.wav")}


def split(data):
    """The frames of a file that `opus encode` wrote."""
    at = 0
    while at < len(data):
        size = data[at] | data[at + 1] << 8
        yield data[at + 2 : at + 2 + size]
        at += 2 + size


def wideband(said, path):
    """PESQ-WB by segments."""
    heard, rate = wav.read(path)
    if rate != speech.RATE:
        raise ValueError(f"{path}: {rate} Hz instead of {speech.RATE}")
    size = round(SEGMENT * rate)
    reach = round(LATEST * rate)
    qualities = []
    for start in range(0, len(said) - size + 1, size):
        found = correlate(heard[start : start + size + reach], said[start : start + size], mode="valid", method="fft")
        part = scores.shifted(heard, start + int(np.argmax(found)))[:size]
        qualities.append(scores.quality(said[start : start + size], part, wideband=True))
    return float(np.mean(qualities))


def mean(results, key="mos-cq"):
    return float(np.mean([r[key] for r in results.values()]))


def rows(found, loss):
    """What must be reached; `loss` is of `sweep`."""
    ours = mean(found["ours"])
    tenth = [loss["opus"][program][LOSSES.index(0.1)] for program in ("ours", "libopus")]
    return [
        Row("play-out: mean MOS-CQ, speex_jitter + spandsp", ours, mean(found["speex+spandsp"]), least=1.04),
        Row("play-out: mean MOS-CQ, speex_jitter + zeros", ours, mean(found["speex+zero"])),
        Row("play-out: mean MOS-CQ, best fixed delay in hindsight", ours, mean(found["hindsight"]), least=0.97),
        Row("play-out: Opus at 10 % loss PESQ-WB, libopus", *tenth, least=2.5, of="ours"),
    ]


def details(found):
    """A table of all traces, for who tunes: listening quality, delay in ms and conversational quality."""
    systems = list(found)
    lines = [f"{'trace':<16}" + "".join(f"{s + '  LQ delay   CQ':>30}" for s in systems)]
    for key in sorted(next(iter(found.values()))):
        parts = (found[system][key] for system in systems)
        lines.append(f"{key[0] + '-' + key[1]:<16}" + "".join(f"{r['mos-lq']:>17.2f}{r['delay']:>7.0f}{r['mos-cq']:>6.2f}" for r in parts))
    parts = (found[system] for system in systems)
    lines.append(f"{'mean':<16}" + "".join(f"{mean(r, 'mos-lq'):>17.2f}{mean(r, 'delay'):>7.0f}{mean(r):>6.2f}" for r in parts))
    return "\n".join(lines)
