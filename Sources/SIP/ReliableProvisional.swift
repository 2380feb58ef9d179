/// The RAck header of a PRACK: which provisional response it acknowledges. RFC 3262 §7.2.
public struct ResponseAcknowledgement: Sendable, Equatable, CustomStringConvertible {
    /// The RSeq of the response.
    public var responseNumber: UInt32
    /// The CSeq of the response.
    public var sequence: CSeq

    public init(responseNumber: UInt32, sequence: CSeq) {
        self.responseNumber = responseNumber
        self.sequence = sequence
    }

    /// Reads `776656 1 INVITE`.
    public init?(_ value: String) {
        let parts = value.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard parts.count == 3, let response = UInt32(parts[0]), let number = UInt32(parts[1]) else { return nil }
        self.init(responseNumber: response, sequence: CSeq(number: number, method: Method(String(parts[2]))))
    }

    public var description: String { "\(responseNumber) \(sequence.number) \(sequence.method)" }
}

extension Message {
    /// The number of a provisional response that wants a PRACK; `nil` when none is wanted (RFC 3262 §4).
    public var reliableNumber: UInt32? {
        guard let status, (101...199).contains(status), require.contains(where: { $0.lowercased() == "100rel" }) else {
            return nil
        }
        return header("RSeq").flatMap { UInt32($0.trimmed) }
    }

    public var responseAcknowledgement: ResponseAcknowledgement? { header("RAck").flatMap { ResponseAcknowledgement($0) } }
}
