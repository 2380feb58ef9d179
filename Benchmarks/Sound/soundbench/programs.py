"""The programs that are compared, as functions from files to files."""

import subprocess

from .folders import BUILD, PORTIER

# The chroot of Debian 13 whose libraries AEC3 needs; written there by run.sh, empty where the system has them itself.
LOADER = BUILD / "aec3.loader"


def ours(scene, delay, out):
    """Portier's own canceller. It is told nothing of the delay."""
    run(PORTIER, "aec", scene / "far.wav", scene / "microphone.wav", out, "--report", out.with_suffix(".tsv"))


def mdf(scene, delay, out):
    """SpeexDSP, told the delay (ms) of the card's buffers."""
    run(BUILD / "mdf", scene / "far.wav", scene / "microphone.wav", out, str(round(delay)))


def aec3(scene, delay, out):
    """WebRTC's canceller and noise suppression. It finds the delay itself."""
    run(*LOADER.read_text().split(), BUILD / "aec3", scene / "far.wav", scene / "microphone.wav", out)


CANCELLERS = {"ours": ours, "mdf128": mdf, "aec3": aec3}


def portier_playout(trace, out, *options):
    """Portier's own play-out."""
    run(PORTIER, "playout", trace, out, *options)


def fixed(how):
    """A player of peers/jitter.c: `plc`, `zero`, or a fixed delay in ms."""
    return lambda trace, out: run(BUILD / "jitter", how, trace, out)


PLAYERS = {"ours": portier_playout, "speex+spandsp": fixed("plc"), "speex+zero": fixed("zero")}


def run(*command):
    """Runs a program; what it says on standard error is shown if it fails."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.returncode}: {done.stderr.strip()[-500:]}")
