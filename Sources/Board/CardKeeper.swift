import Base

/// Keeps a sound card in use: opens it, notices that it is gone, exchanges silence meanwhile, and opens it again.
///
/// Calls go on whatever the card does. The pauses between attempts grow from one second to thirty.
struct CardKeeper {
    private let card: any SoundCard
    private let silence: SilentCard
    private let format: SoundFormat
    private let time: any MonotonicTime
    private let events: EventRing<SoundCardEvent>
    private(set) var isOpen = false
    private var pause = shortestPause
    private var nextAttempt: Instant
    private var openedAt: Instant
    private var lastError: SoundCardError?
    private var untold = Interruptions()
    private var interruptions = Interruptions()
    private var lastInterruptionTold: Instant?
    private var microphone: MicrophoneWatch
    private var beatsOfSecond = 0
    private let periodsPerSecond: Int

    private static let shortestPause: Duration = .seconds(1)
    private static let longestPause: Duration = .seconds(30)
    /// A card that was in use for less is no better than one that cannot be opened.
    private static let trialTime: Duration = .seconds(10)
    private static let interruptionInterval: Duration = .seconds(10)

    init(_ card: any SoundCard, format: SoundFormat, time: any MonotonicTime, events: EventRing<SoundCardEvent>) {
        self.card = card
        self.format = format
        self.time = time
        self.events = events
        silence = SilentCard(time: time)
        silence.open(format)
        nextAttempt = time.now
        openedAt = time.now
        periodsPerSecond = max(1, format.sampleRate / max(1, format.framesPerPeriod))
        microphone = MicrophoneWatch(periodsPerSecond: periodsPerSecond)
    }

    /// Waits for the next period of the card, or of silence. `isTalking` says whether somebody wants to hear the microphone.
    mutating func capture(into samples: UnsafeMutableBufferPointer<Int16>, isTalking: Bool = false) -> SoundCardPeriod {
        if !isOpen, time.now >= nextAttempt { open() }
        guard isOpen else { return silence.capture(into: samples) }
        let period = card.capture(into: samples)
        switch period.state {
        case .running: break
        case .interrupted(let count):
            untold = untold + count
            interruptions = interruptions + count
        case .lost(let error):
            close()
            if time.now - openedAt > Self.trialTime { pause = Self.shortestPause }
            postpone()
            lastError = error
            events.append(.lost(error))
        }
        if untold.total > 0 { tellInterruptions() }
        if isOpen { listen(UnsafeBufferPointer(samples), isTalking) }
        return period
    }

    func play(_ samples: UnsafeBufferPointer<Int16>) {
        if isOpen { card.play(samples) }
    }

    mutating func open() {
        do throws(SoundCardError) {
            try card.open(format)
            isOpen = true
            openedAt = time.now
            lastError = nil
            microphone.restart()
            events.append(.opened)
        } catch {
            postpone()
            if lastError != error { events.append(.unavailable(error)) }
            lastError = error
            // However long the attempt took, the beat starts here.
            silence.open(format)
        }
    }

    mutating func close() {
        guard isOpen else { return }
        card.close()
        isOpen = false
        silence.open(format)
    }

    private mutating func postpone() {
        nextAttempt = time.now + pause
        pause = min(pause * 2, Self.longestPause)
    }

    /// A card that stutters must not flood the log.
    private mutating func tellInterruptions() {
        let now = time.now
        if let lastInterruptionTold, now - lastInterruptionTold < Self.interruptionInterval { return }
        lastInterruptionTold = now
        events.append(.interrupted(untold))
        untold = Interruptions()
    }

    private mutating func listen(_ samples: UnsafeBufferPointer<Int16>, _ isTalking: Bool) {
        if let isSilent = microphone.note(samples, isTalking: isTalking), card.hasMicrophone {
            events.append(.microphoneSilent(isSilent))
        }
        beatsOfSecond += 1
        guard beatsOfSecond >= periodsPerSecond else { return }
        beatsOfSecond = 0
        var figures = card.figures
        figures.peak = microphone.takePeak()
        figures.interruptions = interruptions
        events.append(.figures(figures))
    }
}
