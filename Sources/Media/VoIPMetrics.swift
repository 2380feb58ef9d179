import Base

/// What one end of a call measured, as it is told to the other: the VoIP Metrics block of RTCP XR, RFC 3611 §4.7.
///
/// ```
/// |     BT=7      |   reserved    |       block length = 8        |
/// |                        SSRC of source                         |
/// |   loss rate   | discard rate  | burst density |  gap density  |
/// |       burst duration          |         gap duration          |
/// |     round trip delay          |       end system delay        |
/// | signal level  |  noise level  |     RERL      |     Gmin      |
/// |   R factor    | ext. R factor |    MOS-LQ     |    MOS-CQ     |
/// |   RX config   |   reserved    |          JB nominal           |
/// |          JB maximum           |          JB abs max           |
/// ```
public struct VoIPMetrics: Sendable, Equatable {
    static let blockType: UInt8 = 7
    /// Bytes of the block with its header.
    static let size = 36

    /// Fractions 0 to 1.
    public var lossRate = 0.0
    public var discardRate = 0.0
    public var burstDensity = 0.0
    public var gapDensity = 0.0
    /// In milliseconds, as are all delays.
    public var burstDuration = 0.0
    public var gapDuration = 0.0
    public var roundTrip = 0.0
    public var endSystemDelay = 0.0
    /// In dBm0; `nil` while unknown, as is all that follows.
    public var signalLevel: Double?
    public var noiseLevel: Double?
    /// How much weaker what comes back of the peer's voice is, in dB.
    public var residualEchoReturnLoss: Double?
    public var rFactor: Double?
    public var listeningMOS: Double?
    public var conversationalMOS: Double?
    public var playoutDelay = 0.0
    public var maximumPlayoutDelay = 0.0
    public var absoluteMaximumPlayoutDelay = 0.0
    /// Packets in a row that end a burst.
    public var minimumGap = LossPattern.minimumGap
    /// R of what is behind the one that measured, such as a mobile network.
    public var externalRFactor: Double?
    /// How losses are concealed: 1 not at all, 2 well, 3 somehow; 0 is untold.
    public var concealment: UInt8 = 2
    /// Whether the play-out delay is fixed, 2, or adapts, 3; 0 is untold. And how quickly it does: 2 · this packets to the end of
    /// a step in delay; ours needs a second of 20 ms packets for 70 ms, which is beyond the scale of 0 to 15.
    public var adaptation: UInt8 = 3
    public var adjustmentRate: UInt8 = 15

    public init() {}

    private static let unknown: UInt8 = 127

    func write(_ writer: inout ByteWriter, about source: UInt32) {
        writer.uint8(Self.blockType)
        writer.uint8(0)
        writer.uint16(8)
        writer.uint32(source)
        for fraction in [lossRate, discardRate, burstDensity, gapDensity] {
            writer.uint8(UInt8(min(max(fraction, 0) * 256, 255)))
        }
        for milliseconds in [burstDuration, gapDuration, roundTrip, endSystemDelay] { writer.uint16(Self.word(milliseconds)) }
        writer.uint8(Self.level(signalLevel))
        writer.uint8(Self.level(noiseLevel))
        writer.uint8(residualEchoReturnLoss.map { UInt8(min(max($0, 0), 126)) } ?? Self.unknown)
        writer.uint8(UInt8(clamping: minimumGap))
        writer.uint8(rFactor.map { UInt8(min(max($0, 0), 100).rounded()) } ?? Self.unknown)
        writer.uint8(externalRFactor.map { UInt8(min(max($0, 0), 100).rounded()) } ?? Self.unknown)
        writer.uint8(Self.score(listeningMOS))
        writer.uint8(Self.score(conversationalMOS))
        writer.uint8((concealment & 3) << 6 | (adaptation & 3) << 4 | adjustmentRate & 15)
        writer.uint8(0)
        for milliseconds in [playoutDelay, maximumPlayoutDelay, absoluteMaximumPlayoutDelay] {
            writer.uint16(Self.word(milliseconds))
        }
    }

    private static func word(_ milliseconds: Double) -> UInt16 { UInt16(min(max(milliseconds, 0), 65_535)) }

    private static func level(_ decibels: Double?) -> UInt8 {
        decibels.map { UInt8(bitPattern: Int8(min(max($0, -127), 126).rounded())) } ?? unknown
    }

    private static func score(_ opinion: Double?) -> UInt8 {
        opinion.map { UInt8((min(max($0, 1), 5) * 10).rounded()) } ?? unknown
    }

    /// Reads a block behind its type and length; `nil` when it is about another source or cut short.
    init?(_ content: UnsafeRawBufferPointer, about source: UInt32) {
        var cursor = ByteCursor(content)
        guard content.count == Self.size - 4, cursor.uint32() == source, let rates = cursor.uint32(),
            let durations = cursor.uint32(), let delays = cursor.uint32(), let levels = cursor.uint32(),
            let qualities = cursor.uint32(), let configuration = cursor.uint32(), let buffer = cursor.uint32()
        else { return nil }
        func byte(_ word: UInt32, _ place: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: word >> (24 - 8 * place)) }
        func known(_ byte: UInt8, _ range: ClosedRange<UInt8>) -> Double? { range.contains(byte) ? Double(byte) : nil }
        func level(_ byte: UInt8) -> Double? { byte == Self.unknown ? nil : Double(Int8(bitPattern: byte)) }
        lossRate = Double(byte(rates, 0)) / 256
        discardRate = Double(byte(rates, 1)) / 256
        burstDensity = Double(byte(rates, 2)) / 256
        gapDensity = Double(byte(rates, 3)) / 256
        burstDuration = Double(durations >> 16)
        gapDuration = Double(durations & 0xFFFF)
        roundTrip = Double(delays >> 16)
        endSystemDelay = Double(delays & 0xFFFF)
        signalLevel = level(byte(levels, 0))
        noiseLevel = level(byte(levels, 1))
        residualEchoReturnLoss = known(byte(levels, 2), 0...126)
        minimumGap = Int(byte(levels, 3))
        rFactor = known(byte(qualities, 0), 0...100)
        externalRFactor = known(byte(qualities, 1), 0...100)
        listeningMOS = known(byte(qualities, 2), 10...50).map { $0 / 10 }
        conversationalMOS = known(byte(qualities, 3), 10...50).map { $0 / 10 }
        let receiver = byte(configuration, 0)
        (concealment, adaptation, adjustmentRate) = (receiver >> 6, receiver >> 4 & 3, receiver & 15)
        playoutDelay = Double(configuration & 0xFFFF)
        maximumPlayoutDelay = Double(buffer >> 16)
        absoluteMaximumPlayoutDelay = Double(buffer & 0xFFFF)
    }
}
