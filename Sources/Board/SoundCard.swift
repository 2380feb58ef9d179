import Base

/// A microphone and a loudspeaker that beat once per period. Used by one thread at a time: the audio thread.
///
/// Behind this port stand `ALSACard`, `FileCard` and `SilentCard`. The thread calls `capture`, which waits, and then `play`.
public protocol SoundCard: AnyObject, Sendable {
    /// As the configuration has it, such as `hw:CARD=Device,DEV=0`.
    var name: String { get }

    /// Gets ready to exchange periods of this format; may be called again after `close`.
    func open(_ format: SoundFormat) throws(SoundCardError)

    /// Waits for the next period and fills `samples` with what the microphone heard, silence where nothing was.
    func capture(into samples: UnsafeMutableBufferPointer<Int16>) -> SoundCardPeriod

    /// Gives the loudspeaker its next period.
    func play(_ samples: UnsafeBufferPointer<Int16>)

    func close()

    /// Delays and clocks; read by the audio thread.
    var figures: SoundCardFigures { get }

    /// What opening found wrong though the card can be used, for people; from any thread.
    var problems: [String] { get }

    /// Whether a real microphone stands behind it, which is never wholly silent.
    var hasMicrophone: Bool { get }
}

extension SoundCard {
    public var figures: SoundCardFigures { SoundCardFigures() }
    public var problems: [String] { [] }
    public var hasMicrophone: Bool { true }
}

/// What a card knows of itself. Trivial, so that it can lie in a ring.
public struct SoundCardFigures: Sendable, Equatable {
    /// From the microphone to the engine and from the engine to the loudspeaker, in milliseconds; 0 where unknown.
    public var captureDelay: Float = 0
    public var playbackDelay: Float = 0
    /// By how much the loudspeaker's clock is faster than the microphone's, as far as it is compensated, in parts per million.
    public var drift: Float = 0
    /// The loudest sample of the last second, in dB below full scale: 0 is as loud as can be, -96 is silence.
    public var peak: Float = -96
    /// Since the start.
    public var interruptions = Interruptions()

    public init() {}
}

/// How often samples were lost or silence was inserted, by side.
public struct Interruptions: Sendable, Equatable {
    public var capture: Int
    public var playback: Int

    public init(capture: Int = 0, playback: Int = 0) {
        self.capture = capture
        self.playback = playback
    }

    public var total: Int { capture &+ playback }

    static func + (one: Self, other: Self) -> Self {
        Interruptions(capture: one.capture &+ other.capture, playback: one.playback &+ other.playback)
    }
}

/// What the engine exchanges with a card: 16-bit mono at this rate, so many samples at a time.
public struct SoundFormat: Sendable, Equatable {
    /// In Hz.
    public var sampleRate: Int
    public var framesPerPeriod: Int

    /// Periods of 10 ms.
    public init(sampleRate: Int) {
        self.init(sampleRate: sampleRate, framesPerPeriod: sampleRate / 100)
    }

    public init(sampleRate: Int, framesPerPeriod: Int) {
        self.sampleRate = sampleRate
        self.framesPerPeriod = framesPerPeriod
    }
}

/// How the card fared in one period.
public struct SoundCardPeriod: Sendable, Equatable {
    public enum State: Sendable, Equatable {
        case running
        /// Samples were lost or silence was inserted, this many times; the card goes on.
        case interrupted(Interruptions)
        /// The card is gone; it must be closed, and opened again later.
        case lost(SoundCardError)
    }

    public var state: State
    /// Samples from `play` to where the same sound comes back by `capture`: what lies in both buffers. 0 where unknown.
    public var delay: Int
    /// Whether time passed since the last period; if not, nothing new can have come from the network.
    public var hasWaited = true

    public init(_ state: State = .running, delay: Int = 0) {
        self.state = state
        self.delay = delay
    }

    init(_ beat: PeriodClock.Beat) {
        delay = 0
        switch beat {
        case .waited: state = .running
        case .followed: (state, hasWaited) = (.running, false)
        case .missed(let count): state = .interrupted(Interruptions(capture: count))
        }
    }
}

/// Why a card cannot be used; trivial, so that the audio thread can hand it over.
public enum SoundCardError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Step: Sendable, Equatable {
        case openCapture, openPlayback, configureCapture, configurePlayback, start, capture, play
        case openInput, readInput, openOutput, writeOutput
    }

    /// An errno, positive.
    case failed(Step, code: Int32)
    /// The input file is not what can be played.
    case format(WAVError)

    public var description: String {
        switch self {
        case .failed(let step, let code):
            let what =
                switch step {
                case .openCapture: "cannot open for capture"
                case .openPlayback: "cannot open for playback"
                case .configureCapture: "cannot configure capture"
                case .configurePlayback: "cannot configure playback"
                case .start: "cannot start"
                case .capture: "capture failed"
                case .play: "playback failed"
                case .openInput: "cannot open the input file"
                case .readInput: "cannot read the input file"
                case .openOutput: "cannot open the output file"
                case .writeOutput: "cannot write the output file"
                }
            return "\(what): \(errorText(code))"
        case .format(let error):
            return "input file: \(error)"
        }
    }
}
