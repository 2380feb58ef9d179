import Testing

@testable import Board

@Suite("Sample formats of sound cards")
struct SampleFormatTests {
    private static let samples: [Int16] = [0, 1, -1, 255, -256, 12_345, -12_345, .max, .min]

    private func raw(_ format: SampleFormat, channels: Int, _ samples: [Int16]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xAA, count: samples.count * channels * format.bytesPerSample)
        bytes.withUnsafeMutableBytes { raw in
            samples.withUnsafeBufferPointer {
                format.encode($0.baseAddress!, frames: samples.count, channels: channels, into: raw.baseAddress!)
            }
        }
        return bytes
    }

    private func mono(_ format: SampleFormat, channels: Int, _ bytes: [UInt8]) -> [Int16] {
        var samples = [Int16](repeating: 0, count: bytes.count / channels / format.bytesPerSample)
        let frames = samples.count
        samples.withUnsafeMutableBufferPointer { samples in
            bytes.withUnsafeBytes {
                format.decode($0.baseAddress!, frames: frames, channels: channels, into: samples.baseAddress!)
            }
        }
        return samples
    }

    @Test(
        "What is written to a card comes back as it was, on any number of channels", arguments: SampleFormat.allCases, [1, 2, 6])
    func comesBack(format: SampleFormat, channels: Int) {
        #expect(mono(format, channels: channels, raw(format, channels: channels, Self.samples)) == Self.samples)
    }

    @Test("The bytes are the card's: little-endian, full scale at full scale")
    func bytes() {
        #expect(raw(.s16, channels: 1, [0x1234]) == [0x34, 0x12])
        #expect(raw(.s32, channels: 1, [0x1234]) == [0, 0, 0x34, 0x12])
        #expect(raw(.s24, channels: 1, [-2]) == [0, 0xFE, 0xFF, 0xFF])
        #expect(raw(.s24Packed, channels: 2, [0x1234]) == [0, 0x34, 0x12, 0, 0x34, 0x12])
    }

    @Test("Two channels are heard as their mean, further ones not at all; low bits are rounded, not cut off, and never overflow")
    func means() {
        #expect(mono(.s16, channels: 2, [0xE8, 0x03, 0xB8, 0x0B]) == [2_000])
        #expect(mono(.s16, channels: 3, [0xE8, 0x03, 0xB8, 0x0B, 0xFF, 0x7F]) == [2_000])
        #expect(mono(.s32, channels: 1, [0, 0x80, 0x34, 0x12]) == [0x1235])
        #expect(mono(.s32, channels: 1, [0xFF, 0xFF, 0xFF, 0x7F]) == [.max])
        // What lies above the 24 bits is nobody's.
        #expect(mono(.s24, channels: 1, [0, 0x34, 0x12, 0x55]) == [0x1234])
        #expect(mono(.s24Packed, channels: 1, [0x7F, 0xFE, 0xFF]) == [-2])
    }
}
