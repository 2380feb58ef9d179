import Base

/// Where RTP and RTCP are received.
public struct VoiceSocketSettings: Sendable, Equatable {
    public enum Ports: Sendable, Equatable {
        /// Even ports of this range and the odd ones above them, as many pairs as are asked for and free.
        case range(ClosedRange<UInt16>)
        /// Whatever the kernel has free: for tests.
        case ephemeral
    }

    /// The address to bind: any of this machine's, or one. `anyIPv6` takes both families, or IPv4 where there is no other.
    public var address = IPAddress.anyIPv4
    public var ports: Ports
    /// How many pairs to open, 1 to 64: one is taken by each call.
    public var pairs: Int

    public init(ports: Ports, pairs: Int, address: IPAddress = .anyIPv4) {
        self.ports = ports
        self.pairs = pairs
        self.address = address
    }
}

/// Why RTP cannot be received.
public enum VoiceSocketError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Fewer pairs than asked for are free in the range; the errno of the last that was not.
    case notEnoughPorts(ClosedRange<UInt16>, wanted: Int, opened: Int, code: Int32)
    case socket(code: Int32)
    case pairs(Int)

    public var description: String {
        switch self {
        case .notEnoughPorts(let range, let wanted, let opened, let code):
            "RTP ports \(range.lowerBound) to \(range.upperBound): expected \(wanted) free pairs, found \(opened): \(errorText(code))"
        case .socket(let code): "cannot open an RTP socket: \(errorText(code))"
        case .pairs(let count): "expected 1 to 64 RTP port pairs, got \(count)"
        }
    }
}
