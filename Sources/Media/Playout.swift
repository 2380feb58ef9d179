import Base

/// From packets to sound: keeps them until they are due, decodes them, fills what is missing, and stretches or shortens sound
/// so that it waits as long as the network makes it.
///
/// Sound of timestamp t is heard at t + offset; `DelayTarget` says which offset would be best. In pauses of speech it is
/// taken at once, within speech in whole periods of the voice and only when much is at stake: a listener, and PESQ, minds
/// changes of time more than some delay. Belongs to the audio thread; allocates only when it is made.
public final class Playout {
    public struct Figures: Sendable, Equatable {
        /// Packets that came too late to be played, or were thrown away so that delay could not pile up.
        public var late: UInt32 = 0
        /// Packets that came twice.
        public var duplicates: UInt32 = 0
        /// Packets that did not come, and of which the next one brought a copy.
        public var recovered: UInt32 = 0
        /// Samples that were filled in, put in, and left out.
        public var concealed: UInt64 = 0
        public var stretched: UInt64 = 0
        public var shortened: UInt64 = 0
        /// How long the quickest of the packets waits now, and how long it should, in milliseconds.
        public var delay: Float = 0
        public var target: Float = 0
        /// Sound in the last packet that was decoded, in milliseconds; 0 before the first.
        public var packet: Float = 0

        public init() {}
    }

    private let sampleRate: Int
    private let millisecond: Int
    /// In samples.
    private let maximumDelay: Int64
    /// The longest packet: 120 ms of Opus.
    private let longestPacket: Int
    private let store = PacketStore()
    private let decoder: SpeechDecoder
    private let target: DelayTarget
    private let concealment: Concealment
    private let scale: TimeScale
    private var noise = BackgroundNoise()
    private var timeline = Timeline()
    public private(set) var figures = Figures()
    /// The number of the packet that was brought back in the last period; there is no more than one, for no codec puts copies into
    /// packets shorter than that.
    private(set) var recoveredSequence: UInt16?
    /// Of the peer's speech and of the noise between its words, in dBm0; `nil` before anything was heard.
    var speechLevel: Double? { noise.speechLevel }
    var noiseLevel: Double? { noise.noiseLevel }

    /// What was heard, then what is to be heard next: from `start` to `end`.
    private let line: UnsafeMutablePointer<Float>
    private let lineCapacity: Int
    /// As much is kept before `start`.
    private let memory: Int
    private let decoded: UnsafeMutablePointer<Int16>
    private var start: Int
    private var end: Int

    /// Whether sound is bound to its time; not in a pause, out of which it begins when it is best.
    private var isRunning = false
    /// Timestamp, in samples, of what comes next behind `end`.
    private var cursor: Int64 = 0
    private var lastTransit: Int64 = 0
    /// Number and length of the last packet that was decoded, and whether it was a pause.
    private var lastNumber: Int64 = 0
    private var lastLength = 0
    private var wasPause = true
    /// Whether the line ends in sound that a pause would cut off.
    private var endsInSound = false
    /// Share of packets that were lost, of late.
    private var loss: Float = 0
    /// Samples for which sound has been waiting longer than it should, and no pause came.
    private var lasting = 0

    /// - Parameters:
    ///   - sampleRate: of what `play` gives, in Hz: 8000 or 16 000.
    ///   - minimumDelay: kept even when the network is perfect, in milliseconds.
    ///   - maximumDelay: what would wait longer is thrown away, in milliseconds; 40 to 600.
    public init(sampleRate: Int, minimumDelay: Int, maximumDelay: Int) {
        self.sampleRate = sampleRate
        millisecond = sampleRate / 1_000
        let maximum = min(max(maximumDelay, 40), 600)
        self.maximumDelay = Int64(maximum * millisecond)
        longestPacket = 120 * millisecond
        decoder = SpeechDecoder(sampleRate: sampleRate)
        target = DelayTarget(sampleRate: sampleRate, minimum: min(minimumDelay, maximum), maximum: maximum)
        concealment = Concealment(sampleRate: sampleRate)
        scale = TimeScale(sampleRate: sampleRate)
        memory = Concealment.memory * millisecond
        lineCapacity = memory + 6 * longestPacket
        line = .allocate(capacity: lineCapacity)
        line.initialize(repeating: 0, count: lineCapacity)
        decoded = .allocate(capacity: longestPacket)
        decoded.initialize(repeating: 0, count: longestPacket)
        (start, end) = (memory, memory)
    }

    deinit {
        line.deallocate()
        decoded.deallocate()
    }

    /// Begins anew, as for another source.
    public func reset() {
        restart()
        timeline = Timeline()
        decoder.reset()
        line.update(repeating: 0, count: lineCapacity)
        (start, end) = (memory, memory)
        noise = BackgroundNoise()
        (wasPause, endsInSound, loss) = (true, false, 0)
        figures = Figures()
    }

    /// The stream goes on at another time: what was learnt and what waits is worth nothing. What is heard goes on.
    private func restart() {
        store.removeAll()
        target.reset()
        isRunning = false
    }

    /// Everything that came has been played.
    public var isDrained: Bool { store.count == 0 && (!isRunning || concealment.filled > 0) }

    private func samples(_ instant: Instant) -> Int64 {
        let (milliseconds, rest) = instant.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return milliseconds &* Int64(millisecond) &+ rest * Int64(millisecond) / 1_000_000
    }
}

// MARK: - Packets

extension Playout {
    /// Takes in a packet that came at `arrival`.
    public func put(
        _ payload: UnsafeRawBufferPointer, codec: Codec, timestamp: UInt32, sequence: UInt16, at arrival: Instant
    ) {
        let length = decoder.samples(codec, payload)
        guard payload.count <= PacketStore.payloadCapacity, length > 0, length <= longestPacket else { return }
        guard let number = timeline.take(sequence, isSpeech: true) else {
            figures.duplicates &+= 1
            return
        }
        let clock = codec.clockRate
        let now = samples(arrival)
        if clock != timeline.clock {
            restart()
            _ = timeline.restart(timestamp, clock: clock)
        }
        var ticks = timeline.extended(timestamp)
        var begins = ticks &* Int64(sampleRate) / Int64(clock)
        if !target.isEmpty, abs(now &- begins &- lastTransit) > Int64(sampleRate) {
            // A source that counts anew is followed; a single wild packet is not.
            guard timeline.isContinued(number, now &- begins, tolerance: Int64(sampleRate)) else { return }
            restart()
            ticks = timeline.restart(timestamp, clock: clock)
            begins = ticks &* Int64(sampleRate) / Int64(clock)
        }
        timeline.believe(number, ticks)
        lastTransit = now &- begins
        target.add(lastTransit, milliseconds: length / millisecond)
        if isRunning { resume(from: begins, now) }
        if isRunning, begins + Int64(length) <= cursor {
            figures.late &+= 1
        } else {
            store.insert(payload, codec, start: begins, length: length, number: number)
        }
    }

    /// Notes a packet of the stream that is no speech: a telephone-event or comfort noise stands in its place.
    public func skip(sequence: UInt16) {
        _ = timeline.take(sequence, isSpeech: false)
    }

    /// A late packet with nothing else to be played: when sound is to wait longer from now on anyway, it goes on where it
    /// broke off, and nothing of it is lost.
    private func resume(from begins: Int64, _ now: Int64) {
        let behind = cursor - begins
        guard behind > 0, store.count == 0, concealment.filled > 0 else { return }
        // What is missing to the best delay, and a period, within which this is known only roughly.
        guard behind <= target.offset - offset(now) + Int64(10 * millisecond) else { return }
        cursor = begins
        figures.stretched &+= UInt64(behind)
    }
}

// MARK: - Sound

extension Playout {
    /// The next period of sound, which begins at `now`.
    public func play(into samples: UnsafeMutableBufferPointer<Int16>, at now: Instant) {
        let time = self.samples(now)
        recoveredSequence = nil
        makeRoom()
        while end - start < samples.count { produce(samples.count, time) }
        for index in samples.indices {
            samples[index] = Int16(max(-32_768, min(32_767, line[start + index].rounded())))
        }
        start += samples.count
        let next = time + Int64(samples.count)
        figures.delay = isRunning ? Float(offset(next) - target.base) / Float(millisecond) : 0
        figures.target = Float(target.delay) / Float(millisecond)
    }

    /// The time at which the line begins to be heard, minus its timestamp.
    private func offset(_ time: Int64) -> Int64 { time - (cursor - Int64(end - start)) }

    private func makeRoom() {
        // A period, and the longest packet stretched to the double behind the longest gap.
        guard lineCapacity - end < 4 * longestPacket else { return }
        let from = start - memory
        for index in 0..<end - from { line[index] = line[from + index] }
        (start, end) = (memory, end - from)
    }

    /// Appends something to the line, or takes away what keeps it from that.
    private func produce(_ period: Int, _ time: Int64) {
        guard isRunning || begin(period, time) else { return pause(period) }
        trim()
        while let place = store.first, store[place].end <= cursor {
            store.remove(place)
            figures.late &+= 1
        }
        guard let place = store.first else {
            // A packet without speech stands where speech would: the peer sends a key, or is silent.
            guard timeline.isSkipped(lastNumber + 1) || concealment.isFaded else { return conceal(period) }
            isRunning = false
            return pause(period)
        }
        let gap = Int(clamping: store[place].start - cursor)
        if gap <= 0 { return append(place, skipping: -gap, time) }
        if timeline.isPause(from: lastNumber, to: store[place].number) || gap > 200 * millisecond {
            // Nothing was lost, or so much that nothing is to be bridged: what follows begins when it is best.
            isRunning = false
        } else if gap > Concealment.longestBridge * millisecond {
            conceal(period)
        } else if !recover(place, gap) {
            append(place, behind: gap, time)
        }
    }

    /// Out of a pause: whether the time of the first packet has come.
    private func begin(_ period: Int, _ time: Int64) -> Bool {
        guard let place = store.first else { return false }
        let due = store[place].start + target.offset - time - Int64(end - start)
        guard due < Int64(period) else { return false }
        if due > 0 { pause(Int(due)) }
        cursor = store[place].start
        lastNumber = store[place].number - 1
        isRunning = true
        return true
    }

    /// Throws away what is too much, so that nothing waits longer than is allowed: down to the best delay at once.
    private func trim() {
        guard let last = store.latestStart else { return }
        let waiting = last - cursor + Int64(end - start)
        guard waiting > maximumDelay else { return }
        concealment.cut(line + end)
        cursor += max(waiting - maximumDelay, waiting - target.delay)
    }

    private func conceal(_ count: Int) {
        concealment.fill(line + end, count)
        noise.add(to: line + end, count, share: concealment.fadedShare)
        end += count
        cursor += Int64(count)
        figures.concealed &+= UInt64(count)
    }

    /// Noise as quiet as the peer's background; what was heard goes out within 5 ms.
    private func pause(_ count: Int) {
        (line + end).update(repeating: 0, count: count)
        noise.add(to: line + end, count, share: 1)
        if endsInSound { concealment.goOut(line + end, min(count, 5 * millisecond)) }
        concealment.reset()
        endsInSound = false
        wasPause = true
        end += count
    }

    /// Fills a gap with what the codec itself knows of it: a copy in the packet behind it, or what its decoder makes up.
    private func recover(_ place: Int, _ gap: Int) -> Bool {
        let entry = store[place]
        guard gap <= longestPacket, gap == lastLength || gap == entry.length else { return false }
        var count = decoder.recover(entry.codec, fromNext: store.payload(place), samples: gap, into: decoded)
        let isCopy = count > 0
        if !isCopy {
            count = decoder.conceal(entry.codec, samples: gap, into: decoded)
            figures.concealed &+= UInt64(count)
        }
        guard count == gap else { return false }
        if isCopy {
            figures.recovered &+= 1
            recoveredSequence = UInt16(truncatingIfNeeded: entry.number - 1)
        }
        noteLoss(entry.number)
        lastNumber = entry.number - 1
        take(count, skipping: 0)
        concealment.join(line + end, count)
        end += count
        cursor += Int64(count)
        endsInSound = true
        return true
    }

    /// Appends a packet's sound, but for its first samples, whose time is over.
    private func append(_ place: Int, skipping: Int, _ time: Int64) {
        let (count, ends) = decode(place)
        let used = max(0, count - skipping)
        take(used, skipping: skipping)
        concealment.join(line + end, used)
        finish(used, ends, time)
    }

    /// Appends a packet's sound behind a gap that is known, and fills the gap.
    private func append(_ place: Int, behind gap: Int, _ time: Int64) {
        noteLoss(store[place].number)
        let (count, ends) = decode(place)
        guard count > 0 else { return }
        end += gap
        take(count, skipping: 0)
        concealment.bridge(line + end - gap, gap: gap, following: count)
        figures.concealed &+= UInt64(gap)
        finish(count, ends, time)
    }

    private func decode(_ place: Int) -> (count: Int, ends: Int64) {
        let entry = store[place]
        let count = decoder.decode(entry.codec, store.payload(place), into: decoded, capacity: longestPacket)
        store.remove(place)
        if entry.number == lastNumber + 1 { loss *= 0.99 }
        (lastNumber, lastLength) = (entry.number, entry.length)
        figures.packet = Float(entry.length) / Float(millisecond)
        return (count, count > 0 ? entry.end : cursor)
    }

    private func take(_ count: Int, skipping: Int) {
        for index in 0..<count { line[end + index] = Float(decoded[skipping + index]) }
    }

    private func finish(_ count: Int, _ ends: Int64, _ time: Int64) {
        end += count
        cursor = max(cursor, ends)
        if count > 0 { endsInSound = true }
        adapt(count, time)
    }

    /// Where packets are lost, the next one should be there when the gap begins: then it can be bridged.
    private func noteLoss(_ number: Int64) {
        if number > lastNumber + 1 { loss += 0.01 * Float(min(number - lastNumber - 1, 10)) }
        target.lead = loss > 0.03 ? min(lastLength / millisecond, 20) : 0
    }
}

// MARK: - Time

extension Playout {
    /// Within speech, sound is shortened by a period when it waits so much longer than it should, and stretched when it waits
    /// so much shorter, in milliseconds: less can wait for a pause. What never pauses is shortened for less, now and then.
    private static let bounds = (surplus: 60, deficit: 20, lastingSurplus: 10)
    private static let secondsBetween = 3

    /// Brings what is heard nearer to its best time, within the `count` samples that were appended last.
    private func adapt(_ count: Int, _ time: Int64) {
        guard count > 0 else { return }
        let last = line + end - count
        let isPause = noise.isPause(last, count)
        defer { wasPause = isPause }
        let surplus = Int(clamping: offset(time) - target.offset)
        lasting = !isPause && surplus > Self.bounds.lastingSurplus * millisecond ? lasting + count : 0
        var shortened = 0
        var stretched = 0
        if isPause, wasPause {
            // Two milliseconds are not worth a change.
            if surplus > 2 * millisecond {
                shortened = scale.shortenPause(last, count, by: min(surplus, count / 2))
            } else if surplus < -2 * millisecond {
                stretched = scale.stretchPause(last, count, by: min(-surplus, count))
            }
        } else if surplus > Self.bounds.surplus * millisecond
            || lasting > Self.secondsBetween * sampleRate
        {
            shortened = scale.shortenVoice(last, count)
        } else if surplus < -Self.bounds.deficit * millisecond {
            stretched = scale.stretchVoice(last, count)
        }
        if shortened > 0 { lasting = 0 }
        end += stretched - shortened
        figures.shortened &+= UInt64(shortened)
        figures.stretched &+= UInt64(stretched)
    }
}
