import App
import Base
import Board
import Configuration
import Intercom
import JSON
import Media
import Runtime
import SIP
import Synchronization

/// The whole daemon in virtual time: its actors on a Loop of their own, its lines variables, its sound played, its socket
/// on the virtual network.
public final class SimulatedHouse: Host {
    public let address: SocketAddress
    public let lines: ObservedLines
    /// Those that it has when its board is of another kind.
    public let otherLines: ObservedLines
    public let voice: SimulatedVoice
    public let names: NameTable
    /// What the house connects to, and who may connect to it.
    public let streams: VirtualStreams

    private unowned let network: VirtualNetwork
    let loop: Loop
    private let socket: VirtualSocket
    private let daemon: Daemon
    private let record: Record

    /// What comes out of the daemon by closures that may be called anywhere.
    private final class Record: Sendable {
        let events = Mutex<[JSONValue]>([])
        let log = Mutex<[UInt8]>([])
        let isStopped = Atomic(false)
        /// Where the house is.
        let place: Mutex<IPAddress>

        init(_ place: IPAddress) { self.place = Mutex(place) }
    }

    /// Reads `configuration` as the daemon would read its file, and attaches itself to the network; `start` follows.
    /// With `engine` the sound is the product's voice engine, else only played.
    public init(
        on network: VirtualNetwork, at address: SocketAddress, configuration: String, files: [String: [UInt8]] = [:],
        engine: Bool = false, seed: UInt64 = 1
    ) throws {
        self.network = network
        self.address = address
        let loop = Loop(reactor: VirtualReactor(now: network.now))
        let record = Record(address.address)
        let house = try Self.read(configuration, files)
        self.loop = loop
        self.record = record
        lines = ObservedLines(now: { loop.now })
        otherLines = ObservedLines(now: { loop.now })
        let kind = house.board.kind
        voice = SimulatedVoice(loop: loop, ports: (0..<UInt16(house.calls.concurrent)).map { 40_000 + 2 * $0 })
        if engine {
            voice.player = EnginePlayer(
                network: network, loop: loop, address: address.address, ports: voice.ports, seed: seed,
                onReport: { [weak voice] report in voice?.tell(report) })
        }
        names = NameTable(on: loop, delay: .milliseconds(5))
        socket = VirtualSocket(network: network, localAddress: address)
        streams = VirtualStreams(on: loop, from: address.address)
        var world = World(
            loop: loop, log: Log(level: .debug) { line in record.log.withLock { $0 += line } }, wallClock: { 1_700_000_000 },
            seed: seed, socket: house.sip.transports.contains(.udp) ? socket : nil,
            streams: try StreamTransport(house, on: loop, network: streams, seed: seed), resolver: names,
            localAddress: { _ in record.place.withLock { $0 } }, voice: voice,
            lines: { [lines, otherLines] in $0 == kind ? lines : otherLines })
        world.secrets = .sequence(seed: seed)
        daemon = Daemon(world, configuration: house, source: "story.toml") {
            record.isStopped.store(true, ordering: .relaxed)
        }
        network.attach(self, at: address)
    }

    private static func read(_ text: String, _ files: [String: [UInt8]]) throws -> HouseConfiguration {
        try HouseConfiguration.read(text: Array(text.utf8), file: "story.toml", secrets: StoryFiles(files: files)) { text in
            do throws(ParseError) {
                _ = try URI(text)
                return nil
            } catch {
                return "\(error)"
            }
        }
    }

    /// Enters the daemon at the network's time, and lets everything that follows from it happen.
    private func enter<Result: Sendable>(_ body: @Sendable (isolated Daemon) -> Result) -> Result {
        loop.run(until: network.now)
        defer { loop.settle() }
        return daemon.assumeIsolated { body($0) }
    }

    // MARK: What a story does

    public func start() {
        let record = record
        enter { daemon in
            daemon.follow { event in record.events.withLock { $0.append(event) } }
            daemon.start()
        }
    }

    /// Somebody presses the button on an input line, and lets go.
    public func press(_ line: String, for duration: Duration = .milliseconds(100)) {
        loop.run(until: network.now)
        try? lines.board.press(line)
        Alarm(on: loop) { [lines] in try? lines.board.release(line) }.set(after: duration)
        loop.settle()
    }

    /// As if the tool had said it; returns why it cannot be.
    @discardableResult
    public func command(_ event: Event) -> String? {
        enter { $0.command(event) }
    }

    /// A file that was dropped; the verdict as it is written beside it.
    @discardableResult
    public func drop(_ text: String, name: String = "dropped.toml", room: Int = .max) -> DropVerdict {
        let store = ConfigurationStore(file: "/nowhere/story.toml", stateFolder: nil, credentials: nil)
        return enter { $0.apply(Array(text.utf8), name: name, store: store, room: room) }
    }

    /// As systemd's watchdog would be fed; returns how often it was, by the time it is asked.
    public func watchdog(every interval: Duration) -> () -> Int {
        final class Bowl: Sendable { let meals = Atomic(0) }
        let bowl = Bowl()
        enter { $0.watch(every: interval) { bowl.meals.wrappingAdd(1, ordering: .relaxed) } }
        return { bowl.meals.load(ordering: .relaxed) }
    }

    public func stop() {
        enter { $0.stop() }
    }

    /// The last thing: lines and sound are given back.
    public func close() {
        enter { $0.close() }
    }

    /// The audio thread reports something.
    public func hears(_ report: VoiceReport) {
        loop.run(until: network.now)
        voice.tell(report)
        loop.settle()
    }

    /// The peer sends keys by RFC 4733.
    public func hearsKeys(_ keys: String, in call: CallID) {
        for key in keys {
            guard let event = Array("0123456789*#ABCD").firstIndex(of: key) else { preconditionFailure("\(key) is no key") }
            hears(.digit(call, event: UInt8(event)))
        }
    }

    /// The sound card is lost (why), or back.
    public func card(_ fault: String?) {
        loop.run(until: network.now)
        voice.tellCard(fault.map { .lost($0) } ?? .open)
        loop.settle()
    }

    /// Somebody connects to the house by TCP; what is heard is told once the story goes on.
    public func connect(to address: SocketAddress, from source: IPAddress) -> any ByteStream {
        loop.run(until: network.now)
        return streams.connect(to: address, from: source)
    }

    /// Who connected sends.
    public func write(_ bytes: [UInt8], to stream: any ByteStream) {
        loop.run(until: network.now)
        _ = try? stream.send(bytes[...])
    }

    /// Our address on every way is another one from now on.
    public func move(to address: IPAddress) {
        record.place.withLock { $0 = address }
        enter { $0.moved() }
    }

    // MARK: What a story looks at

    public var events: [JSONValue] { record.events.withLock { $0 } }
    public var isStopped: Bool { record.isStopped.load(ordering: .relaxed) }
    public var log: String { String(decoding: record.log.withLock { $0 }, as: UTF8.self) }
    public var state: JSONValue { enter { $0.state } }
    /// As the tool would be answered.
    public func answerState() -> JSONValue { enter { $0.answerState() } }

    public func events(_ name: String) -> [JSONValue] { events.filter { $0["event"]?.string == name } }

    public func isActive(_ line: String) -> Bool { (try? lines.isActive(line)) ?? false }

    /// What a lamp shows since `duration` ago: `on`, `off`, or the configuration's name of the pattern.
    public func lamp(_ line: String, over duration: Duration = .seconds(3)) -> String {
        let recent = lines.changes(of: line).filter { $0.time > network.now - duration }
        guard recent.count >= 3 else { return isActive(line) ? "on" : "off" }
        var lit: [Int64] = []
        var dark: [Int64] = []
        for (change, next) in zip(recent, recent.dropFirst()) {
            let length = (next.time - change.time).milliseconds
            if change.active { lit.append(length) } else { dark.append(length) }
        }
        switch (lit.max(), dark.max()) {
        case (500, 500): return "slow blink"
        case (125, 125): return "fast blink"
        case (100, 900): return "flash"
        case (100, 650): return "double flash"
        case (100, 400): return "triple flash"
        default: return "\(lit) on, \(dark) off"
        }
    }

    // MARK: Host

    public var nextDeadline: Instant? { loop.nextDeadline }

    public func receive(_ datagram: Datagram, at now: Instant) -> [Datagram] {
        loop.run(until: now)
        socket.deliver(datagram)
        loop.settle()
        return []
    }

    public func wake(at now: Instant) -> [Datagram] {
        loop.run(until: now)
        return []
    }
}

/// What a story's configuration points to.
private struct StoryFiles: SecretSource {
    var files: [String: [UInt8]]

    func file(_ path: String) throws(SecretError) -> [UInt8] {
        guard let bytes = files[path] else { throw .notFound }
        return bytes
    }

    func credential(_ name: String) throws(SecretError) -> [UInt8] { throw .notFound }
}
