"""`python -m soundbench`: see ../README.md."""

import argparse
import os
import sys

from . import echo, playout
from .rows import HEAD


def main():
    parser = argparse.ArgumentParser(prog="run.sh", description="Figures of Portier's sound beside those of its peers.")
    parser.add_argument("half", nargs="?", choices=("all", "echo", "playout"), default="all")
    parser.add_argument("--tune", action="store_true", help="seeds and prompts to tune with, a table of all scenes, peers' scores kept")
    parser.add_argument("--quick", action="store_true", help="one pair of voices for each condition, few traces")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these conditions or networks only")
    parser.add_argument("--peers-only", action="store_true", help="without our own programs")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes at once")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if something is missed")
    options = parser.parse_args()

    rows = []
    if options.half in ("all", "echo"):
        rows += half(echo, ("ours", "mdf128", "aec3"), options)
    if options.half in ("all", "playout"):
        rows += half(playout, ("ours", "speex+spandsp", "speex+zero", "hindsight"), options)
    if rows:
        print(HEAD, *rows, sep="\n")
    return 1 if options.strict and not all(row.reached for row in rows) else 0


def half(module, systems, options):
    """The rows of one half; to tune, its table is printed."""
    systems = systems[1:] if options.peers_only else systems
    found = module.measure(options.jobs, options.tune, options.quick, options.only, systems)
    if options.tune or options.peers_only:
        print(module.details(found), flush=True)
    return [] if options.peers_only else module.rows(found, options)


sys.exit(main())
