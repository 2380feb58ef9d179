"""`python -m soundbench`: see ../README.md."""

import argparse
import os
import sys

from . import echo
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

    systems = ("mdf128", "aec3") if options.peers_only else ("ours", "mdf128", "aec3")
    found = echo.measure(options.jobs, options.tune, options.quick, options.only, systems)
    if options.tune:
        print(echo.details(found))
    if options.peers_only:
        return 0
    rows = echo.rows(found)
    print(HEAD, *rows, sep="\n")
    return 1 if options.strict and not all(row.reached for row in rows) else 0


sys.exit(main())
