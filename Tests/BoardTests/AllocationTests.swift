import Base
import CAllocations
import Glibc
import Media
import Runtime
import Synchronization
import Testing

@testable import Board

/// Passes everything on to another card, and notes what its thread allocates between two of its periods.
private final class CountingCard: SoundCard {
    let name = "counting"
    private let card: FileCard
    private let first: Int
    private let last: Int
    private let state = Mutex((period: 0, before: 0, allocations: Int?.none))

    /// Counts from the end of period `first` to the end of period `last`.
    init(_ card: FileCard, from first: Int, to last: Int) {
        self.card = card
        self.first = first
        self.last = last
    }

    /// `nil` while the last period has not come.
    var allocations: Int? { state.withLock { $0.allocations } }

    func open(_ format: SoundFormat) throws(SoundCardError) { try card.open(format) }
    func play(_ samples: UnsafeBufferPointer<Int16>) { card.play(samples) }
    func close() { card.close() }

    func capture(into samples: UnsafeMutableBufferPointer<Int16>) -> SoundCardPeriod {
        let now = allocations_of_this_thread()
        state.withLock { state in
            if state.period == first { state.before = now }
            if state.period == last { state.allocations = now - state.before }
            state.period += 1
        }
        return card.capture(into: samples)
    }
}

/// Unoptimised code allocates where optimised code does not (iterators of arrays), and it is the latter that runs at the door.
#if DEBUG
    private let isOptimised = false
#else
    private let isOptimised = true
#endif

@Suite("The audio period's memory", .enabled(if: isOptimised && allocations_are_counted()))
struct AllocationTests {
    @Test("The counter counts")
    func counts() {
        let before = allocations_of_this_thread()
        let array = [UInt8](repeating: 1, count: Int.random(in: 100...200))
        #expect(allocations_of_this_thread() > before)
        #expect(!array.isEmpty)
    }

    // Not in the attribute: Swift 6.0 cannot expand a macro whose arguments have a closure.
    static let calls: [(Int, SRTPSuite?)] = [(0, nil), (128, nil)] + SRTPSuite.allCases.map { (128, $0) }

    @Test("After the call is up, thirty seconds of it allocate nothing on the audio thread", arguments: calls)
    func nothing(echoTail: Int, suite: SRTPSuite?) throws {
        try check(echoTail: echoTail, suite: suite, codec: .pcma)
    }

    @Test("Nor does it in any codec", arguments: Codec.allCases)
    func codecs(codec: Codec) throws {
        try check(echoTail: 0, suite: nil, codec: codec)
    }

    @Test("Nor where keys are heard as tones in the speech")
    func inband() throws {
        try check(echoTail: 0, suite: nil, codec: .pcmu, hearsInbandKeys: true)
    }

    private func check(echoTail: Int, suite: SRTPSuite?, codec: Codec, hearsInbandKeys: Bool = false) throws {
        let folder = try TemporaryFolder()
        let speech = (0..<44_100).map { index in
            let time = Double(index) / 44_100
            // Where keys are listened to, ten a second (5 of ITU-T Q.23), which come back as echoes.
            guard hearsInbandKeys else { return Int16(8000 * sin(Double(index) * 0.06)) }
            return Int((time * 20).rounded(.down)) % 2 == 0
                ? Int16(4000 * (sin(2 * .pi * 770 * time) + sin(2 * .pi * 1_336 * time))) : 0
        }
        try folder.write(WAV.file(speech, rate: 44_100), to: "in.wav")
        let time = JumpingTime(start: KernelTime().now)
        let files = FileCard(input: folder.file("in.wav"), output: folder.file("out.wav"), loops: true, time: time)
        let card = CountingCard(files, from: 300, to: 3300)
        let sockets = try VoiceSockets(VoiceSocketSettings(ports: .ephemeral, pairs: 1, address: .loopback))
        var settings = VoiceSettings()
        settings.echoTail = echoTail
        settings.ports = 1
        let engine = VoiceEngine(settings)
        let loop = try Loop()
        let thread = try AudioThread(
            loop: loop, card: card, format: SoundFormat(sampleRate: settings.sampleRate), sockets: sockets, engine: engine,
            time: time)
        var plan = call(with: SocketAddress(.loopback, port: sockets.ports[0]), suite: suite, codec: codec)
        plan.legs[0].hearsInbandKeys = hearsInbandKeys
        engine.submit(plan)
        _ = try thread.start { _ in }
        defer { thread.stop() }
        var received: UInt32 = 0
        while card.allocations == nil { sched_yield() }
        while let report = engine.nextReport() {
            if case .statistics(_, let figures, _) = report { received = max(received, figures.packetsReceived) }
        }
        #expect(card.allocations == 0)
        // Of a steady tone Opus with DTX sends every third or fourth packet only.
        #expect(received > (codec == .opus ? 250 : 1_000), "the call was up: it hears itself")
    }

    /// A call with ourselves: what is sent arrives at the same port.
    private func call(with peer: SocketAddress, suite: SRTPSuite?, codec: Codec) -> VoicePlan {
        let type = codec.staticPayloadType ?? 96
        var plan = VoicePlan()
        var leg = VoicePlan.Leg(
            call: .outgoing(1), port: 0, remote: peer, remoteControl: SocketAddress(peer.address, port: peer.port + 1),
            codec: codec, sendPayloadType: type, receivePayloadType: type, sendEventPayloadType: 101,
            receiveEventPayloadType: 101,
            sends: true, receives: true, packetTime: .milliseconds(20), ssrc: 1, canonicalName: "door")
        leg.digits = [VoicePlan.Digit(sequence: 1, event: 5)]
        leg.eventClockRate = codec.clockRate
        leg.opus.usesFEC = true
        leg.opus.usesDTX = true
        leg.keys = suite.map { suite in
            let key = SRTPKey(suite, from: SecureRandom { count in [UInt8](repeating: 7, count: count) })
            return SRTPKeys(sending: key, receiving: key)
        }
        plan.legs = [leg]
        return plan
    }
}
