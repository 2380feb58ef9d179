/// An Internet address, IPv4 or IPv6, as a number.
public enum IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// In host byte order: 127.0.0.1 is 0x7F00_0001.
    case v4(UInt32)
    /// The sixteen bytes as two numbers in host byte order, and the zone (interface index, 0 when none).
    case v6(UInt64, UInt64, zone: UInt32)

    public static let loopback = IPAddress.v4(0x7F00_0001)
    public static let anyIPv4 = IPAddress.v4(0)
    public static let anyIPv6 = IPAddress.v6(0, 0, zone: 0)

    public var isIPv6: Bool { if case .v6 = self { true } else { false } }

    public var isUnspecified: Bool {
        switch self {
        case .v4(let value): value == 0
        case .v6(let high, let low, _): high == 0 && low == 0
        }
    }

    /// Reads a dotted quad or an IPv6 address (RFC 4291 §2.2), the latter with or without brackets; no zone, no name.
    public init?(_ text: some StringProtocol) {
        var bytes = Array(text.utf8)
        if bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") { bytes = Array(bytes.dropFirst().dropLast()) }
        if let value = Self.parseV4(bytes[...]) {
            self = .v4(value)
        } else if let (high, low) = Self.parseV6(bytes) {
            self = .v6(high, low, zone: 0)
        } else {
            return nil
        }
    }

    private static func parseV4(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
            let octet = part.reduce(0) { $0 * 10 + UInt32($1 - 0x30) }
            guard octet <= 255 else { return nil }
            value = value << 8 | octet
        }
        return value
    }

    private static func parseV6(_ bytes: [UInt8]) -> (UInt64, UInt64)? {
        guard bytes.contains(UInt8(ascii: ":")) else { return nil }
        func groups(_ part: ArraySlice<UInt8>) -> [UInt16]? {
            if part.isEmpty { return [] }
            var result: [UInt16] = []
            let pieces = part.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            for (index, piece) in pieces.enumerated() {
                if index == pieces.count - 1, let quad = parseV4(piece) {
                    result += [UInt16(quad >> 16), UInt16(quad & 0xFFFF)]
                } else {
                    guard (1...4).contains(piece.count), let text = String(validating: piece, as: UTF8.self),
                        text.utf8.first != UInt8(ascii: "+"), let group = UInt16(text, radix: 16)
                    else { return nil }
                    result.append(group)
                }
            }
            return result
        }
        var gap: Int?
        for index in bytes.indices.dropLast() where bytes[index] == 0x3A && bytes[index + 1] == 0x3A {
            guard gap == nil else { return nil }
            gap = index
        }
        let all: [UInt16]
        if let gap {
            guard let head = groups(bytes[..<gap]), let tail = groups(bytes[(gap + 2)...]), head.count + tail.count <= 7
            else { return nil }
            all = head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail
        } else {
            guard let whole = groups(bytes[...]), whole.count == 8 else { return nil }
            all = whole
        }
        return (
            all[0..<4].reduce(0) { $0 << 16 | UInt64($1) },
            all[4..<8].reduce(0) { $0 << 16 | UInt64($1) }
        )
    }

    /// The canonical text (RFC 5952), without brackets and without zone.
    public var description: String {
        switch self {
        case .v4(let value):
            return "\(value >> 24).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
        case .v6(let high, let low, _):
            let groups = [high, low].flatMap { half in (0..<4).map { UInt16(truncatingIfNeeded: half >> (48 - 16 * $0)) } }
            var best = 0..<0
            var start = 0
            while start < 8 {
                var end = start
                while end < 8, groups[end] == 0 { end += 1 }
                if end - start > max(best.count, 1) { best = start..<end }
                start = max(end, start + 1)
            }
            func text(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
            return best.isEmpty ? text(groups[...]) : text(groups[..<best.lowerBound]) + "::" + text(groups[best.upperBound...])
        }
    }

    /// The text as it stands in a URI or a Via: IPv6 in brackets.
    public var uriHost: String { isIPv6 ? "[\(self)]" : description }
}

/// An address and a port.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    public var address: IPAddress
    public var port: UInt16

    public init(_ address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    public var description: String { "\(address.uriHost):\(port)" }

    /// Where we reach what is bound here ourselves.
    public var ofOurselves: SocketAddress { address.isUnspecified ? SocketAddress(.loopback, port: port) : self }
}
