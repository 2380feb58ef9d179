import Base

/// The head of an RTP packet: RFC 3550 §5.1.
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// |V=2|P|X|  CC   |M|     PT      |       sequence number         |
/// |                           timestamp                           |
/// |           synchronization source (SSRC) identifier            |
/// |            contributing source (CSRC) identifiers …           |
/// ```
public struct RTPHeader: Sendable, Equatable {
    public static let size = 12

    public var marker: Bool
    public var payloadType: UInt8
    public var sequence: UInt16
    public var timestamp: UInt32
    public var ssrc: UInt32

    public init(marker: Bool, payloadType: UInt8, sequence: UInt16, timestamp: UInt32, ssrc: UInt32) {
        self.marker = marker
        self.payloadType = payloadType
        self.sequence = sequence
        self.timestamp = timestamp
        self.ssrc = ssrc
    }

    /// Reads a packet; `nil` when it is none. The payload is what is left without CSRCs, extension and padding.
    public static func parse(_ bytes: UnsafeRawBufferPointer) -> (header: RTPHeader, payload: UnsafeRawBufferPointer)? {
        var cursor = ByteCursor(bytes)
        guard let first = cursor.uint8(), first >> 6 == 2, let second = cursor.uint8(), let sequence = cursor.uint16(),
            let timestamp = cursor.uint32(), let ssrc = cursor.uint32(), cursor.take(4 * Int(first & 0x0F)) != nil
        else { return nil }
        if first & 0x10 != 0 {
            guard cursor.uint16() != nil, let words = cursor.uint16(), cursor.take(4 * Int(words)) != nil else { return nil }
        }
        var count = cursor.remaining
        if first & 0x20 != 0 {
            guard count > 0 else { return nil }
            let padding = Int(bytes[bytes.count - 1])
            guard padding > 0, padding <= count else { return nil }
            count -= padding
        }
        guard let payload = cursor.take(count) else { return nil }
        let header = RTPHeader(
            marker: second & 0x80 != 0, payloadType: second & 0x7F, sequence: sequence, timestamp: timestamp, ssrc: ssrc)
        return (header, payload)
    }

    /// Writes the twelve bytes.
    func write(_ writer: inout ByteWriter) {
        writer.uint8(0x80)
        writer.uint8((marker ? 0x80 : 0) | payloadType & 0x7F)
        writer.uint16(sequence)
        writer.uint32(timestamp)
        writer.uint32(ssrc)
    }
}
