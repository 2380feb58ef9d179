import Base
import SIP

/// What the house asks of the user agent.
public enum Command: Sendable, Equatable {
    /// Place a call. `call` is made by the caller of this interface with `CallID.outgoing`.
    case call(CallID, target: URI, account: String?, ringTime: Duration?)
    /// Tell the caller that it rings here (180).
    case ring(CallID)
    case answer(CallID)
    /// Refuse a call that rings here.
    case reject(CallID, Refusal)
    /// End a call in whatever state it is: CANCEL, refusal or BYE. `cause` is what the terminal event will say.
    case hangUp(CallID, cause: CallEnd.Cause)
    case hold(CallID)
    case resume(CallID)
    /// Send one key by INFO (application/dtmf-relay), for peers that did not agree on RFC 4733. One of 0-9 * # A-D.
    case sendInfoDigit(CallID, Character)
    /// Send the peer on to `target` (REFER); the call ends with `transferred` when it got there.
    case transfer(CallID, target: URI)
    /// Connect the peers of two answered calls (REFER with Replaces).
    case transferTo(CallID, CallID)
    /// The voice engine heard nothing from the peer for `mediaTimeout`, or hears it again.
    case mediaSilent(CallID)
    /// Send a text (MESSAGE); what becomes of it is told by `News.messageSent`.
    case message(MessageID, target: URI, account: String?, text: String)
    /// Tell the collector of its account how a call sounded (PUBLISH), once; failures are logged.
    case reportQuality(QualityReport)
    case reconfigure(UserAgentSettings)
    /// Unregister, end all calls; `Output.stopped` follows when the last answer came or two seconds passed.
    case stop
}

public enum Refusal: Sendable, Equatable {
    case busy, declined, forbidden, unavailable
}

/// What the user agent wants done or known.
public enum Output: Sendable, Equatable {
    /// Send one message: a datagram, or by the connection with that peer, which is made when there is none.
    case send([UInt8], to: Hop)
    /// The peer of this connection agreed to RFC 5626: ping at least every so often (`nil`: as usual), and demand pongs.
    case keepAlive(Hop, every: Duration?)
    /// Find the ways to a server by RFC 3263, and our own address on each; answer with `UserAgent.resolved`.
    case resolve(ResolutionID, Locating)
    /// The call's sound, whole: start it, replace what was there, or (`nil`) end it.
    case media(CallID, MediaSession?)
    case call(CallID, CallEvent)
    case registration(account: String, RegistrationState)
    case news(News)
    /// Something that the house's users should hear of, as an event of that name.
    case event(LogLine)
    case log(Severity, LogLine)
    case stopped
}

public struct ResolutionID: Hashable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// One way to a peer: where it is, and which of our addresses packets to it leave from.
public struct Route: Hashable, Sendable {
    public var remote: Hop
    public var local: IPAddress

    public init(remote: Hop, local: IPAddress) {
        self.remote = remote
        self.local = local
    }
}

/// A log line as an event name and values; never a secret in it.
public struct LogLine: Sendable, Equatable {
    public var event: String
    public var values: [(String, String)]

    public init(_ event: String, _ values: [(String, String)] = []) {
        self.event = event
        self.values = values
    }

    public static func == (left: LogLine, right: LogLine) -> Bool {
        left.event == right.event && left.values.elementsEqual(right.values, by: ==)
    }
}

/// What both sides agreed on for one call's sound.
public struct MediaSession: Sendable, Equatable {
    /// One of `MediaSettings.ports`.
    public var localPort: UInt16
    public var remote: SocketAddress
    public var remoteControl: SocketAddress
    public var codec: Codec
    /// RTP payload type that the peer wants for the codec, and that we told it to send.
    public var sendPayloadType: UInt8
    public var receivePayloadType: UInt8
    /// For RFC 4733; `nil` when not agreed on.
    public var sendEventPayloadType: UInt8?
    public var receiveEventPayloadType: UInt8?
    /// What durations of keys are told in, in Hz.
    public var eventClockRate = 8_000
    /// Tones in the peer's speech are keys, for it cannot send any by RFC 4733.
    public var hearsInbandKeys = false
    /// What else the peer may send at any time, by payload type.
    public var otherCodecs: [UInt8: Codec] = [:]
    /// How the peer likes its Opus.
    public var opus = OpusParameters()
    public var sends: Bool
    public var receives: Bool
    public var packetTime: Duration
    /// What RTP and RTCP are encrypted with; `nil` for in the clear.
    public var keys: SRTPKeys?

    public init(
        localPort: UInt16, remote: SocketAddress, remoteControl: SocketAddress, codec: Codec, sendPayloadType: UInt8,
        receivePayloadType: UInt8, sendEventPayloadType: UInt8?, receiveEventPayloadType: UInt8?, sends: Bool, receives: Bool,
        packetTime: Duration
    ) {
        self.localPort = localPort
        self.remote = remote
        self.remoteControl = remoteControl
        self.codec = codec
        self.sendPayloadType = sendPayloadType
        self.receivePayloadType = receivePayloadType
        self.sendEventPayloadType = sendEventPayloadType
        self.receiveEventPayloadType = receiveEventPayloadType
        self.sends = sends
        self.receives = receives
        self.packetTime = packetTime
    }
}

/// The life of one call, as the house needs to know it. `ended` comes exactly once, and nothing after it.
public enum CallEvent: Sendable, Equatable {
    case incoming(IncomingCall)
    /// The peer's phone rings. With early media its sound is already in the call's `MediaSession`.
    case ringing(earlyMedia: Bool)
    case answered
    /// Its quality is to be reported, and by these names; after `answered` and after each `transferred`.
    case observed(QualityReport.Subject)
    /// The peer put us on hold, or took us back.
    case heldByPeer(Bool)
    /// Our own hold took effect, or ended.
    case held(Bool)
    /// The call is with somebody else now: the peer sent us on, or another took its place.
    case transferred(to: String)
    /// A transfer, ours or the peer's, did not come about; the call goes on.
    case transferFailed(status: Int?, text: String)
    /// A key by INFO.
    case digit(Character, duration: Duration)
    /// A trusted peer asks by NOTIFY that the call is answered or taken back, or put on hold; the house decides.
    case talkAsked
    case holdAsked
    case ended(CallEnd)
}

/// A call that wants in, from a trusted source.
public struct IncomingCall: Sendable, Equatable {
    /// The From header's URI without parameters, such as `sip:201@10.0.0.5`, and its display name.
    public var from: URI
    public var displayName: String?
    /// The request URI: what the caller dialled.
    public var target: URI
    public var source: SocketAddress
    /// The account that it came in by, when the registrar sent it.
    public var account: String?
    /// What Call-Info (answer-after), Alert-Info (info=alert-autoanswer, delay) or Answer-Mode asks for.
    public var wantsAutomaticAnswer: AutomaticAnswer?
    /// Answer-Mode: Manual. Nothing but a hand may answer.
    public var wantsManualAnswer = false
    /// Who calls by the word of our registrar or proxy (P-Asserted-Identity); nobody else's word counts.
    public var asserted: NameAddress?
    /// Whom the call was for before it came here, latest first (Diversion, History-Info).
    public var diversions: [Diversion] = []

    public struct AutomaticAnswer: Sendable, Equatable {
        public var delay: Duration
        /// Answered by itself or refused (RFC 5373 §4.2): it must not ring.
        public var isRequired: Bool

        public init(delay: Duration, isRequired: Bool = false) {
            self.delay = delay
            self.isRequired = isRequired
        }
    }

    public init(
        from: URI, displayName: String?, target: URI, source: SocketAddress, account: String?,
        wantsAutomaticAnswer: AutomaticAnswer?
    ) {
        self.from = from
        self.displayName = displayName
        self.target = target
        self.source = source
        self.account = account
        self.wantsAutomaticAnswer = wantsAutomaticAnswer
    }
}

/// Why a call ended.
public struct CallEnd: Sendable, Equatable {
    public enum Cause: String, Sendable {
        /// We hung up, the peer hung up.
        case localHangUp = "local-hang-up"
        case remoteHangUp = "remote-hang-up"
        /// The caller gave up before the answer; the call was answered by another phone.
        case cancelled
        case answeredElsewhere = "answered-elsewhere"
        case busy
        case declined
        /// Nobody answered in the ring time.
        case noAnswer = "no-answer"
        /// The callee does not exist, or we may not call it.
        case notFound = "not-found"
        case forbidden
        /// No address, no answer to any packet.
        case unreachable
        /// No codec or transport in common.
        case incompatible
        /// We sent the peer on to somebody else, and it got there.
        case transferred
        case timeLimit = "time-limit"
        case mediaLost = "media-lost"
        /// The session timer ran out: no refresh came, or ours was not answered.
        case sessionExpired = "session-expired"
        case shutDown = "shut-down"
        /// Any other failure; the status says which.
        case failed
    }

    public var cause: Cause
    /// The SIP status that said so, when one did.
    public var status: Int?
    /// The cause by ITU-T Q.850, 1 to 127, when a telephone network behind the peer gave one.
    public var networkCause: Int?
    /// The text that came with it, or the Reason header's, for people.
    public var text: String?

    public init(_ cause: Cause, status: Int? = nil, networkCause: Int? = nil, text: String? = nil) {
        self.cause = cause
        self.status = status
        self.networkCause = networkCause
        self.text = text
    }
}

public enum RegistrationState: Sendable, Equatable {
    /// Asking, for the first time or again after a failure.
    case registering
    case registered(expires: Duration)
    /// The next attempt is at `retry` from now; it never gives up.
    case failed(status: Int?, text: String, retry: Duration)
    case unregistered
}
