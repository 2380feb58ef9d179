"""Instructions of an audio period, counted by callgrind."""

import re
import subprocess
from multiprocessing import Pool

from . import programs, scenes, speech, wav
from .folders import BUILD
from .rows import Row

# What starting takes is in both and falls out of the difference; the first seconds are for convergence.
SHORT, LONG = 4, 10  # s


def instructions(command):
    """All instructions that a command executes."""
    words = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *map(str, command)]
    done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()[-500:]}")
    return int(found[1])


def rows(jobs):
    """Our whole period with G.722 both ways, AEC3 with noise suppression alone, and SpeexDSP alone."""
    folder = BUILD / "cost"
    folder.mkdir(exist_ok=True)
    made = scenes.scene(scenes.CONDITIONS[2], 0, tuning=False)
    far = folder / "far.g722"
    far.write_bytes(b"".join(p.read_bytes() for p in speech.prompts("en", tuning=False))[: LONG * 8000])
    near = folder / "near.wav"
    # Ours makes its own echo; the talker begins at once, so that both have double talk.
    wav.write(near, made.microphone[round(scenes.NEAR_ONLY[0] * scenes.RATE) :], scenes.RATE)
    commands = []
    for seconds in (SHORT, LONG):
        scene = folder / str(seconds)
        scene.mkdir(exist_ok=True)
        begin = round((scenes.DOUBLE_TALK[0] - 5) * scenes.RATE)
        for name in ("far", "microphone"):
            wav.write(scene / f"{name}.wav", getattr(made, name)[begin : begin + seconds * scenes.RATE], scenes.RATE)
        out = scene / "out.wav"
        commands.append([BUILD / "period-bench", far, near, seconds])
        commands.append([*programs.LOADER.read_text().split(), BUILD / "aec3", scene / "far.wav", scene / "microphone.wav", out])
        commands.append([BUILD / "mdf", scene / "far.wav", scene / "microphone.wav", out, round(made.delay)])
    with Pool(jobs) as pool:
        counted = pool.map(instructions, commands)
    ours, aec3, mdf = ((long - short) / (100 * (LONG - SHORT)) / 1000 for short, long in zip(counted[:3], counted[3:]))
    return [
        Row("cost: 1000 instructions of a period, aec3 alone", ours, aec3, most=1.0),
        Row("cost: 1000 instructions of a period, mdf128 alone", ours, mdf),
    ]
