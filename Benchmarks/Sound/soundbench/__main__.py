"""`python -m soundbench`: see ../README.md."""

import argparse
import os
import sys

from . import cost, echo, mouth, playout, plots
from .rows import HEAD


def main():
    parser = argparse.ArgumentParser(prog="run.sh", description="Figures of Portier's sound beside those of its peers.")
    parser.add_argument("part", nargs="?", choices=("all", "echo", "playout", "cost", "mouth"), default="all")
    parser.add_argument("--tune", action="store_true", help="seeds and prompts to tune with, a table of all scenes, peers' scores kept")
    parser.add_argument("--quick", action="store_true", help="one pair of voices for each condition, few traces")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these conditions or networks only")
    parser.add_argument("--peers-only", action="store_true", help="without our own programs")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes at once")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if something is missed")
    options = parser.parse_args()

    parts = {"echo": echo_part, "playout": playout_part, "cost": cost_part, "mouth": mouth_part}
    rows = []
    print(HEAD)
    for name, part in parts.items():
        if options.part in ("all", name):
            found = part(options)
            print(*found, sep="\n", flush=True)
            rows += found
    return 1 if options.strict and not all(row.reached for row in rows) else 0


def measured(module, systems, options):
    """The scores of one part; for who tunes, its table is printed."""
    systems = systems[1:] if options.peers_only else systems
    found = module.measure(options.jobs, options.tune, options.quick, options.only, systems)
    if options.tune or options.peers_only:
        print(module.details(found), flush=True)
    return found


def echo_part(options):
    """Rows of the canceller; pictures, too, of what the rows are made from."""
    found = measured(echo, ("ours", "mdf128", "aec3"), options)
    if options.peers_only:
        return []
    if not options.tune:
        plots.of_echo(found)
    return echo.rows(found)


def playout_part(options):
    """Rows of the play-out, and pictures."""
    found = measured(playout, ("ours", "speex+spandsp", "speex+zero", "hindsight"), options)
    if options.peers_only:
        return []
    loss = playout.sweep(options.jobs, options.tune)
    if not options.tune:
        plots.of_playout(found, loss)
    return playout.rows(found, loss)


def cost_part(options):
    """Rows of instructions."""
    return [] if options.peers_only else cost.rows(options.jobs)


def mouth_part(options):
    """Rows of calls in real time."""
    return [] if options.peers_only else mouth.rows()


sys.exit(main())
