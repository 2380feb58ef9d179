import Base
import Configuration

/// What happens in and around the house.
public enum Event: Sendable, Equatable {
    /// A line changed. `active` already has active-low taken into account. `time` is the kernel's time of the edge; with it,
    /// debouncing is right even when several edges are handled late and at once. `isDebounced`: the kernel has debounced it, and
    /// `time` is when the level had stood for long enough; otherwise it is raw.
    case edge(line: String, active: Bool, time: Instant? = nil, isDebounced: Bool = false)
    /// What an input is when it was just opened: a button that is down already is no press, and works once it was let go.
    case level(line: String, active: Bool)
    /// These lines were opened anew, as before: outputs are at rest.
    case linesOpened(Set<String>)
    /// A line that was missing was opened; as an output it is at rest.
    case lineFound(String)
    /// A whole press, from the tool or the simulated board.
    case pressed(button: String, PressKind)
    /// The buttons of a chord, held for as long as it takes; from the tool.
    case chordPressed(chord: String)
    case incoming(CallID, Caller)
    /// Our call rings at the other end, with its own sound or without.
    case ringing(CallID, earlyMedia: Bool)
    case answered(CallID)
    case digit(CallID, Character, DigitMethod = .telephoneEvent)
    case heldByPeer(CallID, Bool)
    case held(CallID, Bool)
    /// The call goes on with somebody else.
    case transferred(CallID, peer: String)
    /// It was to go on with somebody else, and does not.
    case transferFailed(CallID, reason: String)
    /// The peer asks for the answer, or for an end of the hold; or to be put on hold.
    case talkAsked(CallID)
    case holdAsked(CallID)
    case ended(CallID, CallOutcome)
    /// An account can carry calls, or cannot.
    case registration(account: String, ready: Bool)
    /// From the tool: operates a door's lock, or an output.
    case open(door: String)
    case output(String, OutputCommand)
    /// From the tool: these act on the one call there is, or on the one named.
    case call(target: String)
    case answer(CallID?)
    case hangUp(CallID?)
    case hold(CallID?)
    case resume(CallID?)
    case sendDigits(CallID?, String)
    case message(target: String, text: String)
    case transfer(CallID?, target: String)
    /// Something that people should see on the lamps went wrong (`sound`), or is right again.
    case fault(String, Bool)
    /// A new configuration was validated; calls in progress go on. If it has another board or other lines, they were opened anew
    /// before this event, so that every output is at rest.
    case configured(HouseConfiguration)
    /// Going down: end calls, bring lamps and relays to rest.
    case stop
}

/// How a key came: RFC 4733, INFO, or as tones in the speech.
public enum DigitMethod: String, Sendable, Equatable {
    case telephoneEvent = "rtp"
    case info
    case inband
}

public enum PressKind: String, Sendable, Equatable { case short, double, long }

/// What the tool does with an output.
public enum OutputCommand: String, Sendable, Equatable, CaseIterable { case on, off, pulse }

public struct Caller: Sendable, Equatable {
    /// User and host of the From header, such as `201@10.0.0.5`, and the display name.
    public var address: String
    public var displayName: String?
    /// What was dialled: the user part of the request URI.
    public var dialled: String?
    public var account: String?
    /// The caller's header asks for an automatic answer after this delay.
    public var automaticAnswerDelay: Duration?
    /// Answered by itself or not at all: it must not ring.
    public var mustBeAutomatic = false
    /// Only a hand may answer.
    public var mustRing = false
    /// Whom the call was for before it came here, and why that one did not take it.
    public var divertedFrom: String?
    public var diversionReason: String?

    public init(
        address: String, displayName: String? = nil, dialled: String? = nil, account: String? = nil,
        automaticAnswerDelay: Duration? = nil
    ) {
        self.address = address
        self.displayName = displayName
        self.dialled = dialled
        self.account = account
        self.automaticAnswerDelay = automaticAnswerDelay
    }
}

/// How a call ended, as far as the house cares.
public enum CallOutcome: String, Sendable, Equatable {
    case hungUpHere, hungUpThere, cancelled, answeredElsewhere, busy, refused, noAnswer, unreachable, timeLimit, failed
}

/// What the house wants done.
public enum Effect: Sendable, Equatable {
    /// Place a call to a SIP URI as text; `CallID.outgoing` numbers are made by the house.
    case placeCall(CallID, uri: String, account: String?, ringTime: Duration)
    case ring(CallID)
    case answer(CallID)
    case reject(CallID, busy: Bool)
    /// Refuse a call that may not be answered the way that it asks for.
    case forbid(CallID)
    case hangUp(CallID, CallOutcome)
    case hold(CallID)
    case resume(CallID)
    case sendDigits(CallID, String)
    /// Send a text to a SIP URI.
    case sendText(uri: String, account: String?, String)
    /// Send the peer on to a SIP URI.
    case transfer(CallID, uri: String)
    /// Whether the call hears the microphone and is heard on the loudspeaker (a call that waits is not).
    case connectSound(CallID, Bool)
    /// The tone on the loudspeaker until changed, and one-shot sounds there or to the peer.
    case tone(HouseTone?)
    case chime(HouseTone)
    case toneToPeer(CallID, HouseTone)
    /// 0 to 100 percent; a line that is no PWM channel is active above 0.
    case setLine(String, level: Int)
    case publish(HouseEvent)
    /// The command that the tool gave cannot be carried out; the reason is for people.
    case refuse(String)
}

extension Effect {
    /// A line that is active or not, and nothing in between.
    public static func setLine(_ line: String, active: Bool) -> Effect { .setLine(line, level: active ? 100 : 0) }
}

public enum HouseTone: String, Sendable, Equatable {
    case ringBack, busy, refused, chime, key, wrong, opened, interlocked, attention
}

/// An event that the house publishes to its users: a name and values, no secrets. Ends up as one JSON object.
public struct HouseEvent: Sendable, Equatable {
    public enum Value: Sendable, Equatable { case text(String), number(Double), flag(Bool) }

    public var name: String
    public var values: [Field]

    public struct Field: Sendable, Equatable {
        public var name: String
        public var value: Value

        public init(_ name: String, _ value: Value) {
            self.name = name
            self.value = value
        }
    }

    public init(_ name: String, _ values: [Field] = []) {
        self.name = name
        self.values = values
    }
}
