import Base

/// A sound card made of files: hears one WAV file and records what the loudspeaker plays to another.
///
/// The input plays from the moment the card is opened, once and then silence, or over and over. It may have any rate.
/// The output has the engine's rate; its header is right at any time, at most a second behind.
///
/// `@unchecked`: a card belongs to one thread, which `SoundCard` says.
public final class FileCard: SoundCard, @unchecked Sendable {
    public let name: String
    public let hasMicrophone = false
    private let input: String?
    private let output: String?
    private let loops: Bool
    private let time: any MonotonicTime
    private var clock: PeriodClock?
    private var reader: WAVReader?
    private var writer: WAVWriter?
    private var resampler: Resampler?
    private let source: UnsafeMutableBufferPointer<Int16>
    private var pending = 0..<0

    public init(input: String?, output: String?, loops: Bool = false, time: any MonotonicTime = KernelTime()) {
        name = "file:\(input ?? ""),\(output ?? "")" + (loops ? ",loop" : "")
        self.input = input
        self.output = output
        self.loops = loops
        self.time = time
        source = .allocate(capacity: 1024)
        source.initialize(repeating: 0)
    }

    deinit {
        source.deallocate()
    }

    public func open(_ format: SoundFormat) throws(SoundCardError) {
        close()
        if let input {
            let file = try WAVReader(path: input)
            guard let resampler = Resampler(from: file.header.sampleRate, to: format.sampleRate) else {
                throw .format(.sampleRate(file.header.sampleRate))
            }
            reader = file
            self.resampler = resampler
            pending = 0..<0
        }
        if let output {
            writer = try WAVWriter(path: output, sampleRate: format.sampleRate, capacity: format.sampleRate)
        }
        clock = PeriodClock(format, time: time)
    }

    public func capture(into samples: UnsafeMutableBufferPointer<Int16>) -> SoundCardPeriod {
        var count = 0
        while count < samples.count {
            if pending.isEmpty, !fill() { break }
            guard let resampler else { break }
            let (consumed, produced) = resampler.process(
                UnsafeBufferPointer(rebasing: source[pending]), into: UnsafeMutableBufferPointer(rebasing: samples[count...]))
            guard consumed > 0 || produced > 0 else { break }
            pending = pending.lowerBound + consumed..<pending.upperBound
            count += produced
        }
        if count < samples.count { UnsafeMutableBufferPointer(rebasing: samples[count...]).update(repeating: 0) }
        let beat = clock?.wait() ?? .waited
        if let failure = reader?.failure ?? writer?.failure { return SoundCardPeriod(.lost(failure)) }
        return SoundCardPeriod(beat)
    }

    public func play(_ samples: UnsafeBufferPointer<Int16>) {
        writer?.append(samples)
    }

    public func close() {
        reader = nil
        writer = nil
        resampler = nil
        clock = nil
    }

    private func fill() -> Bool {
        guard let reader else { return false }
        if reader.isAtEnd, loops { reader.rewind() }
        let count = reader.read(into: source)
        pending = 0..<count
        return count > 0
    }
}
