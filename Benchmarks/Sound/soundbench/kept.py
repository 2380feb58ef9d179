"""What both halves do alike: scores by system and case, found by several processes, and kept for who tunes."""

import hashlib
import json
import shutil
from multiprocessing import Pool
from pathlib import Path

HERE = Path(__file__).parent


def fingerprint(modules, peers):
    """What cases and peers depend on: these of the sources here."""
    sources = [HERE / f"{name}.py" for name in modules] + [HERE.parent / "peers" / name for name in peers]
    return hashlib.sha256(b"".join(s.read_bytes() for s in sources)).hexdigest()


def prepared(folder, made_by, tuning, make):
    """Fills a case's folder by `make(folder)`, unless it is kept from tuning before with the same sources."""
    stamp = folder / "made-by"
    if tuning and stamp.exists() and stamp.read_text() == made_by:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    make(folder)
    stamp.write_text(made_by)


def scored(folder, systems, score):
    """The scores of each system, `score(system)`; the peers' as they are kept in the folder."""
    results = {}
    for system in systems:
        kept = folder / f"{system}.json"
        if system != "ours" and kept.exists():
            results[system] = json.loads(kept.read_text())
            continue
        results[system] = score(system)
        kept.write_text(json.dumps(results[system]))
    return results


def gathered(jobs, function, work, systems):
    """The scores by system and case; `function` gives a case's key and its scores by system."""
    found = {system: {} for system in systems}
    with Pool(jobs) as pool:
        for key, results in pool.imap_unordered(function, work):
            for system, result in results.items():
                found[system][key] = result
    return found
