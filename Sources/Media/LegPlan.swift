import Base

/// One leg of a plan as the audio thread reads it: trivial, with its variable parts in memory that the plan owns.
struct LegPlan {
    var call: CallID
    var port: Int
    var remote: SocketAddress
    var remoteControl: SocketAddress
    var codec: Codec
    var sendPayloadType: UInt8
    var receivePayloadType: UInt8
    /// 255 for none.
    var sendEventPayloadType: UInt8
    var receiveEventPayloadType: UInt8
    var eventClockRate: Int
    /// What each of the 128 payload types is to us: a codec's raw value, or 255.
    var codecs: UnsafeBufferPointer<UInt8>
    var opus: OpusParameters
    var sends: Bool
    var receives: Bool
    var hearsInbandKeys: Bool
    var packetMilliseconds: Int
    /// RTCP goes by RTP's port (RFC 5761).
    var isMultiplexed: Bool
    var ssrc: UInt32
    var name: UnsafeRawBufferPointer
    var digits: UnsafeBufferPointer<VoicePlan.Digit>
    /// Sequence 0 for none.
    var toneSequence: UInt32
    var tone: Tone
    var protection: LegProtection
}

/// A plan laid out by control so that the audio thread reads it without counting references or allocating.
final class PreparedPlan {
    let number: UInt
    let legs: UnsafeMutableBufferPointer<LegPlan>
    let localTone: Tone?
    let chime: VoicePlan.OneShot?
    /// Live for as long as the plan may be read; disposed of by control, as the plan is.
    private var sides: [SRTPSide] = []

    init(_ plan: VoicePlan, number: UInt, ports: Int, sides store: inout SRTPSides) {
        self.number = number
        localTone = plan.localTone
        chime = plan.localChime
        let legs = plan.legs.filter { (0..<ports).contains($0.port) }
        self.legs = .allocate(capacity: legs.count)
        for (index, leg) in legs.enumerated() {
            let text = Array(leg.canonicalName.utf8.prefix(255))
            let name = UnsafeMutableRawBufferPointer.allocate(byteCount: text.count, alignment: 1)
            name.copyBytes(from: text)
            let digits = UnsafeMutableBufferPointer<VoicePlan.Digit>.allocate(capacity: leg.digits.count)
            _ = digits.initialize(from: leg.digits)
            let codecs = Self.codecs(of: leg)
            let (protection, sides) = store.protection(of: leg)
            self.sides += sides
            self.legs.initializeElement(
                at: index,
                to: LegPlan(
                    call: leg.call, port: leg.port, remote: leg.remote, remoteControl: leg.remoteControl, codec: leg.codec,
                    sendPayloadType: leg.sendPayloadType, receivePayloadType: leg.receivePayloadType,
                    sendEventPayloadType: leg.sendEventPayloadType ?? 255,
                    receiveEventPayloadType: leg.receiveEventPayloadType ?? 255,
                    eventClockRate: min(max(leg.eventClockRate, 1_000), 48_000), codecs: codecs, opus: leg.opus, sends: leg.sends,
                    receives: leg.receives, hearsInbandKeys: leg.hearsInbandKeys && leg.sends && leg.receives,
                    packetMilliseconds: Int(leg.codec.packetTime(atMost: leg.packetTime).milliseconds),
                    isMultiplexed: leg.remoteControl == leg.remote, ssrc: leg.ssrc,
                    name: UnsafeRawBufferPointer(name), digits: UnsafeBufferPointer(digits),
                    toneSequence: leg.toneToPeer?.sequence ?? 0, tone: leg.toneToPeer?.tone ?? .key,
                    protection: protection))
        }
    }

    /// The agreed payload type, those that the peer may change over to, and both of G.711's static ones: a peer that was
    /// offered both may change over.
    private static func codecs(of leg: VoicePlan.Leg) -> UnsafeBufferPointer<UInt8> {
        let table = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 128)
        table.initialize(repeating: 255)
        table[8] = Codec.pcma.rawValue
        table[0] = Codec.pcmu.rawValue
        for (type, codec) in leg.otherCodecs where type < 128 { table[Int(type)] = codec.rawValue }
        if leg.receivePayloadType < 128 { table[Int(leg.receivePayloadType)] = leg.codec.rawValue }
        return UnsafeBufferPointer(table)
    }

    deinit {
        for leg in legs {
            leg.name.deallocate()
            leg.digits.deallocate()
            leg.codecs.deallocate()
        }
        legs.deallocate()
    }
}
