"""Asks for a name by multicast DNS (RFC 6762), as a neighbour on the same cable would, and prints the IPv4 addresses that it has.

    mdns.py HERE THERE NAME     HERE, THERE: ends of the cable, sockets that take one Ethernet frame a datagram (QEMU's -netdev dgram)
"""

import os
import socket
import struct
import sys

here, there, name = sys.argv[1:]
# Ours: made up, as link-local addresses are.
MAC, ADDRESS = bytes.fromhex("02706f727401"), socket.inet_aton("169.254.77.1")
GROUP, GROUP_MAC, PORT = socket.inet_aton("224.0.0.251"), bytes.fromhex("01005e0000fb"), 5353
TRIES = 60


def checksum(header):
    total = sum(struct.unpack("!%dH" % (len(header) // 2), header))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def question():
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    data = struct.pack("!6H", 0, 0, 1, 0, 0, 0) + labels + struct.pack("!2H", 1, 1)
    datagram = struct.pack("!4H", PORT, PORT, 8 + len(data), 0) + data
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 0, 0, 255, 17, 0, ADDRESS, GROUP)
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return GROUP_MAC + MAC + b"\x08\x00" + header + datagram


def read_name(data, at):
    """The name at an offset, and where what follows it begins."""
    labels, end = [], None
    while data[at]:
        if data[at] >= 0xC0:
            end = end or at + 2
            at = struct.unpack("!H", data[at : at + 2])[0] & 0x3FFF
        else:
            labels.append(data[at + 1 : at + 1 + data[at]].decode(errors="replace"))
            at += 1 + data[at]
    return ".".join(labels), end or at + 1


def addresses(frame):
    if frame[12:14] != b"\x08\x00" or frame[23] != 17:
        return
    datagram = frame[14 + (frame[14] & 15) * 4 :]
    data = datagram[8:]
    if struct.unpack("!H", datagram[:2])[0] != PORT or not data[2] & 0x80:
        return
    questions, answers = struct.unpack("!2H", data[4:8])
    at = 12
    for _ in range(questions):
        at = read_name(data, at)[1] + 4
    for _ in range(answers):
        owner, at = read_name(data, at)
        kind, _, _, length = struct.unpack("!HHIH", data[at : at + 10])
        at += 10 + length
        if kind == 1 and owner.lower() == name.lower():
            yield socket.inet_ntoa(data[at - 4 : at])


wire = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
if os.path.exists(here):
    os.unlink(here)
wire.bind(here)
wire.settimeout(1)
for _ in range(TRIES):
    try:
        wire.sendto(question(), there)
        for _ in range(20):
            found = list(addresses(wire.recv(2048)))
            if found:
                print(*found)
                sys.exit()
    except (TimeoutError, ConnectionError, FileNotFoundError):
        pass
sys.exit(f"mdns.py: nobody answers for {name}")
