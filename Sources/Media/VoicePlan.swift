import Base

/// What the audio thread is to do, whole: control hands over a new plan, and the engine changes what differs.
///
/// One-shot sounds and keys carry a growing `sequence`: the engine plays what it has not played yet, so that handing
/// over the same plan twice changes nothing.
public struct VoicePlan: Sendable, Equatable {
    public var legs: [Leg] = []
    /// Plays on the loudspeaker until another plan says otherwise: ring-back, busy, …
    public var localTone: Tone?
    /// Plays once on the loudspeaker: door chime, key click.
    public var localChime: OneShot?

    public init() {}

    public struct OneShot: Sendable, Equatable {
        public var sequence: UInt32
        public var tone: Tone

        public init(sequence: UInt32, tone: Tone) {
            self.sequence = sequence
            self.tone = tone
        }
    }

    /// One call's sound: an RTP stream each way, mixed with the loudspeaker and the microphone.
    public struct Leg: Sendable, Equatable {
        public var call: CallID
        /// Which of the open RTP port pairs, by index.
        public var port: Int
        public var remote: SocketAddress
        public var remoteControl: SocketAddress
        public var codec: Codec
        public var sendPayloadType: UInt8
        public var receivePayloadType: UInt8
        public var sendEventPayloadType: UInt8?
        public var receiveEventPayloadType: UInt8?
        /// Of the durations of keys, in Hz.
        public var eventClockRate = 8_000
        /// What else the peer may change over to without asking, by payload type.
        public var otherCodecs: [UInt8: Codec] = [:]
        /// How the peer likes its Opus.
        public var opus = OpusParameters()
        public var sends: Bool
        public var receives: Bool
        /// Tones of keys in the peer's speech are keys (DTMF, ITU-T Q.23), while sound goes both ways. Only for a peer that
        /// did not agree on RFC 4733: other ones would send each key twice.
        public var hearsInbandKeys = false
        /// Speech in each packet that we send.
        public var packetTime: Duration
        /// Chosen by control, random, kept for the life of the leg.
        public var ssrc: UInt32
        public var canonicalName: String
        /// What RTP and RTCP are encrypted with; `nil` for in the clear.
        public var keys: SRTPKeys?
        /// Keys to send by RFC 4733, in order.
        public var digits: [Digit] = []
        /// Plays once to the peer: warning tone before automatic answer, refused key code.
        public var toneToPeer: OneShot?

        public init(
            call: CallID, port: Int, remote: SocketAddress, remoteControl: SocketAddress, codec: Codec, sendPayloadType: UInt8,
            receivePayloadType: UInt8, sendEventPayloadType: UInt8?, receiveEventPayloadType: UInt8?, sends: Bool, receives: Bool,
            packetTime: Duration, ssrc: UInt32, canonicalName: String
        ) {
            self.call = call
            self.port = port
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
            self.ssrc = ssrc
            self.canonicalName = canonicalName
        }
    }

    public struct Digit: Sendable, Equatable {
        public var sequence: UInt32
        /// RFC 4733 event code: 0-9, 10 is *, 11 is #, 12-15 are A-D.
        public var event: UInt8

        public init(sequence: UInt32, event: UInt8) {
            self.sequence = sequence
            self.event = event
        }
    }
}

public enum Tone: UInt8, Sendable {
    /// ETSI 425 Hz cadences: 1 s on, 4 s off; 0.5 s on, 0.5 s off; 0.25 s on, 0.25 s off.
    case ringBack, busy, refused
    /// Two falling notes.
    case chime
    /// A short click when a key is accepted; a low buzz when a code was wrong; a rising pair when the door opens.
    case key, wrong, opened
    /// Warns the people at the door that the call was answered by itself.
    case attention
    /// Two low beeps: the code is right, but the other door of a sluice is open.
    case interlocked
}
