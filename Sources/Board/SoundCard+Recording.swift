/// What a card recorded while something was played on it.
public struct CardRecording: Sendable, Equatable {
    /// As many samples as were played, from the same moment on.
    public var samples: [Int16] = []
    public var interruptions = Interruptions()
    public var figures = SoundCardFigures()

    public init() {}
}

extension SoundCard {
    /// Opens the card, plays `sound` and records as long, and closes it again. Takes as long as the sound and three seconds more,
    /// in which the card settles.
    public func record(playing sound: [Int16], format: SoundFormat) throws(SoundCardError) -> CardRecording {
        try open(format)
        defer { close() }
        var recording = CardRecording()
        recording.samples.reserveCapacity(sound.count)
        let frames = format.framesPerPeriod
        let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: frames)
        buffer.initialize(repeating: 0)
        defer { buffer.deallocate() }
        let settling = 3 * format.sampleRate / frames
        for period in -settling..<(sound.count + frames - 1) / frames {
            let fared = capture(into: buffer)
            switch fared.state {
            case .running: break
            case .interrupted(let count): if period >= 0 { recording.interruptions = recording.interruptions + count }
            case .lost(let error): throw error
            }
            if period >= 0 { recording.samples += buffer.prefix(sound.count - period * frames) }
            for index in 0..<frames {
                let place = period * frames + index
                buffer[index] = period >= 0 && place < sound.count ? sound[place] : 0
            }
            play(UnsafeBufferPointer(buffer))
        }
        recording.figures = figures
        return recording
    }
}
