import CSpeexDSP
import Runtime

/// A WAV file in memory: 16-bit samples, made mono.
struct SoundFile: Equatable {
    var sampleRate: Int
    var samples: [Int16]

    enum Failure: Error, Equatable, CustomStringConvertible {
        case system(String)
        case notWAV
        case truncated
        case format(tag: Int, bits: Int, channels: Int)
        case sampleRate(Int)

        var description: String {
            switch self {
            case .system(let text): text
            case .notWAV: "not a WAV file"
            case .truncated: "the WAV file is cut short before its samples"
            case .format(let tag, let bits, let channels):
                "expected 16-bit linear PCM in one or two channels, found format \(tag), \(bits) bits, \(channels) channels"
            case .sampleRate(let rate): "expected a rate of 4000 to 192000 Hz, found \(rate)"
            }
        }
    }

    /// Two hours of stereo at 48 kHz are 1.4 GB; more is a mistake.
    private static let mostBytes = 1 << 31

    init(sampleRate: Int, samples: [Int16]) {
        self.sampleRate = sampleRate
        self.samples = samples
    }

    init(path: String) throws(Failure) {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.read(path, limit: Self.mostBytes).bytes
        } catch {
            throw .system("\(error)")
        }
        try self.init(bytes)
    }

    /// Reads the chunks in order; a data chunk that promises more than there is gives what there is.
    init(_ bytes: [UInt8]) throws(Failure) {
        func number(_ offset: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        func has(_ id: String, at offset: Int) -> Bool { Array(bytes[offset..<offset + 4]) == Array(id.utf8) }
        guard bytes.count >= 12, has("RIFF", at: 0), has("WAVE", at: 8) else { throw .notWAV }
        var offset = 12
        var channels = 0
        var rate = 0
        while bytes.count - offset >= 8 {
            let size = number(offset + 4, 4)
            let payload = offset + 8
            if has("fmt ", at: offset) {
                guard size >= 16, bytes.count - payload >= min(size, 40) else { throw .truncated }
                // An extensible format says what it is in the first bytes of its sub-format.
                let tag = number(payload, 2) == 0xFFFE && size >= 40 ? number(payload + 24, 2) : number(payload, 2)
                let bits = number(payload + 14, 2)
                channels = number(payload + 2, 2)
                guard tag == 1, bits == 16, (1...2).contains(channels) else {
                    throw .format(tag: tag, bits: bits, channels: channels)
                }
                rate = number(payload + 4, 4)
                guard (4_000...192_000).contains(rate) else { throw .sampleRate(rate) }
            } else if has("data", at: offset), channels > 0 {
                let frames = min(size, bytes.count - payload) / (2 * channels)
                sampleRate = rate
                samples = (0..<frames).map { frame in
                    func sample(_ channel: Int) -> Int {
                        Int(Int16(truncatingIfNeeded: number(payload + 2 * (frame * channels + channel), 2)))
                    }
                    return Int16(truncatingIfNeeded: channels == 1 ? sample(0) : (sample(0) + sample(1)) >> 1)
                }
                return
            }
            offset = payload + size + size % 2
        }
        throw .truncated
    }

    /// The file's bytes: the plain 44-byte header, mono.
    var bytes: [UInt8] {
        func bytes(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let size = samples.count * 2
        var all = Array("RIFF".utf8) + bytes(size + 36, 4) + Array("WAVEfmt ".utf8) + bytes(16, 4) + bytes(1, 2) + bytes(1, 2)
        all += bytes(sampleRate, 4) + bytes(sampleRate * 2, 4) + bytes(2, 2) + bytes(16, 2)
        all += Array("data".utf8) + bytes(size, 4)
        all.reserveCapacity(size + 44)
        for sample in samples {
            all.append(UInt8(truncatingIfNeeded: sample))
            all.append(UInt8(truncatingIfNeeded: sample >> 8))
        }
        return all
    }

    func write(to path: String) throws(Failure) {
        do throws(SystemError) {
            try Files.replace(path, with: bytes, mode: 0o644)
        } catch {
            throw .system("\(error)")
        }
    }

    /// The same sound at another rate, in place: SpeexDSP's best conversion, its own delay taken out, `count` samples long.
    func converted(to rate: Int, count: Int? = nil) -> SoundFile {
        let wanted = count ?? samples.count * rate / sampleRate
        guard rate != sampleRate else {
            return SoundFile(
                sampleRate: rate,
                samples: Array((samples + Array(repeating: 0, count: max(0, wanted - samples.count)))[..<wanted]))
        }
        let state = speex_resampler_init(1, UInt32(sampleRate), UInt32(rate), 10, nil)
        defer { speex_resampler_destroy(state) }
        speex_resampler_skip_zeros(state)
        // Silence after the end brings out what the filter still holds.
        let source = samples + [Int16](repeating: 0, count: sampleRate / 10)
        var result = [Int16](repeating: 0, count: wanted)
        var consumed = UInt32(source.count)
        var produced = UInt32(wanted)
        speex_resampler_process_int(state, 0, source, &consumed, &result, &produced)
        return SoundFile(sampleRate: rate, samples: result)
    }
}
