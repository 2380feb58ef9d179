import Base
import Board
import Configuration
import Crypto
import Intercom
import JSON
import Media
import Runtime
import Telephony

/// What the daemon stands on: real on the board, simulated in tests. Everything is made on the Loop's thread.
public struct World: Sendable {
    public var loop: Loop
    public var log: Log
    /// Seconds since 1970, for people.
    public var wallClock: @Sendable () -> Double
    public var seed: UInt64
    /// `nil` when nothing is to go by UDP.
    public var socket: (any DatagramSocket)?
    public var streams: StreamTransport
    /// This machine's UUID, if it is kept.
    public var instance: String?
    public var resolver: any NameResolver
    /// Our address on the way to a peer.
    public var localAddress: @Sendable (SocketAddress) -> IPAddress?
    public var voice: any VoicePort
    /// Where keys come from; without it no sound is encrypted, and where it must be there is no call.
    public var secrets: SecureRandom?
    /// The lines of this kind of board.
    public var lines: @Sendable (HouseConfiguration.Board.Kind) -> any Lines

    public init(
        loop: Loop, log: Log, wallClock: @escaping @Sendable () -> Double, seed: UInt64, socket: (any DatagramSocket)?,
        streams: StreamTransport, resolver: any NameResolver, localAddress: @escaping @Sendable (SocketAddress) -> IPAddress?,
        voice: any VoicePort,
        lines: @escaping @Sendable (HouseConfiguration.Board.Kind) -> any Lines
    ) {
        self.loop = loop
        self.log = log
        self.wallClock = wallClock
        self.seed = seed
        self.socket = socket
        self.streams = streams
        self.resolver = resolver
        self.localAddress = localAddress
        self.voice = voice
        self.lines = lines
    }
}

/// The whole firmware: its actors, how they are wired, and how a new configuration reaches them.
public actor Daemon {
    public nonisolated let loop: Loop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    let world: World
    private(set) var configuration: HouseConfiguration
    private var source: String
    let board: EventBoard
    let household: Household
    private let voice: VoiceDesk
    private let phone: PhoneLine
    let panel: FrontPanel
    private let onStopped: @Sendable () -> Void
    private var watchdog: Watchdog?
    /// When lines that are missing are looked for again.
    let lineAlarm: Alarm
    /// A chip on USB takes seconds to come, a program that holds a line as long as it likes.
    static let lineInterval = Duration.seconds(10)
    private var isStopping = false

    public init(_ world: World, configuration: HouseConfiguration, source: String, onStopped: @escaping @Sendable () -> Void) {
        loop = world.loop
        self.world = world
        self.configuration = configuration
        self.source = source
        self.onStopped = onStopped
        lineAlarm = Alarm(on: world.loop)
        var random = RandomSource(seed: world.seed)
        let board = EventBoard(loop: world.loop, log: world.log, wallClock: world.wallClock)
        let household = Household(loop: world.loop, configuration: configuration, wallClock: world.wallClock)
        let voice = VoiceDesk(loop: world.loop, voice: world.voice, random: RandomSource(seed: random.next()))
        self.board = board
        self.household = household
        self.voice = voice
        panel = FrontPanel(loop: world.loop, log: world.log, make: world.lines) { edge in
            household.assumeIsolated { _ = $0.handle(edge.event) }
        }
        phone = PhoneLine(
            loop: world.loop,
            settings: UserAgentSettings(configuration, world),
            random: RandomSource(seed: random.next()), secrets: world.secrets,
            mediaTimeout: configuration.calls.mediaTimeout, socket: world.socket,
            streams: world.streams, resolver: world.resolver, localAddress: world.localAddress, log: world.log,
            onCall: { call, event in household.assumeIsolated { $0.phone(call, event) } },
            onMedia: { call, session in household.assumeIsolated { $0.media(call, session) } },
            onRegistration: { account, state in household.assumeIsolated { $0.registration(account, state) } },
            onEvent: { [board] event in board.assumeIsolated { $0.publish(event) } }, onStopped: onStopped)
    }

    /// Opens the lines and begins: from here on buttons, calls and events are served.
    ///
    /// A line that cannot be had is told, shown as the fault `lines`, and looked for again and again: a bell that does not ring is no
    /// reason to be deaf to callers.
    public func start() {
        let hands = Household.Hands(phone: phone, voice: voice, panel: panel, board: board)
        household.assumeIsolated { $0.start(hands) }
        voice.assumeIsolated { [household, board, log = world.log] voice in
            voice.start(
                onReport: { report in household.assumeIsolated { $0.voice(report) } },
                onCard: { news in
                    if let fault = news.fault { household.assumeIsolated { _ = $0.handle(.fault(fault.name, fault.isThere)) } }
                    if case .interrupted(let count) = news {
                        log.warning("sound-interrupted", ["capture": count.capture, "playback": count.playback])
                    }
                    if let event = HouseEvent(news) { board.assumeIsolated { $0.publish(event) } }
                })
        }
        lineAlarm.handler = { [weak self] in self?.assumeIsolated { $0.findLines() } }
        openLines(configuration)
        warn(configuration)
        phone.assumeIsolated { $0.start() }
    }

    /// Ends all calls, unregisters, brings lamps and relays to rest; `onStopped` follows within two seconds.
    public func stop() {
        guard !isStopping else { return }
        isStopping = true
        household.assumeIsolated { _ = $0.handle(.stop) }
        phone.assumeIsolated { $0.command(.stop) }
    }

    /// Gives lines, sockets and sound back; the last thing.
    public func close() {
        panel.assumeIsolated { $0.close() }
        voice.assumeIsolated { $0.stop() }
        phone.assumeIsolated { $0.close() }
    }

    /// Our addresses or routes changed.
    public func moved() {
        phone.assumeIsolated { $0.moved() }
    }

    /// Calls `feed` three times in every `interval` for as long as the Loop, the sound and SIP's socket move.
    public func watch(every interval: Duration, feed: @escaping @Sendable () -> Void) {
        watchdog = Watchdog(
            on: loop, interval: interval, log: world.log,
            progress: { [voice, phone] in
                Watchdog.Progress(periods: voice.periods, echoes: phone.assumeIsolated { $0.echoes })
            },
            probe: { [phone] in phone.assumeIsolated { $0.probe() } }, feed: feed)
    }

    // MARK: Changing the configuration

    /// Goes over to `new` without dropping a call. Returns what changed, for people. When the new lines cannot be had, nothing has
    /// changed.
    public func apply(_ new: HouseConfiguration, source: String) throws(LineError) -> ConfigurationDifference {
        let old = configuration
        let otherLines = new.otherLines(than: old)
        try exchangeLines(old, new)
        tellFault("configuration", false)
        configuration = new
        self.source = source
        warn(new)
        world.log.level = new.log.level
        household.assumeIsolated { _ = $0.handle(.configured(new)) }
        household.assumeIsolated { $0.renewAmplifier(on: otherLines) }
        tellInputs(configuration) { otherLines.contains($0) }
        phone.assumeIsolated { [world] in
            $0.reconfigure(UserAgentSettings(new, world), mediaTimeout: new.calls.mediaTimeout)
        }
        let difference = ConfigurationDifference(from: old, to: new)
        publish("configured", source, difference.description)
        return difference
    }

    private func warn(_ configuration: HouseConfiguration) {
        for warning in configuration.warnings { world.log.warning("configuration-unwise", ["warning": warning]) }
    }

    public func refused(_ source: String, _ reason: String) {
        publish("configuration-refused", source, reason)
        tellFault("configuration", true)
    }

    /// Something that is shown on the lamps is wrong, or right again.
    public func tellFault(_ name: String, _ isThere: Bool) {
        household.assumeIsolated { _ = $0.handle(.fault(name, isThere)) }
    }

    private func publish(_ event: String, _ source: String, _ text: String) {
        let event = HouseEvent(event, [.init("source", .text(source)), .init("text", .text(text))])
        board.assumeIsolated { $0.publish(event) }
    }

    // MARK: For the tool

    /// Serves the control socket.
    func serve(_ server: ControlServer) -> ControlDesk {
        let desk = ControlDesk(
            loop: loop, server: server, household: household, panel: panel,
            state: { [self] in assumeIsolated { $0.answerState() } },
            configuration: { [self] in assumeIsolated { $0.configuration } })
        let board = board
        desk.assumeIsolated { $0.start(following: board) }
        return desk
    }

    /// Follows all events, for tests.
    public func follow(_ follower: @escaping @Sendable (JSONValue) -> Void) {
        board.assumeIsolated { $0.follow(follower) }
    }

    /// What `portier state` shows. After it SIP's port is tried: who asks again sees whether it heard.
    public func answerState() -> JSONValue {
        defer { phone.assumeIsolated { $0.probe() } }
        return state
    }

    public var state: JSONValue {
        let house = household.assumeIsolated { $0.snapshot }
        let (phone, echoes) = phone.assumeIsolated { ($0.snapshot, $0.echoes) }
        let (figures, card) = voice.assumeIsolated { ($0.figures, $0.card) }
        return StateReport(
            house: house, phone: phone, figures: figures, card: card, periods: voice.periods, configuration: source,
            streams: world.streams.figures, connections: world.streams.count,
            echoes: echoes
        ).json
    }

    /// As if the tool had said it. Returns why it cannot be.
    @discardableResult
    public func command(_ event: Event) -> String? {
        household.assumeIsolated { $0.handle(event) }
    }
}

extension Daemon {
    /// Bytes that a verdict may take, beside what is kept; and what a file system needs for names.
    private static let verdictRoom = 16_384

    /// A dropped configuration, or the file again: read, validated whole and applied, or refused whole.
    ///
    /// `room` is how many bytes may still be written where it was dropped; `nil` for the file. Without room it could not be kept, and a
    /// copy of it may have ended where the disk did; of one that is empty, the power may have failed before anything was on the disk.
    public func apply(_ bytes: [UInt8], name: String, store: ConfigurationStore, room: Int?) -> DropVerdict {
        if let room, room - Self.verdictRoom < bytes.count {
            world.log.error("no-room", ["source": name, "bytes": room])
            tellFault("storage", true)
            return fail(name, "no room on the disk: it may not be whole, and could not be kept; make room and drop it again")
        }
        if room != nil, bytes.isEmpty {
            return fail(name, "it is empty: what was written may never have reached the disk; drop it again")
        }
        do throws(ConfigurationError) {
            let new = try store.parse(bytes, name: name)
            do throws(LineError) {
                return .applied(try apply(new, source: name))
            } catch {
                return fail(name, error.description)
            }
        } catch {
            refused(name, error.description)
            return .rejected(error)
        }
    }

    private func fail(_ name: String, _ reason: String) -> DropVerdict {
        refused(name, reason)
        return .failed([reason])
    }
}
