/// The UDP datagram inside a captured frame: Ethernet with VLANs, Linux cooked (both), raw IP, null and loopback.
enum LinkFrame {
    private enum Link {
        static let null: UInt32 = 0
        static let ethernet: UInt32 = 1
        /// Raw IP has had several numbers.
        static let raw: Set<UInt32> = [12, 14, 101]
        static let loopback: UInt32 = 108
        static let cooked: UInt32 = 113
        static let ip4: UInt32 = 228
        static let ip6: UInt32 = 229
        static let cooked2: UInt32 = 276
    }

    static func isKnown(_ link: UInt32) -> Bool {
        [Link.null, Link.ethernet, Link.loopback, Link.cooked, Link.cooked2, Link.ip4, Link.ip6].contains(link)
            || Link.raw.contains(link)
    }

    /// Who talks to whom, and the payload's place; `nil` for what is no whole UDP datagram.
    static func datagram(in bytes: [UInt8], _ frame: Range<Int>, link: UInt32) -> (path: [UInt8], payload: Range<Int>)? {
        var rest = bytes[frame]
        switch link {
        case Link.null, Link.loopback:
            // The address family's number differs from system to system; IP's own version says as much.
            rest = rest.dropFirst(4)
        case Link.ethernet:
            guard let content = networkLayer(rest.dropFirst(12)) else { return nil }
            rest = content
        case Link.cooked:
            guard let content = networkLayer(rest.dropFirst(14)) else { return nil }
            rest = content
        case Link.cooked2:
            guard let type = uint16(rest, 0), isInternet(type) else { return nil }
            rest = rest.dropFirst(20)
        default: break
        }
        guard let first = rest.first else { return nil }
        return switch first >> 4 {
        case 4: version4(rest)
        case 6: version6(rest)
        default: nil
        }
    }

    private static func uint16(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> Int? {
        guard bytes.count >= offset + 2 else { return nil }
        return Int(bytes[bytes.startIndex + offset]) << 8 | Int(bytes[bytes.startIndex + offset + 1])
    }

    private static func isInternet(_ type: Int) -> Bool { type == 0x0800 || type == 0x86DD }

    /// What follows the EtherType, behind any VLAN tags (IEEE 802.1Q and 802.1ad).
    private static func networkLayer(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var rest = bytes
        while let type = uint16(rest, 0) {
            rest = rest.dropFirst(2)
            if isInternet(type) { return rest }
            guard type == 0x8100 || type == 0x88A8 || type == 0x9100 else { return nil }
            rest = rest.dropFirst(2)
        }
        return nil
    }

    private static func version4(_ bytes: ArraySlice<UInt8>) -> (path: [UInt8], payload: Range<Int>)? {
        guard bytes.count >= 20, let length = uint16(bytes, 2), let fragment = uint16(bytes, 6) else { return nil }
        let start = bytes.startIndex
        let header = Int(bytes[start] & 0x0F) * 4
        // Fragments beyond the first have no ports, and the first has not all the payload. 0 is a card that segments itself.
        guard header >= 20, fragment & 0x3FFF == 0, bytes[start + 9] == 17 else { return nil }
        let whole = length == 0 ? bytes : bytes.prefix(length)
        return udp(whole.dropFirst(header), addresses: bytes[start + 12..<start + 20])
    }

    private static func version6(_ bytes: ArraySlice<UInt8>) -> (path: [UInt8], payload: Range<Int>)? {
        guard bytes.count >= 40, let length = uint16(bytes, 4) else { return nil }
        let start = bytes.startIndex
        var next = bytes[start + 6]
        var rest = length == 0 ? bytes.dropFirst(40) : bytes.dropFirst(40).prefix(length)
        // Hop-by-hop options, routing and destination options may stand between.
        while [0, 43, 60].contains(next) {
            guard rest.count >= 8 else { return nil }
            next = rest[rest.startIndex]
            rest = rest.dropFirst(8 + Int(rest[rest.startIndex + 1]) * 8)
        }
        guard next == 17 else { return nil }
        return udp(rest, addresses: bytes[start + 8..<start + 40])
    }

    private static func udp(_ bytes: ArraySlice<UInt8>, addresses: ArraySlice<UInt8>) -> (path: [UInt8], payload: Range<Int>)? {
        guard let length = uint16(bytes, 4), length >= 8, length <= bytes.count else { return nil }
        let start = bytes.startIndex
        return (Array(addresses) + bytes[start..<start + 4], start + 8..<start + length)
    }
}
