@testable import Board

/// WAV files as tests write and read them: built chunk by chunk, apart from the code under test.
enum WAV {
    static func file(
        _ samples: [Int16], rate: UInt32, channels: UInt16 = 1, tag: UInt16 = 1, bits: UInt16 = 16, extraChunk: Bool = false,
        dataSize: UInt32? = nil
    ) -> [UInt8] {
        var bytes = Array("RIFF".utf8) + little(UInt32(0)) + Array("WAVE".utf8)
        if extraChunk { bytes += Array("LIST".utf8) + little(UInt32(5)) + [1, 2, 3, 4, 5, 0] }
        bytes += Array("fmt ".utf8) + little(UInt32(16)) + little(tag) + little(channels) + little(rate)
        bytes += little(rate &* UInt32(channels) &* 2) + little(channels &* 2) + little(bits)
        bytes += Array("data".utf8) + little(dataSize ?? UInt32(samples.count * 2))
        return bytes + samples.flatMap { little(UInt16(bitPattern: $0)) }
    }

    static func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    /// The samples after a header of 44 bytes, as many as it promises.
    static func samples(_ bytes: [UInt8]) throws -> [Int16] {
        let header = try bytes.withUnsafeBytes { try WAVHeader(parsing: $0) }
        let data = bytes[header.dataOffset..<min(bytes.count, header.dataOffset + (header.dataSize ?? 0))]
        return stride(from: data.startIndex, to: data.endIndex - 1, by: 2).map {
            Int16(bitPattern: UInt16(data[$0]) | UInt16(data[$0 + 1]) << 8)
        }
    }
}
