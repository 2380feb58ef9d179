import Base
import Board
import Configuration
import Glibc
import Media
import Runtime

/// The daemon on the real world: opens everything, serves until told to stop, and brings all to rest. Returns the exit code.
public func serve(_ options: Options, credentials: String?, notifier: ServiceNotifier, watchdogInterval: Duration?) -> Int32 {
    let log = Log(style: options.logsToTerminal ? .terminal : .journal)
    SignalWatch.block()
    let store = ConfigurationStore(file: options.file, stateFolder: options.stateFolder, credentials: credentials)
    do {
        let loaded = try store.load()
        log.level = loaded.configuration.log.level
        let service = try Service(
            loaded, store: store, log: log, loop: Loop(), notifier: notifier, watchdogInterval: watchdogInterval)
        service.run()
        return 0
    } catch let error as ConfigurationError {
        for problem in error.problems { log.error("configuration", ["problem": problem]) }
    } catch {
        log.error("cannot-start", ["error": "\(error)"])
    }
    return 1
}

/// The running daemon and what surrounds it: signals, systemd, the control socket and the drop folder.
///
/// `@unchecked`: made before the Loop runs and then only used on its thread, by handlers that must be Sendable.
private final class Service: @unchecked Sendable {
    private let loop: Loop
    private let log: Log
    private let store: ConfigurationStore
    private let notifier: ServiceNotifier
    private let daemon: Daemon
    private let voice: AudioThreadVoice
    private let server: ControlServer
    private var desk: ControlDesk?
    private var drop: DropFolder?
    private var signals: SignalWatch?
    private var addresses: AddressWatch?

    init(
        _ loaded: ConfigurationStore.Loaded, store: ConfigurationStore, log: Log, loop: Loop, notifier: ServiceNotifier,
        watchdogInterval: Duration?
    ) throws {
        self.loop = loop
        self.log = log
        self.store = store
        self.notifier = notifier
        let configuration = loaded.configuration
        // The kernel's randomness; libcrypto, which is large, is not woken before something must be hashed.
        var kernel = SystemRandomNumberGenerator()
        let seed = kernel.next()
        let sockets = try VoiceSockets(VoiceSocketSettings(configuration))
        voice = try AudioThreadVoice(
            loop: loop, card: configuration.sound.makeCard(), sockets: sockets,
            settings: VoiceSettings(
                configuration.sound, ports: sockets.ports.count, seed: seed, timeBase: Self.timeBase(loop.now)),
            log: log)
        var world = World(
            loop: loop, log: log, wallClock: Self.wallClock, seed: seed,
            socket: try configuration.sip.transports.contains(.udp) ? UDPSocket(port: configuration.sip.port, on: loop) : nil,
            streams: try StreamTransport(configuration, on: loop, network: TCPNetwork(on: loop), seed: kernel.next()),
            resolver: try DNSResolver(on: loop), localAddress: Routes.localAddress(to:), voice: voice,
            lines: { kind in
                switch kind {
                case .gpio:
                    GPIOLines(loop: loop) { error in log.error("line-failed", ["error": error]) }
                case .simulated: SimulatedLines(now: { loop.now })
                }
            })
        world.instance = Instance.load(from: store.stateFolder) { kernel.next() }
        world.secrets = .kernel
        server = try ControlServer(path: configuration.control.socket, on: loop, log: log)
        daemon = Daemon(world, configuration: configuration, source: loaded.source) { loop.stop() }
        try start(configuration, watchdogInterval)
    }

    private func start(_ configuration: HouseConfiguration, _ watchdogInterval: Duration?) throws {
        signals = try SignalWatch(on: loop) { [weak self] in self?.handle($0) }
        desk = daemon.assumeIsolated { $0.serve(server) }
        daemon.assumeIsolated { $0.start() }
        try voice.start()
        if let folder = configuration.drop.folder {
            let drop = DropFolder(loop: loop, folder: folder, log: log) { [weak self] bytes, name in
                self?.apply(bytes, name) ?? .failed(["the daemon is going down"])
            }
            let watched = drop.assumeIsolated { drop in Result { try drop.start() } }
            try watched.get()
            self.drop = drop
        }
        watchAddresses()
        if let watchdogInterval {
            daemon.assumeIsolated { [notifier] in $0.watch(every: watchdogInterval) { notifier.watchdog() } }
        }
        // Where nobody allows it, it may be paged out, as everything else.
        if let refusal = RealTimeThread.lockMemory() { log.info("memory-not-locked", ["error": refusal]) }
        notifier.ready()
        log.notice("ready", ["configuration": store.file])
    }

    func run() {
        loop.run()
        daemon.assumeIsolated { $0.close() }
        drop?.assumeIsolated { $0.close() }
        addresses?.cancel()
        server.close()
        log.notice("stopped")
    }

    private func handle(_ signal: SignalWatch.Signal) {
        switch signal {
        case .hangUp: reload()
        case .terminate, .interrupt:
            notifier.stopping()
            daemon.assumeIsolated { $0.stop() }
        }
    }

    /// A kernel that does not tell is no reason not to start: registrations find out later.
    private func watchAddresses() {
        let daemon = daemon
        do throws(SystemError) {
            let watch = try AddressWatch(on: loop) { daemon.assumeIsolated { $0.moved() } }
            try watch.start()
            addresses = watch
        } catch {
            log.warning("addresses-not-watched", ["error": error])
        }
    }

    /// SIGHUP: the file again.
    private func reload() {
        do {
            let bytes = try Files.read(store.file, limit: DroppedFile.mostBytes).bytes
            if case .rejected(let error) = apply(bytes, store.file, isDropped: false) {
                for problem in error.problems { log.error("configuration", ["problem": problem]) }
            }
        } catch {
            log.error("reload-failed", ["error": "\(error)"])
        }
    }

    private func apply(_ bytes: [UInt8], _ name: String, isDropped: Bool = true) -> DropVerdict {
        let room = isDropped ? drop.map { Files.room(in: $0.folder) } ?? .max : nil
        let verdict = daemon.assumeIsolated { daemon in daemon.apply(bytes, name: name, store: store, room: room) }
        guard isDropped, verdict.isApplied else { return verdict }
        var isKept = true
        do throws(SystemError) {
            try store.keep(bytes)
        } catch {
            isKept = false
            log.error("last-known-good-not-kept", ["error": error])
        }
        daemon.assumeIsolated { [isKept] in $0.tellFault("storage", !isKept) }
        return verdict
    }

    private static let wallClock: @Sendable () -> Double = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// NTP time (32.32) of the monotonic clock's zero.
    private static func timeBase(_ now: Instant) -> UInt64 {
        let seconds = wallClock() + 2_208_988_800 - (now - Instant()).inSeconds
        return UInt64(seconds) << 32
    }
}
