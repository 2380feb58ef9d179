"""Captures of one RTP stream in pcap: Ethernet, IPv4, UDP."""

import struct
from dataclasses import dataclass

import numpy as np

PCMU, PCMA, OPUS = 0, 8, 96
PORT = 40000


@dataclass(frozen=True)
class Packet:
    arrival: float  # s
    sequence: int
    timestamp: int
    payload: bytes
    marker: bool = False


def write(path, packets, payload_type, begin=1_700_000_000):
    """Writes the packets in order of arrival; `begin` is when, in s since 1970, time 0 was."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for packet in sorted(packets, key=lambda packet: packet.arrival):
            frame = ethernet(rtp(packet, payload_type))
            microseconds = round(packet.arrival * 1e6)
            file.write(struct.pack("<IIII", begin + microseconds // 1_000_000, microseconds % 1_000_000, len(frame), len(frame)))
            file.write(frame)


def rtp(packet, payload_type):
    """RFC 3550 §5.1, without contributors or extension."""
    second = payload_type | (0x80 if packet.marker else 0)
    head = struct.pack(">BBHII", 0x80, second, packet.sequence & 0xFFFF, packet.timestamp & 0xFFFFFFFF, 0x50525452)
    return head + packet.payload


def ethernet(payload):
    """A frame from 192.0.2.1 to 192.0.2.2, without a checksum of UDP."""
    udp = struct.pack(">HHHH", PORT, PORT, 8 + len(payload), 0)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 0, 0x4000, 64, 17, 0, b"\xc0\x00\x02\x01", b"\xc0\x00\x02\x02")
    total = sum(struct.unpack(">10H", ip))
    total = (total & 0xFFFF) + (total >> 16)
    ip = ip[:10] + struct.pack(">H", ~(total + (total >> 16)) & 0xFFFF) + ip[12:]
    return b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\0" + ip + udp + payload


def a_law(samples):
    """G.711 A-law of samples in -1...1, as bytes."""
    value = np.clip(np.round(samples * 32768), -32768, 32767).astype(int) >> 3
    sign = np.where(value >= 0, 0x80, 0)
    size = np.where(value >= 0, value, -value - 1)
    exponent = np.maximum(np.floor(np.log2(np.maximum(size, 1))).astype(int) - 4, 0)
    mantissa = np.where(exponent > 0, (size >> np.maximum(exponent, 1)) & 0x0F, (size >> 1) & 0x0F)
    # Above 31 the exponent counts from 1.
    return ((sign | np.where(size >= 32, exponent << 4, 0) | mantissa) ^ 0x55).astype(np.uint8).tobytes()
