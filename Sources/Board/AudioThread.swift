import Base
import CLinux
import Glibc
import Media
import Runtime
import Synchronization

/// The real-time thread that carries sound: waits for the card, drains the RTP sockets, runs the engine, plays and sends.
///
/// Once the card is open it neither allocates nor waits for anything but the card. Control gives the
/// engine its plans, and reads reports on the Loop when an eventfd says so. `start` and `stop` are for the Loop's thread.
///
/// `@unchecked`: what both threads touch is atomic or a ring between the two; each other variable is one thread's.
public final class AudioThread: @unchecked Sendable {
    private let loop: Loop
    private let engine: any VoiceProcessor
    private let card: any SoundCard
    private let sockets: VoiceSockets
    private let format: SoundFormat
    private let time: any MonotonicTime
    private let events = EventRing<SoundCardEvent>(capacity: 64)
    private let periods = Atomic<UInt64>(0)
    private let notifier: Int32
    private var keeper: CardKeeper
    private var thread: RealTimeThread?
    private var watch: Watch?
    private var onReport: (@Sendable (AudioReport) -> Void)?

    private static let batchCapacity = 64
    /// Above ordinary threads, below the kernel's interrupt threads (50), which bring the sound.
    private static let priority: Int32 = 20

    /// The thread takes over the card and the sockets.
    public init(
        loop: Loop, card: any SoundCard, format: SoundFormat, sockets: VoiceSockets, engine: any VoiceProcessor,
        time: any MonotonicTime = KernelTime()
    ) throws(SystemError) {
        self.loop = loop
        self.engine = engine
        self.card = card
        self.sockets = sockets
        self.format = format
        self.time = time
        keeper = CardKeeper(card, format: format, time: time, events: events)
        notifier = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard notifier >= 0 else { throw SystemError("eventfd", code: errno) }
    }

    /// The running thread keeps this object, so that it is stopped when it comes to this.
    deinit {
        if notifier >= 0 { Glibc.close(notifier) }
    }

    /// Opens the card and starts the beat. A card that cannot be opened is reported, and silence is exchanged until it can.
    ///
    /// Returns what priority the kernel granted; without any, sound goes on all the same and may stutter under load.
    public func start(
        onReport: @escaping @Sendable (AudioReport) -> Void
    ) throws(SystemError) -> RealTimeThread.Scheduling {
        self.onReport = onReport
        watch = try loop.watch(notifier, for: .readable) { [weak self] _ in self?.readReports() }
        // Opened here, so that readiness means that the card is there or was reported missing.
        RealTimeThread.lending(priority: Self.priority) { keeper.open() }
        readReports()
        let thread = try RealTimeThread.start(name: "audio", priority: Self.priority) { [self] in run($0) }
        self.thread = thread
        return thread.scheduling
    }

    /// Periods since the start: moves for as long as the thread lives, whatever the card does.
    public var periodCount: UInt64 { periods.load(ordering: .relaxed) }

    /// Ends the thread with its period, closes the card, and tells the last reports.
    public func stop() {
        guard let thread else { return }
        thread.stop()
        self.thread = nil
        watch?.cancel()
        watch = nil
        readReports()
        onReport = nil
    }

    private func readReports() {
        var count: UInt64 = 0
        _ = read(notifier, &count, MemoryLayout<UInt64>.size)
        while let event = events.popFirst() {
            onReport?(.card(event))
            if event == .opened { for problem in card.problems { onReport?(.cardProblem(problem)) } }
        }
        while let report = engine.nextReport() { onReport?(.voice(report)) }
    }
}

// MARK: - On the audio thread

extension AudioThread {
    private func run(_ stop: RealTimeThread.Stop) {
        let captured = UnsafeMutableBufferPointer<Int16>.allocate(capacity: format.framesPerPeriod)
        let playback = UnsafeMutableBufferPointer<Int16>.allocate(capacity: format.framesPerPeriod)
        captured.initialize(repeating: 0)
        playback.initialize(repeating: 0)
        let arrivals = PacketBatch(capacity: Self.batchCapacity)
        let departures = PacketBatch(capacity: Self.batchCapacity)
        var keeper = keeper
        while !stop.isRequested {
            let period = keeper.capture(into: captured, isTalking: engine.portsInUse != 0)
            arrivals.removeAll()
            departures.removeAll()
            sockets.select(engine.portsInUse)
            if period.hasWaited { sockets.receive(into: arrivals) }
            engine.process(
                captured: UnsafeBufferPointer(captured), playback: playback, arrivals: arrivals, departures: departures,
                now: time.now, delay: period.delay)
            keeper.play(UnsafeBufferPointer(playback))
            sockets.send(departures)
            periods.wrappingAdd(1, ordering: .relaxed)
            if engine.hasReports || !events.isEmpty { notify() }
        }
        keeper.close()
        captured.deallocate()
        playback.deallocate()
    }

    private func notify() {
        var one: UInt64 = 1
        _ = write(notifier, &one, MemoryLayout<UInt64>.size)
    }
}
