/// Where the samples of a WAV file lie and what they are: 16-bit linear PCM, mono or stereo.
///
/// ```
/// "RIFF" size "WAVE" { id(4) size(4, little-endian) payload, padded to even }*
/// "fmt ": format(2) channels(2) rate(4) bytes/s(4) align(2) bits(2) [size(2) valid bits(2) mask(4) GUID(16)]
/// ```
public struct WAVHeader: Sendable, Equatable {
    public var sampleRate: Int
    public var channels: Int
    /// Offset of the first sample in the file, in bytes.
    public var dataOffset: Int
    /// Bytes of samples as the header says; `nil` when it was written by a program that could not know (0 or 0xFFFFFFFF).
    public var dataSize: Int?

    /// A header with the samples right after it.
    public init(sampleRate: Int, channels: Int = 1, dataSize: Int) {
        self.sampleRate = sampleRate
        self.channels = channels
        self.dataOffset = Self.size
        self.dataSize = dataSize
    }

    /// Reads the chunks at the start of a file up to where the samples begin.
    public init(parsing bytes: UnsafeRawBufferPointer) throws(WAVError) {
        guard bytes.count >= 12, Self.has("RIFF", at: 0, of: bytes), Self.has("WAVE", at: 8, of: bytes) else { throw .notWAV }
        var format: (sampleRate: Int, channels: Int)?
        var offset = 12
        while bytes.count - offset >= 8 {
            let size = Int(Self.number(UInt32.self, at: offset + 4, of: bytes))
            let payload = offset + 8
            if Self.has("fmt ", at: offset, of: bytes) {
                guard size >= 16, bytes.count - payload >= min(size, 40) else { throw .truncated }
                format = try Self.format(at: payload, size: size, of: bytes)
            } else if Self.has("data", at: offset, of: bytes) {
                guard let format else { throw .noFormat }
                sampleRate = format.sampleRate
                channels = format.channels
                dataOffset = payload
                dataSize = size == 0 || size == 0xFFFF_FFFF ? nil : size
                return
            }
            let (next, overflow) = payload.addingReportingOverflow(size + size % 2)
            guard !overflow else { break }
            guard next <= bytes.count else { break }
            offset = next
        }
        throw .noData
    }

    private static func format(
        at offset: Int, size: Int, of bytes: UnsafeRawBufferPointer
    ) throws(WAVError) -> (sampleRate: Int, channels: Int) {
        var tag = number(UInt16.self, at: offset, of: bytes)
        let extensible: UInt16 = 0xFFFE
        // The first two bytes of the sub-format's GUID are the tag that it would have had.
        if tag == extensible, size >= 40 { tag = number(UInt16.self, at: offset + 24, of: bytes) }
        let bits = Int(number(UInt16.self, at: offset + 14, of: bytes))
        guard tag == 1, bits == 16 else { throw .notLinear16(tag: tag, bits: bits) }
        let channels = Int(number(UInt16.self, at: offset + 2, of: bytes))
        guard (1...2).contains(channels) else { throw .channels(channels) }
        let rate = Int(number(UInt32.self, at: offset + 4, of: bytes))
        guard (4_000...192_000).contains(rate) else { throw .sampleRate(rate) }
        return (rate, channels)
    }

    private static func has(_ id: StaticString, at offset: Int, of bytes: UnsafeRawBufferPointer) -> Bool {
        (0..<4).allSatisfy { bytes[offset + $0] == id.utf8Start[$0] }
    }

    private static func number<T: FixedWidthInteger>(_: T.Type, at offset: Int, of bytes: UnsafeRawBufferPointer) -> T {
        T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
    }
}

extension WAVHeader {
    /// Bytes of the header that `write` makes.
    public static let size = 44

    /// Writes the plain 44-byte header; nothing is allocated.
    public func write(to bytes: UnsafeMutableRawBufferPointer) {
        precondition(bytes.count >= Self.size, "a WAV header has 44 bytes")
        func put(_ id: StaticString, at offset: Int) {
            for index in 0..<4 { bytes[offset + index] = id.utf8Start[index] }
        }
        func put<T: FixedWidthInteger>(_ value: T, at offset: Int) {
            bytes.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
        }
        let data = UInt32(clamping: dataSize ?? 0)
        put("RIFF", at: 0)
        put(UInt32(clamping: Int(data) + Self.size - 8), at: 4)
        put("WAVE", at: 8)
        put("fmt ", at: 12)
        put(UInt32(16), at: 16)
        put(UInt16(1), at: 20)
        put(UInt16(clamping: channels), at: 22)
        put(UInt32(clamping: sampleRate), at: 24)
        put(UInt32(clamping: sampleRate * channels * 2), at: 28)
        put(UInt16(clamping: channels * 2), at: 32)
        put(UInt16(16), at: 34)
        put("data", at: 36)
        put(data, at: 40)
    }
}

/// Why a file is not a WAV file that can be played.
public enum WAVError: Error, Sendable, Equatable, CustomStringConvertible {
    case notWAV
    case truncated
    case noFormat
    case noData
    case notLinear16(tag: UInt16, bits: Int)
    case channels(Int)
    case sampleRate(Int)

    public var description: String {
        switch self {
        case .notWAV: "not a WAV file: it does not start with RIFF and WAVE"
        case .truncated: "the WAV header is cut short"
        case .noFormat: "the WAV header has no 'fmt ' chunk before the samples"
        case .noData: "no 'data' chunk in the first 64 KiB of the WAV file"
        case .notLinear16(let tag, let bits): "expected 16-bit linear PCM, found format \(tag) with \(bits) bits"
        case .channels(let count): "expected one or two channels, found \(count)"
        case .sampleRate(let rate): "expected a rate of 4000 to 192000 Hz, found \(rate)"
        }
    }
}
