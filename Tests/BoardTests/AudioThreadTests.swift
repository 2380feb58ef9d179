import Base
import Glibc
import Media
import Runtime
import Synchronization
import Testing

@testable import Board

/// Records what the thread gives it, plays a ramp and echoes every packet to where it came from.
private final class EchoProcessor: VoiceProcessor {
    struct State {
        var ports: UInt64 = 0
        var delays: Set<Int> = []
        var captured: Set<Int16> = []
        var echoed = 0
        var reports: [VoiceReport] = []
    }

    private let state = Mutex(State())

    var seen: State { state.withLock { $0 } }
    var hasReports: Bool { state.withLock { !$0.reports.isEmpty } }

    var portsInUse: UInt64 { seen.ports }

    func submit(_ plan: VoicePlan) {
        state.withLock { $0.ports = plan.legs.reduce(0) { $0 | 1 << UInt64($1.port) } }
    }

    func nextReport() -> VoiceReport? { state.withLock { $0.reports.isEmpty ? nil : $0.reports.removeFirst() } }

    func process(
        captured: UnsafeBufferPointer<Int16>, playback: UnsafeMutableBufferPointer<Int16>, arrivals: PacketBatch,
        departures: PacketBatch, now: Instant, delay: Int
    ) {
        for index in playback.indices { playback[index] = Int16(index) }
        for index in 0..<arrivals.count {
            departures.space(departures.count).copyMemory(from: arrivals.bytes(index))
            departures.append(arrivals[index])
        }
        state.withLock { state in
            state.delays.insert(delay)
            state.captured.formUnion(captured)
            state.echoed += arrivals.count
            if arrivals.count > 0 { state.reports.append(.firstPacket(.outgoing(1))) }
        }
    }
}

/// Lets the thread run one period for each permit, so that a test knows when nothing moves.
private final class GatedCard: SoundCard {
    let name = "gated"
    private let gate = Gate()
    private let state = Mutex((opens: 0, closes: 0, played: [Int16]()))

    var opens: Int { state.withLock { $0.opens } }
    var closes: Int { state.withLock { $0.closes } }
    var played: [Int16] { state.withLock { $0.played } }

    func permit(_ periods: Int) { gate.open(periods) }
    func permitAll() { gate.openForGood() }

    func open(_ format: SoundFormat) throws(SoundCardError) { state.withLock { $0.opens += 1 } }

    func capture(into samples: UnsafeMutableBufferPointer<Int16>) -> SoundCardPeriod {
        gate.pass()
        samples.update(repeating: 77)
        return SoundCardPeriod(.running, delay: 480)
    }

    func play(_ samples: UnsafeBufferPointer<Int16>) { state.withLock { $0.played += samples } }

    func close() { state.withLock { $0.closes += 1 } }
}

/// A counting semaphore of the C library: the audio thread is no task and may block.
private final class Gate: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>
    private let isOpen = Atomic(false)

    init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func open(_ count: Int) { for _ in 0..<count { sem_post(semaphore) } }

    /// From now on nobody waits any more.
    func openForGood() {
        isOpen.store(true, ordering: .relaxed)
        sem_post(semaphore)
    }

    func pass() { while !isOpen.load(ordering: .relaxed), sem_wait(semaphore) != 0 {} }
}

@Suite("The audio thread")
final class AudioThreadTests {
    private final class Reports: Sendable {
        private let all = Mutex<[AudioReport]>([])
        var list: [AudioReport] { all.withLock { $0 } }
        func append(_ report: AudioReport) { all.withLock { $0.append(report) } }
    }

    private let loop: Loop
    private let card = GatedCard()
    private let sockets: VoiceSockets
    private let engine = EchoProcessor()
    private let reports = Reports()
    private let thread: AudioThread

    init() throws {
        loop = try Loop()
        sockets = try VoiceSockets(VoiceSocketSettings(ports: .ephemeral, pairs: 2, address: .loopback))
        thread = try AudioThread(
            loop: loop, card: card, format: SoundFormat(sampleRate: 16_000), sockets: sockets, engine: engine)
        _ = try thread.start { [reports] in reports.append($0) }
    }

    /// Lets `count` periods pass and waits until the thread is through with them.
    private func run(_ count: Int) {
        let target = thread.periodCount + UInt64(count)
        card.permit(count)
        while thread.periodCount < target { sched_yield() }
    }

    private func stop() {
        card.permitAll()
        thread.stop()
    }

    deinit { stop() }

    private func plan(port: Int) -> VoicePlan {
        var plan = VoicePlan()
        plan.legs = [
            VoicePlan.Leg(
                call: .outgoing(1), port: port, remote: SocketAddress(.loopback, port: 9),
                remoteControl: SocketAddress(.loopback, port: 9), codec: .pcma, sendPayloadType: 8, receivePayloadType: 8,
                sendEventPayloadType: nil, receiveEventPayloadType: nil, sends: true, receives: true, packetTime: .milliseconds(20),
                ssrc: 1, canonicalName: "door")
        ]
        return plan
    }

    @Test("Every period it hands the card's sound to the engine, and the engine's to the card")
    func carriesSound() {
        run(3)
        stop()
        #expect(engine.seen.captured == [77])
        #expect(engine.seen.delays == [480])
        #expect(Array(card.played.prefix(480)) == (0..<3).flatMap { _ in (0..<160).map { Int16($0) } })
    }

    @Test("Packets to the ports that the engine uses go through the engine and back out; its reports come on the Loop")
    func carriesPackets() throws {
        let peer = try VoiceSockets(VoiceSocketSettings(ports: .ephemeral, pairs: 1, address: .loopback))
        peer.select(1)
        engine.submit(plan(port: 1))
        run(1)
        let batch = PacketBatch(capacity: 4)
        batch.space(0).copyBytes(from: "hello".utf8)
        let target = SocketAddress(.loopback, port: sockets.ports[1])
        batch.append(.init(port: 0, isControl: false, peer: target, time: Instant(), count: 5))
        peer.send(batch)
        run(1)
        batch.removeAll()
        peer.receive(into: batch)
        #expect(batch.count == 1 && String(decoding: batch.bytes(0), as: UTF8.self) == "hello")
        #expect(batch[0].peer == target)
        loop.settle()
        #expect(reports.list.contains(.voice(.firstPacket(.outgoing(1)))))
    }

    @Test("Starting opens the card and says so; stopping ends the thread and closes it, once")
    func startsAndStops() {
        #expect(reports.list.first == .card(.opened))
        run(1)
        stop()
        let count = thread.periodCount
        thread.stop()
        #expect(card.opens == 1 && card.closes == 1)
        #expect(thread.periodCount == count)
    }
}
