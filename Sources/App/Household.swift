import Base
import Configuration
import Intercom
import Media
import Runtime
import Telephony

/// The house's mind and its hands: holds the `House` value and carries out what it wants.
actor Household {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// Those who carry out what the house wants. Handed over once, before the first event.
    struct Hands: Sendable {
        var phone: PhoneLine
        var voice: VoiceDesk
        var panel: FrontPanel
        var board: EventBoard
    }

    private var house: House
    private var ledger = CallLedger()
    private var hands: Hands?
    private let alarm: Alarm
    private let ledgerAlarm: Alarm
    private let wallClock: @Sendable () -> Double
    private var howling = HowlingWatch()
    /// The line that switches the amplifier, where there is one. As the sound, it is what it was at the start.
    private let amplifierLine: String?
    private var amplifier = AmplifierSwitch()
    private let amplifierAlarm: Alarm

    /// Events that came while effects were carried out; order is kept.
    private var inbox: [Event] = []
    private var isHandling = false
    private var refusal: String?

    init(loop: Loop, configuration: HouseConfiguration, wallClock: @escaping @Sendable () -> Double) {
        self.loop = loop
        self.wallClock = wallClock
        house = House(configuration: configuration, at: loop.now)
        alarm = Alarm(on: loop)
        ledgerAlarm = Alarm(on: loop)
        amplifierLine = configuration.sound.amplifier
        amplifierAlarm = Alarm(on: loop)
    }

    func start(_ hands: Hands) {
        self.hands = hands
        alarm.handler = { [weak self] in self?.assumeIsolated { $0.wake() } }
        ledgerAlarm.handler = { [weak self] in self?.assumeIsolated { $0.closeAccounts() } }
        amplifierAlarm.handler = { [weak self] in
            self?.assumeIsolated { $0.switchAmplifier { $0.wake(at: $1) } }
        }
        alarm.set(at: house.nextDeadline)
    }

    var snapshot: HouseSnapshot { house.snapshot(at: loop.now) }

    /// How many calls have begun and not yet had their terminal event.
    var openCalls: Int { ledger.openCalls }

    /// Something happened. Returns why it cannot be, when a command from the tool is refused.
    @discardableResult
    func handle(_ event: Event) -> String? {
        inbox.append(event)
        guard !isHandling else { return nil }
        return settle([])
    }

    private func wake() {
        // A release that waits in the kernel came before a deadline that is noticed late.
        hands?.panel.assumeIsolated { $0.readEdges() }
        _ = settle(house.wake(at: loop.now))
    }

    /// Carries out `effects`, then whatever came of it.
    private func settle(_ effects: [Effect]) -> String? {
        isHandling = true
        refusal = nil
        perform(effects)
        var next = 0
        while next < inbox.count {
            perform(house.handle(inbox[next], at: loop.now))
            next += 1
        }
        inbox.removeAll(keepingCapacity: true)
        isHandling = false
        alarm.set(at: house.nextDeadline)
        return refusal
    }

    private func perform(_ effects: [Effect]) {
        for effect in effects { perform(effect) }
    }

    private func perform(_ effect: Effect) {
        guard let hands else { preconditionFailure("the house acts before it has hands") }
        switch effect {
        case .placeCall(let call, let uri, let account, let ringTime):
            ledger.start(call, peer: uri, at: loop.now)
            hands.phone.assumeIsolated { $0.call(call, uri: uri, account: account, ringTime: ringTime) }
        case .ring(let call): command(.ring(call))
        case .answer(let call): command(.answer(call))
        case .reject(let call, let busy): command(.reject(call, busy ? .busy : .declined))
        case .forbid(let call): command(.reject(call, .forbidden))
        case .hangUp(let call, let outcome): command(.hangUp(call, cause: outcome.cause))
        case .hold(let call): command(.hold(call))
        case .resume(let call): command(.resume(call))
        case .sendDigits(let call, let digits): sendDigits(call, digits)
        case .sendText(let uri, let account, let text):
            hands.phone.assumeIsolated { $0.sendText(text, uri: uri, account: account) }
        case .transfer(let call, let uri): hands.phone.assumeIsolated { $0.transfer(call, uri: uri) }
        case .connectSound(let call, let isConnected): hear(.connect(call, isConnected))
        case .tone(let tone): hear(.tone(tone))
        case .chime(let tone): hear(.chime(tone))
        case .toneToPeer(let call, let tone): hands.voice.assumeIsolated { $0.toneToPeer(call, tone) }
        case .setLine(let line, let level): hands.panel.assumeIsolated { $0.set(line, level: level) }
        case .publish(let event): hands.board.assumeIsolated { $0.publish(event) }
        case .refuse(let reason): refusal = reason
        }
    }

    /// By way of the amplifier, if one is to be switched.
    private func hear(_ sound: AmplifierSwitch.Sound) {
        guard amplifierLine != nil else { return play(sound) }
        switchAmplifier { $0.handle(sound, at: $1) }
    }

    private func switchAmplifier(_ happens: (inout AmplifierSwitch, Instant) -> [AmplifierSwitch.Output]) {
        for output in happens(&amplifier, loop.now) {
            switch output {
            case .play(let sound): play(sound)
            case .amplifier(let isOn):
                guard let amplifierLine else { continue }
                hands?.panel.assumeIsolated { $0.set(amplifierLine, level: isOn ? 100 : 0) }
            }
        }
        amplifierAlarm.set(at: amplifier.nextDeadline)
    }

    /// Lines were opened anew and are inactive: what they were told before is told again.
    func linesOpened(_ names: Set<String>) {
        handle(.linesOpened(names))
        renewAmplifier(on: names)
    }

    func renewAmplifier(on lines: Set<String>) {
        guard let amplifierLine, lines.contains(amplifierLine), amplifier.isOn else { return }
        hands?.panel.assumeIsolated { $0.set(amplifierLine, level: 100) }
    }

    private func play(_ sound: AmplifierSwitch.Sound) {
        guard let hands else { return }
        hands.voice.assumeIsolated { voice in
            switch sound {
            case .connect(let call, let isConnected): voice.connect(call, isConnected)
            case .tone(let tone): voice.setTone(tone)
            case .chime(let tone): voice.chime(tone)
            }
        }
    }

    private func command(_ command: Command) {
        hands?.phone.assumeIsolated { $0.command(command) }
    }

    private func sendDigits(_ call: CallID, _ digits: String) {
        guard let hands else { return }
        let isSent = hands.voice.assumeIsolated { $0.sendDigits(call, digits) }
        guard !isSent else { return }
        for digit in digits { command(.sendInfoDigit(call, digit)) }
    }
}

// MARK: - What the phone and the voice tell

extension Household {
    func phone(_ call: CallID, _ event: CallEvent) {
        switch event {
        case .incoming(let caller):
            ledger.start(call, peer: caller.from.description, at: loop.now)
            handle(.incoming(call, Caller(caller)))
        case .ringing(let earlyMedia): handle(.ringing(call, earlyMedia: earlyMedia))
        case .answered:
            ledger.answered(call, at: loop.now)
            handle(.answered(call))
        case .observed(let subject): ledger.observe(call, as: subject, at: loop.now)
        case .heldByPeer(let isHeld): handle(.heldByPeer(call, isHeld))
        case .held(let isHeld): handle(.held(call, isHeld))
        case .talkAsked: handle(.talkAsked(call))
        case .holdAsked: handle(.holdAsked(call))
        case .transferred(let peer): handle(.transferred(call, peer: peer))
        case .transferFailed(let status, let text):
            handle(.transferFailed(call, reason: status.map { "\($0) \(text)" } ?? text))
        case .digit(let digit, _): handle(.digit(call, digit, .info))
        case .ended(let end):
            let terminal = ledger.ended(call, end, at: loop.now)
            handle(.ended(call, CallOutcome(end.cause)))
            publish(terminal)
            reportQuality()
            ledgerAlarm.set(at: ledger.nextDeadline)
        }
    }

    func registration(_ account: String, _ state: RegistrationState) {
        if case .failed(let status, let text, let retry) = state {
            publish(
                HouseEvent(
                    "registration-failed",
                    [
                        .init("account", .text(account)), .init("status", .number(Double(status ?? 0))),
                        .init("text", .text(text)),
                        .init("retry_seconds", .number(CallLedger.rounded(retry.inSeconds, 1))),
                    ]))
        }
        if case .registered = state { handle(.registration(account: account, ready: true)) }
        if case .failed = state { handle(.registration(account: account, ready: false)) }
        if case .unregistered = state { handle(.registration(account: account, ready: false)) }
    }

    func media(_ call: CallID, _ session: MediaSession?) {
        if let session { ledger.soundOpened(call, session, at: loop.now) }
        reportQuality()
        hands?.voice.assumeIsolated { $0.setSession(call, session) }
    }

    func voice(_ report: VoiceReport) {
        switch report {
        case .digit(let call, let event, let isInband):
            guard let key = Switchboard.key(of: event) else { return }
            handle(.digit(call, key, isInband ? .inband : .telephoneEvent))
        case .statistics(let call, let figures, let final):
            if howling.begins(figures.echo.isHowling, at: loop.now) {
                publish(HouseEvent("howling", [.init("call", .text(call.description))]))
            }
            publish(ledger.statistics(call, figures, final: final, at: loop.now))
            reportQuality()
            ledgerAlarm.set(at: ledger.nextDeadline)
        case .silent(let call, let seconds):
            hands?.phone.assumeIsolated { $0.silent(call, seconds: Int(seconds)) }
        case .firstPacket, .digitEnded: break
        case .lost(let count):
            publish(HouseEvent("voice-reports-lost", [.init("count", .number(Double(count)))]))
        }
    }

    private func closeAccounts() {
        for event in ledger.wake(at: loop.now) { publish(event) }
        reportQuality()
        ledgerAlarm.set(at: ledger.nextDeadline)
    }

    /// Tells the collectors of what is over.
    private func reportQuality() {
        for observation in ledger.takeObservations() {
            let (now, time) = (loop.now, wallClock())
            command(.reportQuality(QualityReport(observation) { time - (now - $0).inSeconds }))
        }
    }

    private func publish(_ event: HouseEvent?) {
        guard let event else { return }
        hands?.board.assumeIsolated { $0.publish(event) }
    }
}
