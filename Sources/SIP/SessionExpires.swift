/// The Session-Expires header: how long a session lasts without a refresh, and whose duty that is. RFC 4028 §4.
public struct SessionExpires: Sendable, Equatable, CustomStringConvertible {
    /// The sides of the transaction that carries the header, not of the call.
    public enum Refresher: String, Sendable {
        case uac, uas
    }

    public var seconds: UInt32
    public var refresher: Refresher?

    public init(seconds: UInt32, refresher: Refresher? = nil) {
        self.seconds = seconds
        self.refresher = refresher
    }

    /// Reads `1800;refresher=uac`; a number that is too large means the largest. `nil` without a number.
    public init?(_ value: String) {
        let parts = value.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimmed }
        guard let digits = parts.first, !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        seconds = UInt32(digits) ?? .max
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmed.lowercased() }
            if pair.count == 2, pair[0] == "refresher" { refresher = Refresher(rawValue: pair[1]) }
        }
    }

    public var description: String { "\(seconds)" + (refresher.map { ";refresher=\($0.rawValue)" } ?? "") }
}

extension Message {
    /// Session-Expires, in either of its spellings.
    public var sessionExpires: SessionExpires? { header("Session-Expires").flatMap { SessionExpires($0) } }

    /// Min-SE in seconds.
    public var minimumSession: UInt32? { header("Min-SE").flatMap { SessionExpires($0)?.seconds } }
}
