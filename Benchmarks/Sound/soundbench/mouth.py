"""From mouth to ear of a call between two phones of a kind, on virtual sound cards, in real time.

PulseAudio's null sink is all four: one clock, four channels. What is played into a phone's mouth goes into one channel,
whose monitor is its microphone; its loudspeaker is another. So one recording of the sink holds what was said and what
was heard, sample by sample. The server and what plays and records have real-time priority, in place of hardware. So have ours,
whose ALSA plug-in for PulseAudio needs it in threads of its own; baresip would take a processor whole for itself.
"""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from . import playout, speech, wav
from .folders import PORTIER
from .rows import Row

CHANNELS = ("front-left", "front-right", "rear-left", "rear-right")
# Which of the sink's channels is what; said at the caller's and heard at the callee's.
PLACES = ("mouth_a", "ear_a", "mouth_b", "ear_b")
SECONDS = 8.0
# Buffers fill differently each time.
CALLS = 3
RATE = 16000


def rows():
    """Calls of two of ours and of two baresip by turns; then one of ours beside four processes that take all the CPU they get."""
    calls = [(call(portiers, 0), call(baresips, 0)) for _ in range(CALLS)]
    hogged = call(portiers, 4)

    def median(number, key):
        # A call in which nothing was heard has no delay, but dropouts.
        return float(np.nanmedian([pair[number][key] for pair in calls]))

    return [
        Row("mouth to ear: ms on a virtual card, baresip", median(0, "delay"), median(1, "delay"), most=0.35),
        Row("mouth to ear: dropouts, % of the speech, baresip", median(0, "dropouts"), median(1, "dropouts")),
        Row("mouth to ear: dropouts beside four busy processes, %", hogged["dropouts"], most=0),
    ]


def call(phones, hogs):
    """The median delay (ms) and the share of speech that was not heard (%) of one call."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mouth.")))
        sound_server(stack, folder)
        said = speech.track("en", SECONDS, 5, tuning=False)
        wav.write(folder / "said.wav", said, RATE)
        phones(stack, folder)
        for _ in range(hogs):
            start(stack, folder, "hog", "sh", "-c", "while :; do :; done")
        record = ["parec", "--device=card.monitor", f"--rate={RATE}", "--channels=4", f"--channel-map={','.join(CHANNELS)}"]
        recorder = start(stack, folder, "recording", *real_time(record + ["--format=s16le", "--latency-msec=20", "--raw"]))
        time.sleep(0.5)
        subprocess.run(real_time(["paplay", "--device=mouth_a", folder / "said.wav"]), env=environment(folder), check=True, timeout=60)
        time.sleep(1)
        stop(recorder)
        recorded = np.frombuffer((folder / "recording").read_bytes(), "<i2")
        recorded = recorded[: len(recorded) // 4 * 4].reshape(-1, 4) / 32768
    said, heard = (resample_poly(recorded[:, PLACES.index(place)], 1, 2) for place in ("mouth_a", "ear_b"))
    times, lags = playout.lag_track(said, heard)
    # The first second is for the play-out to settle.
    delay = float(np.median(lags[times > playout.RATE])) / playout.RATE if len(lags) else np.nan
    return {"delay": 1000 * delay, "dropouts": 100 * unheard(said, heard, delay)}


def unheard(said, heard, delay):
    """The share of loud periods of 10 ms in which nothing was heard `delay` s later, nor just before or after: 40 dB below the mean."""
    size = playout.RATE // 100
    if np.isnan(delay):
        return 1.0
    later = heard[round(delay * playout.RATE) :]
    count = min(len(said), len(later)) // size
    said_level, heard_level = (speech.power(s[: count * size], size) for s in (said, later))
    loud = said_level > np.mean(said_level) * 0.3
    around = np.maximum(heard_level, np.maximum(np.roll(heard_level, 1), np.roll(heard_level, -1)))
    return float(np.mean(around[loud] < np.mean(heard_level) * 1e-4))


def sound_server(stack, folder):
    """A PulseAudio of our own with the card and its places, and ALSA devices of the same names."""
    modules = [f"module-native-protocol-unix auth-anonymous=1 socket={folder}/sound"]
    modules.append(f"module-null-sink sink_name=card rate=48000 channels=4 channel_map={','.join(CHANNELS)}")
    alsa = []
    for place, channel in zip(PLACES, CHANNELS):
        one = f"channels=1 channel_map=mono master_channel_map={channel} remix=no"
        modules.append(f"module-remap-sink sink_name={place} master=card {one}")
        modules.append(f"module-remap-source source_name=hears_{place} master=card.monitor {one}")
        alsa.append(f'pcm.{place} {{ type pulse device "{place}" hint.description "{place}" }}')
        alsa.append(f'pcm.hears_{place} {{ type pulse device "hears_{place}" hint.description "{place}" }}')
    (folder / "alsa.conf").write_text("</usr/share/alsa/alsa.conf>\n" + "\n".join(alsa) + "\n")
    loads = [word for module in modules for word in ("-L", module)]
    server = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes", *loads]
    start(stack, folder, "pulseaudio", *real_time(server))
    until(lambda: (folder / "sound").exists(), "PulseAudio did not start", folder / "pulseaudio")
    time.sleep(0.5)


def portiers(stack, folder):
    """Two of ours in a call."""
    ports = free_ports(2)
    for name, other, port, peer, media in (("a", "b", *ports, 41000), ("b", "a", *reversed(ports), 41100)):
        (folder / name).mkdir()
        (folder / f"{name}.toml").write_text(
            f"""
[board]
kind = "simulated"
[lines]
bell = {{ direction = "input" }}
[buttons.bell]
line = "bell"
short = {{ call = "{other}" }}
[phone_book.{other}]
targets = ["sip:door@127.0.0.1:{peer}"]
[answering]
automatic = ["{other}"]
[trust]
networks = ["127.0.0.0/8"]
[sip]
port = {port}
user = "door"
[sound]
capture = "hears_mouth_{name}"
playback = "ear_{name}"
rtp_ports = "{media}-{media + 7}"
[drop]
folder = ""
[control]
socket = "{folder}/{name}/socket"
"""
        )
        words = ["--config", folder / f"{name}.toml", "--state", folder / name, "--log", "terminal"]
        start(stack, folder, f"portierd-{name}", *real_time([PORTIER.with_name("portierd"), *words]))
    for name in ("a", "b"):
        until(lambda: (folder / name / "socket").exists(), "portierd did not start", folder / f"portierd-{name}")
    tool = [PORTIER, "--socket", folder / "a" / "socket"]
    subprocess.run([*tool, "call", "b"], check=True, stdout=subprocess.DEVNULL)

    def established():
        return '"established"' in subprocess.run([*tool, "--json", "state"], capture_output=True, text=True).stdout

    until(established, "no call came about", folder / "portierd-a")
    time.sleep(1)


def baresips(stack, folder):
    """Two baresip in a call, with their defaults but for the devices."""
    ports = free_ports(2)
    listing = subprocess.run(["dpkg", "-L", "baresip-core"], capture_output=True, text=True, check=True).stdout.split()
    modules = next(Path(line).parent for line in listing if line.endswith("/g711.so"))
    for name, port in (("b", ports[1]), ("a", ports[0])):
        home = folder / name
        home.mkdir()
        (home / "accounts").write_text(f"<sip:{name}@127.0.0.1:{port}>;regint=0;answermode=auto;audio_codecs=PCMA/8000/1\n")
        (home / "contacts").write_text("")
        (home / "config").write_text(
            f"""
poll_method epoll
sip_listen 127.0.0.1:{port}
net_interface 127.0.0.1
audio_source alsa,hears_mouth_{name}
audio_player alsa,ear_{name}
audio_alert alsa,ear_{name}
rtp_ports {42000 if name == "a" else 42100}-{42050 if name == "a" else 42150}
module_path {modules}
module g711.so
module alsa.so
module_tmp account.so
module_app menu.so
ringback_disabled yes
"""
        )
        dial = ["-e", f"/dial sip:b@127.0.0.1:{ports[1]}"] if name == "a" else []
        start(stack, folder, f"baresip-{name}", "baresip", "-4", "-f", home, *dial)
        log = folder / f"baresip-{name}"
        wanted = "Call established" if dial else "baresip is ready"
        until(lambda: wanted in log.read_text(errors="replace"), f"baresip did not say '{wanted}'", log)
    time.sleep(1)


def real_time(command):
    """The command at a real-time priority, where one may. Who then takes a second without a pause is ended by the kernel."""
    words = ["prlimit", "--rttime=1000000", "chrt", "-f", "60"]
    allowed = subprocess.run([*words, "true"], stderr=subprocess.DEVNULL).returncode == 0
    return [*words, *command] if allowed else command


def environment(folder):
    """Variables that make programs use our server and our ALSA devices, and no configuration of the user's."""
    server = {"PULSE_SERVER": f"unix:{folder}/sound", "ALSA_CONFIG_PATH": f"{folder}/alsa.conf"}
    return {**os.environ, **server, "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}


def start(stack, folder, name, *command):
    """A process that ends with the stack; what it says goes to a file of its name, its errors to another."""
    with (folder / name).open("wb") as out, (folder / f"{name}.log").open("wb") as errors:
        process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=out, stderr=errors, env=environment(folder))
    stack.callback(stop, process)
    return process


def stop(process):
    """Ends a process of ours, kindly first."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(condition, complaint, log):
    """Waits until something is so, for ten seconds at most."""
    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)
    raise RuntimeError(f"{complaint}: {log.read_text()[-300:]} {log.with_suffix('.log').read_text()[-500:]}")


def free_ports(count):
    """UDP ports that nobody uses."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
