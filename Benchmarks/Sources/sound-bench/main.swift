import Base
import CSpeexPeer
import Glibc
import Media

/// CPU time of this thread, in ns.
func threadTime() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// One G.711 call as the audio thread lives it: a packet every second period, speech both ways, and the room's echo.
final class EngineCall {
    let engine: VoiceEngine
    private let arrivals = PacketBatch(capacity: 8)
    private let departures = PacketBatch(capacity: 8)
    private var playback = [Int16](repeating: 0, count: 160)
    private var period = 0
    /// What is heard is then what was sent the period before: only the engine can encrypt it.
    private let hearsItself: Bool
    private static let peer = SocketAddress(.loopback, port: 4_000)

    init(echoTail: Int, noiseSuppression: Double, hearsItself: Bool = false, key: SRTPKey? = nil) {
        self.hearsItself = hearsItself
        var settings = VoiceSettings()
        settings.echoTail = echoTail
        settings.noiseSuppression = noiseSuppression
        settings.ports = 1
        engine = VoiceEngine(settings)
        var plan = VoicePlan()
        plan.legs = [
            VoicePlan.Leg(
                call: .outgoing(1), port: 0, remote: Self.peer, remoteControl: SocketAddress(.loopback, port: 4_001), codec: .pcma,
                sendPayloadType: 8, receivePayloadType: 8, sendEventPayloadType: nil, receiveEventPayloadType: nil, sends: true,
                receives: true, packetTime: .milliseconds(20), ssrc: 1, canonicalName: "bench")
        ]
        plan.legs[0].keys = key.map { SRTPKeys(sending: $0, receiving: $0) }
        engine.submit(plan)
    }

    func run(_ captured: UnsafeBufferPointer<Int16>, packet: UnsafeRawBufferPointer) {
        arrivals.removeAll()
        let now = Instant(nanoseconds: Int64(period) * 10_000_000)
        if hearsItself {
            for index in 0..<departures.count where !departures[index].isControl {
                let bytes = departures.bytes(index)
                arrivals.space(arrivals.count).copyMemory(from: bytes)
                arrivals.append(PacketBatch.Entry(port: 0, isControl: false, peer: Self.peer, time: now, count: bytes.count))
            }
        } else if period % 2 == 0 {
            let space = arrivals.space(0)
            var writer = ByteWriter(space)
            let number = period / 2
            writer.uint16(0x8008)
            writer.uint16(UInt16(truncatingIfNeeded: number))
            writer.uint32(UInt32(truncatingIfNeeded: number * 160))
            writer.uint32(7)
            writer.copy(packet)
            arrivals.append(PacketBatch.Entry(port: 0, isControl: false, peer: Self.peer, time: now, count: writer.offset))
        }
        playback.withUnsafeMutableBufferPointer { playback in
            engine.process(captured: captured, playback: playback, arrivals: arrivals, departures: departures, now: now, delay: 0)
        }
        period += 1
        while engine.nextReport() != nil {}
    }
}

var random = RandomSource(seed: 1)
let seconds = 20
let samples = (0..<16_000 * seconds).map { index -> Int16 in
    let loudness: Double = 1 + sin(Double(index) * 0.0007)
    let noise = Double(random.next() % 600) - 300
    return Int16(4_000 * sin(Double(index) * 0.05) * loudness + noise)
}
let packet = (0..<160).map { _ in UInt8(truncatingIfNeeded: random.next()) }

func engineCost(echoTail: Int, noiseSuppression: Double) -> Double {
    cost(of: EngineCall(echoTail: echoTail, noiseSuppression: noiseSuppression))
}

/// The engine in a call with itself, in the clear or encrypted.
func mirrorCost(_ suite: SRTPSuite?) -> Double {
    let key = suite.map { SRTPKey($0, from: SecureRandom { [UInt8](repeating: 7, count: $0) }) }
    return cost(of: EngineCall(echoTail: 0, noiseSuppression: 0, hearsItself: true, key: key))
}

func cost(of call: EngineCall) -> Double {
    let start = threadTime()
    samples.withUnsafeBufferPointer { samples in
        packet.withUnsafeBytes { packet in
            for period in 0..<100 * seconds {
                call.run(UnsafeBufferPointer(rebasing: samples[period * 160..<period * 160 + 160]), packet: packet)
            }
        }
    }
    return Double(threadTime() - start) / Double(100 * seconds)
}

func speexCost(tail: Int, suppression: Int) -> Double {
    let peer = speex_peer_new(16_000, 160, Int32(16 * tail), Int32(suppression))
    defer { speex_peer_free(peer) }
    let start = threadTime()
    samples.withUnsafeBufferPointer { samples in
        guard let base = samples.baseAddress else { return }
        for period in 1..<100 * seconds {
            speex_peer_period(peer, base + period * 160, base + (period - 1) * 160, packet, UInt32(period / 2 * 160))
        }
    }
    return Double(threadTime() - start) / Double(100 * seconds)
}

/// The least of several rounds, taken in turn: what the machine's other work adds is left out on both sides alike.
var engine = Double.infinity
var plain = Double.infinity
var speex = Double.infinity
var clear = Double.infinity
var encrypted = [Double](repeating: .infinity, count: SRTPSuite.allCases.count)
for _ in 0..<7 {
    engine = min(engine, engineCost(echoTail: 128, noiseSuppression: 15))
    speex = min(speex, speexCost(tail: 128, suppression: 15))
    plain = min(plain, engineCost(echoTail: 0, noiseSuppression: 0))
    clear = min(clear, mirrorCost(nil))
    for (index, suite) in SRTPSuite.allCases.enumerated() { encrypted[index] = min(encrypted[index], mirrorCost(suite)) }
}

func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(width - text.count, 1)) }

func row(_ name: String, _ ours: String, _ peer: String, _ ratio: String) {
    print(padded(name, 52) + padded(ours, 12) + padded(peer, 12) + ratio)
}

func row(_ name: String, _ ours: Double, _ peer: Double) {
    func fixed(_ value: Double) -> String { String((value * 100).rounded() / 100) }
    row(name, fixed(ours / 1_000), fixed(peer / 1_000), fixed(peer / ours))
}

print("# sound: microseconds of CPU for 10 ms of a call; the ratio is the peer's time over ours, more is better")
row("name", "ours", "peer", "ratio")
row("engine, canceller on, speexdsp's calls alone", engine, speex)
row("engine, canceller off, speexdsp's calls alone", plain, speex)
for (suite, cost) in zip(SRTPSuite.allCases, encrypted) {
    row("engine, \(suite.rawValue), the same in the clear", cost, clear)
}
