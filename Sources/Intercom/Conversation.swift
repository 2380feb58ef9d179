import Base
import Configuration

/// The one call of the house, from the press or the caller until it is over; several phones may ring for it.
struct Conversation: Sendable, Equatable {
    enum Stage: Sendable, Equatable {
        /// The account is not registered yet; nothing is on the wire.
        case waiting(Hunt, until: Instant)
        /// One or more phones are called; none has answered.
        case hunting(Hunt)
        /// A caller waits; it rings here.
        case ringingHere(CallID, answerAt: Instant?, giveUp: Instant, nextChime: Instant)
        /// We answered; the caller has not confirmed.
        case answering(CallID, giveUp: Instant)
        case talking(CallID, giveUp: Instant?)
    }

    /// Who asked for it at the door.
    enum Asker: Sendable, Equatable {
        case button(String)
        case chord(String)

        var button: String? { if case .button(let name) = self { name } else { nil } }
    }

    var stage: Stage
    /// `nil` when the tool or a caller asked for it.
    var asker: Asker?
    /// URI or address of the other side, once there is only one.
    var peer: String
    var isAutomatic = false
    var isHeldHere = false
    var isHeldByPeer = false
    var entry = CodeEntry()
    /// How its keys come: some phones send each key in two ways, and it must count once.
    private(set) var digitMethod: DigitMethod?

    /// Whether a key that came in this way counts.
    ///
    /// The way of the first key is that of all, but tones in the speech give way to what is signalled: they may have been
    /// no keys. Those taken so far are forgotten then, for whoever sends both ways sends them once more. Tones after telephone
    /// events are heard only once the other side has given up those, as after a transfer.
    mutating func accepts(_ method: DigitMethod) -> Bool {
        switch (digitMethod, method) {
        case (.info?, .telephoneEvent), (.telephoneEvent?, .info), (.info?, .inband): return false
        case (.inband?, .telephoneEvent), (.inband?, .info): entry.clear()
        default: break
        }
        digitMethod = method
        return true
    }

    /// The call, once there is only one.
    var call: CallID? {
        switch stage {
        case .waiting, .hunting: nil
        case .ringingHere(let call, _, _, _), .answering(let call, _), .talking(let call, _): call
        }
    }

    func contains(_ call: CallID) -> Bool {
        if case .hunting(let hunt) = stage { return hunt.contains(call) }
        return self.call == call
    }

    var button: String? { asker?.button }

    var isTalking: Bool { if case .talking = stage { true } else { false } }

    /// The calls that hear and are heard.
    var connected: CallID? {
        switch stage {
        case .hunting(let hunt): hunt.earlyMedia
        case .answering(let call, _), .talking(let call, _): isHeldHere ? nil : call
        case .waiting, .ringingHere: nil
        }
    }

    var tone: HouseTone? {
        if case .hunting(let hunt) = stage, hunt.rings, hunt.earlyMedia == nil { return .ringBack }
        return nil
    }

    var lampState: LampState {
        switch stage {
        case .waiting: .calling
        case .hunting(let hunt): hunt.rings ? .ringing : .calling
        case .ringingHere: .ringing
        case .answering, .talking: .talking
        }
    }

    var nextDeadline: Instant? {
        let stageDeadline: Instant? =
            switch stage {
            case .waiting(_, let until): until
            case .hunting(let hunt): hunt.nextDeadline
            case .ringingHere(_, let answerAt, let giveUp, let nextChime): earliest(answerAt, min(giveUp, nextChime))
            case .answering(_, let giveUp): giveUp
            case .talking(_, let giveUp): giveUp
            }
        return earliest(stageDeadline, entry.nextDeadline)
    }
}

/// How a call that failed is seen and heard for a while.
struct Signal: Sendable, Equatable {
    enum Kind: Sendable, Equatable { case busy, refused, noAnswer }

    var kind: Kind
    var button: String?
    var until: Instant

    var tone: HouseTone? {
        switch kind {
        case .busy: .busy
        case .refused: .refused
        case .noAnswer: nil
        }
    }

    var lampState: LampState {
        switch kind {
        case .busy: .busy
        case .refused: .refused
        case .noAnswer: .noAnswer
        }
    }
}

extension Signal.Kind {
    /// What a visitor is told when the call never came about; nothing when it was given up here.
    init?(_ outcome: CallOutcome) {
        switch outcome {
        case .busy: self = .busy
        case .refused, .hungUpThere, .unreachable, .failed: self = .refused
        case .noAnswer, .timeLimit: self = .noAnswer
        case .hungUpHere, .cancelled, .answeredElsewhere: return nil
        }
    }
}
