"""Pictures of what was measured, as PNG."""

import csv

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from . import echo, networks, playout, scenes, scores
from .folders import BUILD, OUTPUT

# One colour for each program in all pictures; told apart without colours by their lines and marks.
LOOKS = {
    "ours": ("#c0392b", "-", "o"),
    "mdf128": ("#2471a3", "--", "s"),
    "aec3": ("#7d6608", ":", "^"),
    "speex+spandsp": ("#2471a3", "--", "s"),
    "speex+zero": ("#7f8c8d", ":", "v"),
    "hindsight": ("#1e8449", "-.", "D"),
    "libopus": ("#7d6608", ":", "^"),
}


def look(system, marks=False):
    colour, line, mark = LOOKS[system]
    return {"color": colour, "label": system, **({"marker": mark} if marks else {"linestyle": line})}


def save(figure, name):
    OUTPUT.mkdir(exist_ok=True)
    figure.savefig(OUTPUT / name, dpi=110)
    plt.close(figure)


def of_echo(found):
    """All pictures of the canceller's half."""
    plt.rcParams.update({"axes.grid": True, "grid.alpha": 0.3, "figure.constrained_layout.use": True})
    erle_over_time(found)
    by_condition(found)
    estimates(found)


def erle_over_time(found):
    """The mean ERLE over the scene, from cold and after a jump."""
    figure, (whole, cold, jump) = plt.subplots(1, 3, figsize=(15, 4.8), width_ratios=(2, 1, 1))
    for system, results in found.items():
        steady = [r["curve"] for (name, _), r in results.items() if name not in ("jump", "moved") and not name.endswith("-locked")]
        if steady:
            # A second's mean: single syllables are no news.
            seconds = np.array(steady, float)[:, : round(scenes.LENGTH) * 20].reshape(len(steady), -1, 20)
            there = np.any(~np.isnan(seconds), axis=(0, 2))
            mean = np.full(len(there), np.nan)
            mean[there] = np.nanmean(seconds[:, there], axis=(0, 2))
            whole.plot(np.arange(len(mean)) + 0.5, mean, **look(system))
        curve = echo.mean_curve([r["cold"] for (name, _), r in results.items() if not name.endswith("-locked")])
        cold.plot((np.arange(len(curve)) + 1) / 100, curve, **look(system))
        after = echo.after_jumps(results, echo.CONVERGED)
        jump.plot((np.arange(len(after)) + 1) / 100, after, **look(system))
    for (start, end), word in ((scenes.DOUBLE_TALK, "both talk"), (scenes.NEAR_ONLY, "near talks")):
        whole.axvspan(start, end, color="0.92")
        whole.text((start + end) / 2, 3, word, ha="center", color="0.4")
    whole.set(title="Mean ERLE of each second, without jumps and moves", xlabel="s", ylabel="dB", xlim=(0, scenes.LENGTH), ylim=(0, scores.MOST))
    cold.set(title="From cold, mean of all scenes", xlabel="s of echo", xlim=(0, 3), ylim=(0, scores.MOST))
    jump.set(title="After a jump by 30 ms; 0 dB is regained", xlabel="s of echo", ylabel="dB", xlim=(0, 2.5), ylim=(-40, 20))
    cold.plot([0.5, 1.0], [10, 20], "k*", markersize=10, label="must be reached")
    jump.plot([0.5], [0], "k*", markersize=10)
    cold.legend(loc="lower right")
    save(figure, "erle.png")


def by_condition(found):
    """ERLE and double talk of each condition."""
    names = [c.name for c in scenes.CONDITIONS if any(c.name == name for name, _ in found["ours"])]
    figure, axes = plt.subplots(1, 4, figsize=(15, 5), sharey=True)
    for axis, key, title in zip(
        axes, ("erle", "double-talk", "stoi", "near-only"), ("ERLE, dB", "Double talk, PESQ-NB", "Double talk, STOI", "Near only, PESQ-WB")
    ):
        for system, results in found.items():
            axis.plot([echo.mean(results, key, [name]) for name in names], range(len(names)), linestyle="", **look(system, marks=True))
        axis.set(title=title, yticks=range(len(names)), yticklabels=names)
    axes[0].invert_yaxis()
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    save(figure, "scenes.png")


def estimates(found):
    """The delay and drift that our canceller reports in scenes where they are not plain."""
    figure, (delay, drift) = plt.subplots(1, 2, figsize=(13, 4.5))
    for name, pair in sorted(found["ours"]):
        if name not in ("lobby", "jump", "fast", "slow", "fast-locked"):
            continue
        report = BUILD / "scenes" / "held-out" / f"{name}-{pair}" / "ours.tsv"
        rows = list(csv.DictReader(report.open(), delimiter="\t"))
        seconds = [float(row["second"]) for row in rows]
        kind = {"label": f"{name}-{pair}", "linestyle": "-" if pair == 0 else "--"}
        delay.plot(seconds, [float(row["delay_ms"]) for row in rows], **kind)
        drift.plot(seconds, [float(row["drift_ppm"]) for row in rows], **kind)
    delay.set(title="Estimated delay", xlabel="s", ylabel="ms", ylim=(0, None))
    drift.set(title="Estimated drift: fast +50, slow -50, the others 0", xlabel="s", ylabel="ppm", ylim=(-100, 100))
    drift.legend(ncols=2)
    save(figure, "estimates.png")


def of_playout(found, sweep):
    """All pictures of the play-out's half; `sweep` is of `playout.sweep`."""
    plt.rcParams.update({"axes.grid": True, "grid.alpha": 0.3, "figure.constrained_layout.use": True})
    delay_over_time(found)
    by_network(found)
    mos_over_loss(sweep)


def delay_over_time(found):
    """When was it heard, and when did the packets come?"""
    chosen = [key for key in sorted(found["ours"]) if key[0] in ("bursts", "creeping", "rerouted", "skew-slow", "spikes", "wide")][:12:2]
    figure, axes = plt.subplots(2, 3, figsize=(15, 8), sharex=True)
    for axis, (name, voice) in zip(axes.ravel(), chosen):
        network = next(n for n in networks.NETWORKS if n.name == name)
        made = playout.trace(network, voice, tuning=False)
        axis.plot(made.said, 1000 * (made.first + made.needed), ".", color="0.75", markersize=3, label="packets")
        for system, results in found.items():
            result = results[name, voice]
            axis.plot(result["times"], result["lags"], **look(system))
        top = 1000 * (made.first + np.quantile(made.needed, 0.999)) + 60
        axis.set(title=f"{name}-{voice}", xlabel="s", ylabel="ms from mouth to ear", ylim=(0, top), xlim=(0, playout.LENGTH))
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=5)
    save(figure, "delay.png")


def by_network(found):
    """MOS-CQ, its parts and each network."""
    names = [n.name for n in networks.NETWORKS if any(n.name == name for name, _ in found["ours"])]
    figure, axes = plt.subplots(1, 3, figsize=(14, 5.5), sharey=True)
    for axis, key, title in zip(axes, ("mos-cq", "mos-lq", "delay"), ("MOS-CQ", "MOS-LQ (PESQ-NB)", "Delay from mouth to ear, ms")):
        for system, results in found.items():
            means = [np.mean([r[key] for (n, _), r in results.items() if n == name]) for name in names]
            axis.plot(means, range(len(names)), linestyle="", **look(system, marks=True))
        axis.set(title=title, yticks=range(len(names)), yticklabels=names)
    axes[0].invert_yaxis()
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
    save(figure, "networks.png")


def mos_over_loss(sweep):
    """How much loss does to speech."""
    figure, (narrow, wide) = plt.subplots(1, 2, figsize=(12, 4.8))
    for axis, curves in ((narrow, sweep["g711"]), (wide, sweep["opus"])):
        for system, values in curves.items():
            axis.plot(100 * np.array(playout.LOSSES), values, **look(system, marks=True))
        axis.set(xlabel="% of packets lost", ylim=(1, 4.5))
        axis.legend()
    narrow.set(title="G.711, MOS-LQ (PESQ-NB)")
    wide.set(title="Opus with in-band FEC, PESQ-WB")
    wide.plot([10], [2.5], "k*", markersize=10)
    save(figure, "mos.png")
