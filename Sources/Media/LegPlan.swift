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
    var sends: Bool
    var receives: Bool
    var samplesPerPacket: Int
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
            let (protection, sides) = store.protection(of: leg)
            self.sides += sides
            self.legs.initializeElement(
                at: index,
                to: LegPlan(
                    call: leg.call, port: leg.port, remote: leg.remote, remoteControl: leg.remoteControl, codec: leg.codec,
                    sendPayloadType: leg.sendPayloadType, receivePayloadType: leg.receivePayloadType,
                    sendEventPayloadType: leg.sendEventPayloadType ?? 255,
                    receiveEventPayloadType: leg.receiveEventPayloadType ?? 255, sends: leg.sends, receives: leg.receives,
                    // At least 10 ms, at most what the play-out buffer keeps of a packet.
                    samplesPerPacket: min(max(leg.samplesPerPacket / 80, 1), 8) * 80, ssrc: leg.ssrc,
                    name: UnsafeRawBufferPointer(name), digits: UnsafeBufferPointer(digits),
                    toneSequence: leg.toneToPeer?.sequence ?? 0, tone: leg.toneToPeer?.tone ?? .key,
                    protection: protection))
        }
    }

    deinit {
        for leg in legs {
            leg.name.deallocate()
            leg.digits.deallocate()
        }
        legs.deallocate()
    }
}
