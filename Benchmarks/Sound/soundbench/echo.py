"""The canceller's half: scenes, programs, scores, rows."""

import numpy as np

from . import kept, programs, scenes, scores, wav
from .folders import BUILD
from .rows import Row

# What the canceller must reach from cold; to be there again is to have regained it, even if it was better before.
CONVERGED = 20.0
# How much of the curves after the start and after a jump is kept: 4 s of echo.
KEPT = 400
# What scenes and peers depend on.
SOURCES = ("clock", "loudspeaker", "rooms", "scenes", "scores", "speech", "echo", "kept")
PEERS = ("aec3.cpp", "mdf.c", "wav.h")


def measure(jobs, tuning, quick, names, systems):
    """Scores by system and (condition, pair), of the conditions with these names or of all.

    Quick is with one pair of voices for each condition. Tuning keeps the scenes and the peers' scores of the last run with the
    same sources.
    """

    def pairs(number):
        return [number % 2] if quick else range(len(scenes.PAIRS))

    numbered = [(n, c) for n, c in enumerate(scenes.CONDITIONS) if not names or c.name in names]
    work = [(c, pair, tuning, systems) for n, c in numbered for pair in pairs(n)]
    if "ours" in systems:
        locked = {c.name.removesuffix("-locked"): c for c in scenes.TWINS}
        work += [(locked[c.name], pair, tuning, ("ours",)) for n, c in numbered if c.name in locked for pair in pairs(n)]
    return kept.gathered(jobs, in_one_scene, work, systems)


def in_one_scene(work):
    """All scores of one scene."""
    condition, pair, tuning, systems = work
    folder = BUILD / "scenes" / ("tune" if tuning else "held-out") / f"{condition.name}-{pair}"

    def make(folder):
        made = scenes.scene(condition, pair, tuning)
        made.store(folder)
        (folder / "delay").write_text(f"{made.delay:.3f}")

    def score(system):
        out = folder / f"{system}.wav"
        programs.CANCELLERS[system](folder, float((folder / "delay").read_text()), out)
        return judged(condition, folder, out)

    kept.prepared(folder, kept.fingerprint(SOURCES, PEERS), tuning, make)
    return (condition.name, pair), kept.scored(folder, systems, score)


def judged(condition, folder, path):
    """The scores of one output file."""
    rate = scenes.RATE
    microphone, echo, near = (wav.read(folder / f"{name}.wav")[0] for name in ("microphone", "echo", "near"))
    output, output_rate = wav.read(path)
    if output_rate != rate:
        raise ValueError(f"{path}: {output_rate} Hz instead of {rate}")
    output = np.concatenate([output, np.zeros(max(0, len(near) - len(output)))])[: len(near)]

    def span(samples, start_end, margin=0.0):
        return samples[round((start_end[0] + margin) * rate) : round((start_end[1] - margin) * rate)]

    late = scores.lag(span(near, scenes.NEAR_ONLY), span(output, scenes.NEAR_ONLY))
    output = scores.shifted(output, late)
    erle, active = scores.erle_curve(microphone, output, echo)
    alone = np.zeros(len(erle), bool)
    for start, end in scenes.FAR_ONLY:
        alone[round(start * 100) : round(end * 100)] = True

    def after(start, end):
        """ERLE by how long echo was there since `start`, until `end` (s)."""
        part = slice(round(start * 100), round(end * 100))
        return erle[part][active[part]][:KEPT].round(2).tolist()

    result = {
        "erle": float(np.mean(erle[alone & active])),
        "curve": np.where(alone & active, erle, np.nan)[::5].round(2).tolist(),
        "cold": after(*scenes.FAR_ONLY[0]),
        "jumps": [],
        "double-talk": scores.quality(span(near, scenes.DOUBLE_TALK), span(output, scenes.DOUBLE_TALK), wideband=False),
        "stoi": scores.intelligibility(span(near, scenes.DOUBLE_TALK), span(output, scenes.DOUBLE_TALK)),
        "near-only": scores.quality(span(near, scenes.NEAR_ONLY), span(output, scenes.NEAR_ONLY), wideband=True),
        "lag": late / rate * 1000,
    }
    if condition.event == "jump":
        for jump, end in zip(scenes.JUMPS, (*scenes.JUMPS[1:], scenes.FAR_ONLY[0][1])):
            before = slice(round((jump - 2) * 100), round(jump * 100))
            result["jumps"].append({"before": float(np.mean(erle[before][active[before]])), "after": after(jump, end)})
    return result


def mean_curve(curves):
    """The mean over curves of different lengths, in dB, as long as the longest."""
    longest = max(map(len, curves))
    padded = np.array([c + [np.nan] * (longest - len(c)) for c in curves], float)
    return np.nanmean(padded, axis=0)


def time_to(curve, level):
    """After how many seconds of echo the curve is at `level` dB for the first time and stays there for 100 ms on the mean."""
    held = np.convolve(curve, np.ones(10) / 10, mode="valid")
    reached = np.flatnonzero((curve[: len(held)] >= level) & (held >= level))
    return (reached[0] + 1) / 100 if len(reached) else np.inf


def after_jumps(results, converged=np.inf):
    """The mean curve in dB after a jump beside what it must be again: 6 dB less than in the 2 s before, or converged."""
    jumps = [jump for result in results.values() for jump in result["jumps"]]
    if not jumps:
        return np.array([])
    return mean_curve([(np.array(j["after"]) - min(j["before"] - 6, converged)).tolist() for j in jumps])


def regained(results, converged=np.inf):
    """After how many seconds of echo `after_jumps` is at 0; nan without jumps."""
    curve = after_jumps(results, converged)
    return time_to(curve, 0) if len(curve) else np.nan


def mean(results, key, names=None):
    """The mean of a score over all scenes but the twins, or over those named."""
    chosen = [r[key] for (name, _), r in results.items() if (name in names if names else not name.endswith("-locked"))]
    return float(np.mean(chosen)) if chosen else np.nan


def rows(found):
    """What must be reached."""
    ours, plain, webrtc = (found[system] for system in ("ours", "mdf128", "aec3"))
    drifting = [c.name.removesuffix("-locked") for c in scenes.TWINS]
    cold = mean_curve([r["cold"] for (name, _), r in ours.items() if not name.endswith("-locked")])
    return [
        Row("echo: mean ERLE, dB, mdf128", mean(ours, "erle"), mean(plain, "erle"), least=1.3),
        Row("echo: mean ERLE, dB, aec3", mean(ours, "erle"), mean(webrtc, "erle"), least=0.85),
        Row("echo: ERLE at +-50 ppm, dB, ours without drift", mean(ours, "erle", drifting), mean(ours, "erle", [c.name for c in scenes.TWINS]), least=0.97),
        Row("echo: 10 dB from cold, s", time_to(cold, 10), most=0.5),
        Row("echo: 20 dB from cold, s", time_to(cold, 20), most=1.0),
        Row("echo: regained after a 30 ms jump, s", regained(ours, CONVERGED), most=0.5),
        Row("echo: within 6 dB of before after a 30 ms jump, s", regained(ours), regained(webrtc)),
        Row("echo: double talk PESQ-NB, mdf128", mean(ours, "double-talk"), mean(plain, "double-talk"), least=1.15),
        Row("echo: double talk PESQ-NB, aec3", mean(ours, "double-talk"), mean(webrtc, "double-talk"), least=2.2),
        Row("echo: double talk STOI", mean(ours, "stoi"), least=0.93),
        Row("echo: near only PESQ-WB, mdf128", mean(ours, "near-only"), mean(plain, "near-only"), least=1.0),
    ]


def details(found):
    """A table of all scenes, for who tunes: ERLE, double talk PESQ-NB, STOI and near only PESQ-WB of each program."""
    lines = []
    systems = list(found)
    lines.append(f"{'scene':<20}" + "".join(f"{s + ' ERLE  DT STOI near':>32}" for s in systems))
    for key in sorted({key for results in found.values() for key in results}):
        line = f"{key[0] + '-' + str(key[1]):<20}"
        for system in systems:
            r = found[system].get(key)
            line += " " * 32 if r is None else f"{r['erle']:>15.1f}{r['double-talk']:>6.2f}{r['stoi']:>6.3f}{r['near-only']:>5.2f}"
        lines.append(line)
    for system in systems:
        results = found[system]
        cold = mean_curve([r["cold"] for r in results.values()])
        lines.append(
            f"{system:<8} mean: ERLE {mean(results, 'erle'):.1f} dB, double talk {mean(results, 'double-talk'):.2f}, "
            f"STOI {mean(results, 'stoi'):.3f}, near {mean(results, 'near-only'):.2f}; 10 dB in {time_to(cold, 10):.2f} s, "
            f"20 dB in {time_to(cold, 20):.2f} s, after a jump {regained(results, CONVERGED):.2f} s"
        )
    return "\n".join(lines)
