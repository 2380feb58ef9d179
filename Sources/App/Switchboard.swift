import Base
import Intercom
import Media
import Telephony

/// Which calls are connected to the house's sound, as the plan that the audio thread follows.
///
/// It turns what the user agent agreed on, and what the house wants heard, into one whole `VoicePlan`.
struct Switchboard: Sendable {
    private var sessions: [CallID: MediaSession] = [:]
    private var legs: [CallID: VoicePlan.Leg] = [:]
    private var connected: Set<CallID> = []
    private var plan = VoicePlan()
    private var sequence: UInt32 = 0
    private var random: RandomSource
    /// The RTP ports that are open, in the order that the audio thread knows them by.
    let ports: [UInt16]

    init(ports: [UInt16], random: RandomSource) {
        self.ports = ports
        self.random = random
    }

    /// The plan as it stands: hand it over after every change.
    var current: VoicePlan {
        var plan = plan
        plan.legs = legs.keys.sorted().compactMap { legs[$0] }
        return plan
    }

    /// Whether keys to this call go out by RFC 4733; otherwise they go by INFO.
    func sendsTelephoneEvents(_ call: CallID) -> Bool { sessions[call]?.sendEventPayloadType != nil }

    mutating func setSession(_ call: CallID, _ session: MediaSession?) {
        guard let session, let port = ports.firstIndex(of: session.localPort) else {
            sessions[call] = nil
            legs[call] = nil
            connected.remove(call)
            return
        }
        sessions[call] = session
        var leg = VoicePlan.Leg(
            call: call, port: port, remote: session.remote, remoteControl: session.remoteControl,
            codec: session.codec, sendPayloadType: session.sendPayloadType,
            receivePayloadType: session.receivePayloadType, sendEventPayloadType: session.sendEventPayloadType,
            receiveEventPayloadType: session.receiveEventPayloadType, sends: false, receives: false,
            packetTime: session.packetTime,
            ssrc: legs[call]?.ssrc ?? UInt32(truncatingIfNeeded: random.next()),
            canonicalName: legs[call]?.canonicalName ?? random.token(16))
        leg.eventClockRate = session.eventClockRate
        leg.hearsInbandKeys = session.hearsInbandKeys
        leg.otherCodecs = session.otherCodecs
        leg.opus = session.opus
        leg.keys = session.keys
        leg.digits = legs[call]?.digits ?? []
        leg.toneToPeer = legs[call]?.toneToPeer
        legs[call] = leg
        direct(call)
    }

    mutating func connect(_ call: CallID, _ isConnected: Bool) {
        if isConnected { connected.insert(call) } else { connected.remove(call) }
        direct(call)
    }

    private mutating func direct(_ call: CallID) {
        guard let session = sessions[call] else { return }
        legs[call]?.sends = session.sends && connected.contains(call)
        legs[call]?.receives = session.receives && connected.contains(call)
    }

    mutating func sendDigits(_ call: CallID, _ digits: String) {
        for digit in digits {
            guard let event = Self.event(of: digit) else { continue }
            sequence &+= 1
            legs[call]?.digits.append(VoicePlan.Digit(sequence: sequence, event: event))
        }
    }

    mutating func setTone(_ tone: HouseTone?) {
        plan.localTone = tone.map(Self.tone)
    }

    mutating func chime(_ tone: HouseTone) {
        sequence &+= 1
        plan.localChime = VoicePlan.OneShot(sequence: sequence, tone: Self.tone(tone))
    }

    mutating func toneToPeer(_ call: CallID, _ tone: HouseTone) {
        sequence &+= 1
        legs[call]?.toneToPeer = VoicePlan.OneShot(sequence: sequence, tone: Self.tone(tone))
    }

    private static func tone(_ tone: HouseTone) -> Tone {
        switch tone {
        case .ringBack: .ringBack
        case .busy: .busy
        case .refused: .refused
        case .chime: .chime
        case .key: .key
        case .wrong: .wrong
        case .opened: .opened
        case .interlocked: .interlocked
        case .attention: .attention
        }
    }

    private static let keys = Array("0123456789*#ABCD")

    /// The RFC 4733 §3.2 event code of a key.
    static func event(of key: Character) -> UInt8? { keys.firstIndex(of: key).map(UInt8.init) }

    /// The key of an event code.
    static func key(of event: UInt8) -> Character? { keys.indices.contains(Int(event)) ? keys[Int(event)] : nil }
}
