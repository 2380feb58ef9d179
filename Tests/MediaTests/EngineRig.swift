import Base

@testable import Media

/// Two engines whose sockets are wired to each other, in virtual time; or one engine and a room.
final class EngineRig {
    let engines: [VoiceEngine]
    private(set) var now = Instant(nanoseconds: 1_000_000_000)
    private var arrivals = [PacketBatch(capacity: 64), PacketBatch(capacity: 64)]
    private let departures = PacketBatch(capacity: 64)
    private var network: [(due: Instant, to: Int, control: Bool, bytes: [UInt8])] = []
    private var random = RandomSource(seed: 99)
    var heard: [[Int16]] = [[], []]
    var reports: [[VoiceReport]] = [[], []]
    /// Fraction of RTP packets that the network loses, and what it adds to each packet's way, at random.
    var loss = 0.0
    var jitter = Duration.zero
    var delay = Duration.milliseconds(5)
    /// What was on the wire, if it is recorded.
    var isRecording = false
    private(set) var wire: [(to: Int, control: Bool, bytes: [UInt8])] = []
    /// RTCP goes by RTP's port.
    private let isMultiplexed: Bool
    static let calls = [CallID.outgoing(1), CallID.incoming(1)]

    init(_ settings: VoiceSettings, isMultiplexed: Bool = false) {
        self.isMultiplexed = isMultiplexed
        var other = settings
        other.seed = settings.seed + 1
        engines = [VoiceEngine(settings), VoiceEngine(other)]
    }

    static func address(_ side: Int, control: Bool = false) -> SocketAddress {
        SocketAddress(.loopback, port: UInt16(4_000 + 10 * side + (control ? 1 : 0)))
    }

    static func leg(_ side: Int) -> VoicePlan.Leg {
        VoicePlan.Leg(
            call: calls[side], port: 0, remote: address(1 - side), remoteControl: address(1 - side, control: true), codec: .pcma,
            sendPayloadType: 8, receivePayloadType: 8, sendEventPayloadType: 101, receiveEventPayloadType: 101, sends: true,
            receives: true, packetTime: .milliseconds(20), ssrc: UInt32(1_000 + side), canonicalName: "side\(side)@portier")
    }

    static func plan(_ side: Int) -> VoicePlan {
        var plan = VoicePlan()
        plan.legs = [leg(side)]
        return plan
    }

    func connect() {
        for side in 0...1 {
            var plan = Self.plan(side)
            if isMultiplexed { plan.legs[0].remoteControl = plan.legs[0].remote }
            engines[side].submit(plan)
        }
    }

    /// One period of 10 ms on both sides.
    func period(_ captured: [[Int16]]) {
        for side in 0...1 {
            let arrivals = arrivals[side]
            arrivals.removeAll()
            for packet in network where packet.to == side && packet.due <= now {
                arrivals.space(arrivals.count).copyBytes(from: packet.bytes)
                arrivals.append(
                    PacketBatch.Entry(
                        port: 0, isControl: packet.control, peer: Self.address(1 - side, control: packet.control),
                        time: packet.due,
                        count: packet.bytes.count))
            }
            network.removeAll { $0.to == side && $0.due <= now }
            var playback = [Int16](repeating: 0, count: 160)
            captured[side].withUnsafeBufferPointer { captured in
                playback.withUnsafeMutableBufferPointer { playback in
                    engines[side].process(
                        captured: captured, playback: playback, arrivals: arrivals, departures: departures, now: now)
                }
            }
            heard[side] += playback
            post(from: side)
            while let report = engines[side].nextReport() { reports[side].append(report) }
        }
        now = now + .milliseconds(10)
    }

    private func post(from side: Int) {
        for index in 0..<departures.count {
            let entry = departures[index]
            if isRecording { wire.append((1 - side, entry.isControl, Array(departures.bytes(index)))) }
            if !entry.isControl, Double(random.next() >> 11) / Double(UInt64(1) << 53) < loss { continue }
            let extra = jitter == .zero ? 0 : Int64(random.next() % UInt64(jitter.nanoseconds))
            let due = now + delay + .nanoseconds(extra)
            network.append((due, 1 - side, entry.isControl, Array(departures.bytes(index))))
        }
    }

    /// A deterministic signal like speech: a harmonic series whose pitch and loudness wander.
    static func speech(_ count: Int, seed: UInt64, rate: Int = 16_000) -> [Int16] {
        var random = RandomSource(seed: seed)
        var phase: Float = 0
        var pitch: Float = 120
        var loudness: Float = 0
        var target: Float = 1
        return (0..<count).map { index in
            if index % (rate / 10) == 0 {
                pitch = 90 + Float(random.next() % 120)
                target = random.next() % 4 == 0 ? 0 : 0.3 + Float(random.next() % 70) / 100
            }
            loudness += (target - loudness) * 32 / Float(rate)
            phase += pitch / Float(rate)
            if phase >= 1 { phase -= 1 }
            // A pulse train through a decaying ring is rich enough to have one best alignment.
            let noise = Float(Int64(random.next() % 2_001) - 1_000) / 1_000
            let wave = (1 - 2 * phase) * (1 - phase) + 0.15 * noise
            return Int16(loudness * wave * 9_000)
        }
    }
}

/// The lag of the best normalised correlation of `heard` with `sent`, and how good it is.
func alignment(_ sent: [Int16], _ heard: [Int16], lags: Range<Int>) -> (lag: Int, correlation: Double) {
    func correlation(_ lag: Int, step: Int) -> Double {
        var product = 0.0
        var left = 1.0
        var right = 1.0
        for index in stride(from: 0, to: min(sent.count, heard.count - lag), by: step) {
            let (a, b) = (Double(sent[index]), Double(heard[index + lag]))
            product += a * b
            left += a * a
            right += b * b
        }
        return product / (left * right).squareRoot()
    }
    // A few of the samples tell where to look closely.
    let coarse = lags.map { (lag: $0, correlation: correlation($0, step: 13)) }.max { $0.correlation < $1.correlation }
    guard let coarse else { return (0, -1) }
    let close = max(lags.lowerBound, coarse.lag - 3)..<min(lags.upperBound, coarse.lag + 4)
    return close.map { ($0, correlation($0, step: 1)) }.max { $0.1 < $1.1 } ?? (0, -1)
}
