import Base

extension HouseConfiguration {
    /// Microphone, loudspeaker, and what lies between them and the network.
    public struct Sound: Sendable, Equatable {
        public enum Card: Sendable, Equatable {
            /// ALSA devices by name, such as `default` or `plughw:CARD=Device`.
            case alsa(capture: String, playback: String)
            /// WAV files in place of a card: what the microphone hears, once or over and over, and what the loudspeaker played.
            case files(input: String, output: String, loops: Bool)
        }

        /// How a control of the card's mixer is set.
        public enum MixerLevel: Sendable, Equatable {
            /// 0 to 100.
            case percent(Int)
            case decibels(Double)
            case isOn(Bool)
        }

        public var card = Card.alsa(capture: "default", playback: "default")
        /// In order of preference.
        public var codecs: [Codec] = [.opus, .g722, .pcma, .pcmu]
        /// Silence is not sent, where the codec can do without.
        public var discontinuous = false
        public var rtpPorts = PortRange(lower: 40000, upper: 40015)
        public var echoCanceller = true
        /// `nil`: 192 ms, and 256 ms where the room asks for it.
        public var echoTail: Duration?
        /// What the canceller's filter begins with and may come to; zero where it is off.
        public var echoTails: (first: Duration, longest: Duration) {
            guard echoCanceller else { return (.zero, .zero) }
            return (echoTail ?? .milliseconds(192), echoTail ?? .milliseconds(256))
        }
        /// How far steady noise is brought down, in dB; 0 is off.
        public var noiseSuppression = 15.0
        /// Below this the microphone is not heard, in Hz; 0 is off.
        public var highPass = 100.0
        /// In dB.
        public var microphoneGain = 0.0
        public var loudspeakerGain = 0.0
        public var automaticGain = false
        /// Name of an output that switches the loudspeaker's amplifier on while something is heard.
        public var amplifier: String?
        /// Controls of an ALSA card's mixer by name, set whenever it is opened.
        public var mixer: [String: MixerLevel] = [:]

        public init() {}
    }

    /// UDP ports for RTP and RTCP: each call takes an even port and the next odd one.
    public struct PortRange: Sendable, Equatable {
        public var lower: UInt16
        public var upper: UInt16

        public init(lower: UInt16, upper: UInt16) {
            self.lower = lower
            self.upper = upper
        }

        /// The even port of every pair that lies wholly in the range.
        public var pairs: [UInt16] {
            guard upper > 0, lower < upper else { return [] }
            return (lower..<upper).filter { $0.isMultiple(of: 2) }
        }
    }
}
