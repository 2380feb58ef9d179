import Base

/// What an RTCP compound packet said: RFC 3550 §6.
public struct ControlReport: Sendable, Equatable {
    /// The sender of the first packet of the compound.
    public var ssrc: UInt32
    /// The middle 32 bits of the NTP time of a sender report.
    public var senderTime: UInt32?
    /// The report block about the SSRC that was asked for.
    public var block: ReportBlock?
    /// What the peer measured of our stream (RFC 3611 §4.7).
    public var metrics: VoIPMetrics?
    /// The source says good-bye.
    public var isGoodbye: Bool
}

/// A reception report block: RFC 3550 §6.4.1.
///
/// ```
/// |                 SSRC_1 (SSRC of first source)                 |
/// | fraction lost |       cumulative number of packets lost       |
/// |           extended highest sequence number received           |
/// |                      interarrival jitter                      |
/// |                         last SR (LSR)                         |
/// |                   delay since last SR (DLSR)                  |
/// ```
public struct ReportBlock: Sendable, Equatable {
    public var ssrc: UInt32
    public var fractionLost: UInt8
    /// 24 bits, signed.
    public var lost: Int32
    public var highest: UInt32
    public var jitter: UInt32
    public var lastReport: UInt32
    /// In 1/65536 s.
    public var delay: UInt32
}

public enum ControlPacket {
    static let senderReport: UInt8 = 200
    static let receiverReport: UInt8 = 201
    static let description: UInt8 = 202
    static let goodbye: UInt8 = 203
    static let extendedReport: UInt8 = 207

    /// A report with one block, a name of 16 characters and what was measured, in bytes.
    static let usualSize = 52 + 28 + 44

    /// Reads a compound packet whole; `nil` when any part of it is not as RFC 3550 A.2 wants it.
    public static func parse(_ bytes: UnsafeRawBufferPointer, about ownSSRC: UInt32) -> ControlReport? {
        var cursor = ByteCursor(bytes)
        var report: ControlReport?
        while cursor.remaining > 0 {
            guard let first = cursor.uint8(), first >> 6 == 2, let type = cursor.uint8(), let words = cursor.uint16(),
                let content = cursor.take(4 * Int(words))
            else { return nil }
            let count = Int(first & 0x1F)
            let hasPadding = first & 0x20 != 0
            if report == nil {
                // The first is a report, and only the last may be padded.
                guard type == senderReport || type == receiverReport, !hasPadding, words >= 1 else { return nil }
            } else if hasPadding, cursor.remaining > 0 {
                return nil
            }
            var part = ByteCursor(content)
            switch type {
            case senderReport, receiverReport:
                guard let ssrc = part.uint32() else { return nil }
                var result = report ?? ControlReport(ssrc: ssrc, isGoodbye: false)
                if type == senderReport {
                    guard let high = part.uint32(), let low = part.uint32(), part.take(12) != nil else { return nil }
                    result.senderTime = high << 16 | low >> 16
                }
                for _ in 0..<count {
                    guard let block = block(&part) else { return nil }
                    if block.ssrc == ownSSRC { result.block = block }
                }
                report = result
            case goodbye: report?.isGoodbye = true
            case extendedReport:
                guard part.uint32() != nil else { return nil }
                while part.remaining > 0 {
                    guard let block = part.uint8(), part.uint8() != nil, let words = part.uint16(),
                        let content = part.take(4 * Int(words))
                    else { return nil }
                    if block == VoIPMetrics.blockType, let metrics = VoIPMetrics(content, about: ownSSRC) {
                        report?.metrics = metrics
                    }
                }
            default: break
            }
        }
        return report
    }

    private static func block(_ cursor: inout ByteCursor) -> ReportBlock? {
        guard let ssrc = cursor.uint32(), let loss = cursor.uint32(), let highest = cursor.uint32(), let jitter = cursor.uint32(),
            let lastReport = cursor.uint32(), let delay = cursor.uint32()
        else { return nil }
        return ReportBlock(
            ssrc: ssrc, fractionLost: UInt8(loss >> 24), lost: Int32(bitPattern: loss << 8) >> 8, highest: highest,
            jitter: jitter,
            lastReport: lastReport, delay: delay)
    }

    struct SenderInfo {
        /// 64 bits of NTP time.
        var time: UInt64
        var timestamp: UInt32
        var packets: UInt32
        var octets: UInt32
    }

    /// Writes a compound packet: a report, the CNAME, what we measured, and BYE at the end of the stream. Returns its size.
    static func write(
        into space: UnsafeMutableRawBufferPointer, ssrc: UInt32, sender: SenderInfo?, block: ReportBlock?,
        name: UnsafeRawBufferPointer, metrics: VoIPMetrics? = nil, isGoodbye: Bool
    ) -> Int {
        var writer = ByteWriter(space)
        let blocks: UInt8 = block == nil ? 0 : 1
        writer.uint8(0x80 | blocks)
        writer.uint8(sender == nil ? receiverReport : senderReport)
        writer.uint16(1 + (sender == nil ? 0 : 5) + 6 * UInt16(blocks))
        writer.uint32(ssrc)
        if let sender {
            writer.uint32(UInt32(sender.time >> 32))
            writer.uint32(UInt32(truncatingIfNeeded: sender.time))
            writer.uint32(sender.timestamp)
            writer.uint32(sender.packets)
            writer.uint32(sender.octets)
        }
        if let block {
            writer.uint32(block.ssrc)
            writer.uint32(
                UInt32(block.fractionLost) << 24 | UInt32(bitPattern: min(max(block.lost, -0x80_0000), 0x7F_FFFF)) & 0xFF_FFFF)
            writer.uint32(block.highest)
            writer.uint32(block.jitter)
            writer.uint32(block.lastReport)
            writer.uint32(block.delay)
        }
        // One chunk: SSRC, item CNAME (1), and zeros up to the next word, at least one.
        let itemBytes = 2 + name.count
        let padding = 4 - itemBytes % 4
        writer.uint8(0x81)
        writer.uint8(description)
        writer.uint16(UInt16(1 + (itemBytes + padding) / 4))
        writer.uint32(ssrc)
        writer.uint8(1)
        writer.uint8(UInt8(name.count))
        writer.copy(name)
        for _ in 0..<padding { writer.uint8(0) }
        if let metrics, let block {
            writer.uint8(0x80)
            writer.uint8(extendedReport)
            writer.uint16(1 + UInt16(VoIPMetrics.size / 4))
            writer.uint32(ssrc)
            metrics.write(&writer, about: block.ssrc)
        }
        if isGoodbye {
            writer.uint8(0x81)
            writer.uint8(goodbye)
            writer.uint16(1)
            writer.uint32(ssrc)
        }
        return writer.offset
    }
}
