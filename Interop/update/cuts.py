"""What a boot loader finds if the power fails at any write of a recorded run.

    cuts.py uboot|pi LOG BASE SLOTS...

LOG is QEMU's record of all writes (blklogwrites, the format of dm-log-writes), BASE the disk before them. After each write, and after
each that is torn in the middle of a sector, the state has to be one that was there or was to come, in the order SLOTS, such as
"A/- A/B A/- B/-": the default, and the slot that is tried. No write may touch the default slot, nor one that is going to be tried.
For the Pi's file all subsets of the writes between two flushes are looked at, because FAT has no order of its own.
"""

import itertools
import re
import struct
import subprocess
import sys
import zlib

SECTOR = 512
COPIES = (2048, 4096)
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8


def writes(path):
    """(sector, bytes) of each write, and None for each flush."""
    with open(path, "rb") as log:
        magic, version, entries, size = struct.unpack("<QQQI", log.read(28))
        assert magic == 0x6A736677736872 and version == 1, "no record of writes"
        log.seek(size)
        for _ in range(entries):
            sector, count, flags, data = struct.unpack("<QQQQ", log.read(32))
            log.seek(size - 32, 1)
            if flags & FLUSH:
                yield None
            if flags & DISCARD:
                continue
            content = log.read(count * size)
            if count:
                yield sector, content
            if flags & FUA:
                yield None


def copy(sector):
    """What boot.cmd takes a copy for: 'A/B', or None."""
    if struct.unpack("<I", sector[:4])[0] != zlib.crc32(sector[4:]):
        return None
    found = re.match(rb"default=([23])\0trial=([023])\0", sector[4:])
    name = {b"0": "-", b"2": "A", b"3": "B"}
    return found and "/".join(name[value] for value in found.groups())


def state(disk):
    return copy(disk[COPIES[0]]) or copy(disk[COPIES[1]]) or "A/-"


def partitions(base):
    """First sector and the one after the last of each partition, by number."""
    text = subprocess.run(["sfdisk", "--dump", base], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"(\d+) : start= *(\d+), size= *(\d+)", text)
    return {int(number): (int(start), int(start) + int(size)) for number, start, size in found}


def uboot(log, base, expected):
    table = partitions(base)
    slots = {"A": (2, 5), "B": (3, 6)}
    disk = {}
    with open(base, "rb") as file:
        for sector in COPIES:
            file.seek(sector * SECTOR)
            disk[sector] = file.read(SECTOR)
    seen, looked, states = [state(disk)], 0, 0
    for entry in writes(log):
        if entry is None:
            continue
        first, content = entry
        last = first + len(content) // SECTOR
        now = state(disk)
        for slot in set(now.split("/")) - {"-"}:
            for number in slots[slot]:
                start, end = table.get(number, (0, 0))
                assert last <= start or first >= end, f"slot {slot} is written at sector {first} while the state is {now}"
        for sector in COPIES:
            if first <= sector < last:
                after = dict(disk)
                new = content[(sector - first) * SECTOR :][:SECTOR]
                after[sector] = new
                for cut in range(0, SECTOR):
                    torn = dict(disk)
                    torn[sector] = new[:cut] + disk[sector][cut:]
                    assert state(torn) in (now, state(after)), f"torn at byte {cut}: {state(torn)} between {now} and {state(after)}"
                    states += 1
                disk = after
        if state(disk) != seen[-1]:
            seen.append(state(disk))
        looked += 1
    assert seen == expected, f"the state was {' '.join(seen)}"
    print(f"{looked} writes, none to a slot that boots; {states} torn states; the state was {' '.join(seen)}")


def autoboot(image):
    text = subprocess.run(["mtype", "-i", image, "::autoboot.txt"], capture_output=True).stdout
    found = re.fullmatch(rb"\[all\]\ntryboot_a_b=1\nboot_partition=([23])\n\[tryboot\]\nboot_partition=([23])\n", text)
    assert found and found[1] != found[2], f"autoboot.txt is {text!r}"
    return {b"2": "A", b"3": "B"}[found[1]]


def pi(log, base, expected):
    start, end = partitions(base)[1]
    with open(base, "rb") as file:
        file.seek(start * SECTOR)
        card = bytearray(file.read((end - start) * SECTOR))
    image = log + ".card"

    def look(content):
        with open(image, "wb") as file:
            file.write(content)
        return autoboot(image)

    seen, pending, looked = [look(card)], [], 0
    for entry in itertools.chain(writes(log), [None]):
        if entry is not None:
            first, content = entry
            if start <= first < end:
                pending += [(first - start + i, content[i * SECTOR :][:SECTOR]) for i in range(len(content) // SECTOR)]
            continue
        pending = [one for one in pending if card[one[0] * SECTOR :][:SECTOR] != one[1]]
        if not pending:
            continue
        assert len(pending) <= 10, f"{len(pending)} sectors without a flush"
        after = bytearray(card)
        for sector, content in pending:
            after[sector * SECTOR : (sector + 1) * SECTOR] = content
        allowed = (look(card), look(after))
        for count in range(1, len(pending)):
            for subset in itertools.combinations(pending, count):
                part = bytearray(card)
                for sector, content in subset:
                    part[sector * SECTOR : (sector + 1) * SECTOR] = content
                found = look(part)
                assert found in allowed, f"{found} between {allowed}"
                looked += 1
        looked += 1
        card, pending = after, []
        if allowed[1] != seen[-1]:
            seen.append(allowed[1])
    assert seen == expected, f"the default was {' '.join(seen)}"
    print(f"{looked} states of the FAT partition, each with a whole autoboot.txt; the default was {' '.join(seen)}")


{"uboot": uboot, "pi": pi}[sys.argv[1]](sys.argv[2], sys.argv[3], sys.argv[4:])
