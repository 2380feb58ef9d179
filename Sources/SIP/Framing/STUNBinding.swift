import Base

/// STUN Binding as a keep-alive of UDP flows: RFC 5626 §3.5.2 and §8, RFC 5389 §6 and §15.
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// |0 0|     STUN message type     |         message length        |
/// |                  magic cookie 0x2112A442                      |
/// |                  transaction id (96 bits)                     |
/// ```
public struct STUNBinding: Sendable, Equatable {
    public let id: [UInt8]

    public init(random: inout RandomSource) {
        id = (0..<12).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    static let cookie: UInt32 = 0x2112_A442
    private static let cookieBytes: [UInt8] = [0x21, 0x12, 0xA4, 0x42]

    /// The Binding request: a header without attributes.
    public var request: [UInt8] { [0x00, 0x01, 0x00, 0x00] + Self.cookieBytes + id }

    public enum Answer: Sendable, Equatable {
        /// Where the server sees us.
        case mapped(SocketAddress)
        /// The server refused; the way to it is open all the same.
        case refused
    }

    /// Whether a datagram is STUN and not SIP: no SIP message begins with two zero bits and has the cookie.
    public static func isSTUN(_ bytes: [UInt8]) -> Bool {
        bytes.count >= 20 && bytes[0] & 0xC0 == 0 && Array(bytes[4..<8]) == cookieBytes
            && Int(bytes[2]) << 8 | Int(bytes[3]) == bytes.count - 20 && bytes.count % 4 == 0
    }

    /// Which request a STUN message answers, or is; `nil` for whatever else.
    public static func transactionID(_ bytes: [UInt8]) -> [UInt8]? { isSTUN(bytes) ? Array(bytes[8..<20]) : nil }

    /// The answer to this request; `nil` for whatever else.
    public func answer(_ bytes: [UInt8]) -> Answer? {
        guard Self.isSTUN(bytes), Array(bytes[8..<20]) == id, bytes[0] == 0x01 else { return nil }
        if bytes[1] == 0x11 { return .refused }
        guard bytes[1] == 0x01 else { return nil }
        var plain: SocketAddress?
        var offset = 20
        while offset + 4 <= bytes.count {
            let type = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
            let length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
            let value = offset + 4
            guard value + length <= bytes.count else { return nil }
            let attribute = bytes[value..<value + length]
            if type == 0x0020, let address = address(attribute, isMasked: true) { return .mapped(address) }
            if type == 0x0001, plain == nil { plain = address(attribute, isMasked: false) }
            offset = value + (length + 3) / 4 * 4
        }
        return plain.map { .mapped($0) }
    }

    /// MAPPED-ADDRESS or XOR-MAPPED-ADDRESS: a zero, the family, port and address (§15.1, §15.2).
    private func address(_ value: ArraySlice<UInt8>, isMasked: Bool) -> SocketAddress? {
        guard value.count == 8 || value.count == 20 else { return nil }
        var bytes = Array(value)
        if isMasked {
            let mask = Self.cookieBytes + id
            bytes[2] ^= mask[0]
            bytes[3] ^= mask[1]
            for index in 4..<bytes.count { bytes[index] ^= mask[index - 4] }
        }
        let port = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        func number(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
        switch (bytes[1], bytes.count) {
        case (0x01, 8): return SocketAddress(.v4(UInt32(truncatingIfNeeded: number(4..<8))), port: port)
        case (0x02, 20): return SocketAddress(.v6(number(4..<12), number(12..<20), zone: 0), port: port)
        default: return nil
        }
    }
}
