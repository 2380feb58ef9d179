import Base

/// ITU-T G.711: A-law and µ-law, 64 kbit/s, one byte a sample at 8000 Hz. By table, exact.
public enum G711 {
    /// What each byte stands for, A-law first, then µ-law; and the byte for each 16-bit sample's upper 13 or 14 bits.
    ///
    /// `@unchecked`: written in `init` and only read from then on.
    private struct Tables: @unchecked Sendable {
        let decodeA = UnsafeMutablePointer<Int16>.allocate(capacity: 256)
        let decodeU = UnsafeMutablePointer<Int16>.allocate(capacity: 256)
        let encodeA = UnsafeMutablePointer<UInt8>.allocate(capacity: 65_536)
        let encodeU = UnsafeMutablePointer<UInt8>.allocate(capacity: 65_536)

        init() {
            for byte in 0...255 {
                decodeA[byte] = G711.expandA(UInt8(byte))
                decodeU[byte] = G711.expandU(UInt8(byte))
            }
            for index in 0...65_535 {
                let sample = Int16(truncatingIfNeeded: index)
                encodeA[index] = G711.compressA(sample)
                encodeU[index] = G711.compressU(sample)
            }
        }
    }

    /// Lives as long as the process.
    private static let tables = Tables()

    /// Makes the tables, so that the audio thread need not.
    static func prepare() { _ = tables.decodeA[0] }

    static func decode(_ codec: Codec, _ source: UnsafeRawBufferPointer, _ target: UnsafeMutablePointer<Int16>) {
        let table = codec == .pcma ? tables.decodeA : tables.decodeU
        for index in 0..<source.count { target[index] = table[Int(source[index])] }
    }

    static func encode(_ codec: Codec, _ source: UnsafePointer<Int16>, _ target: UnsafeMutableRawBufferPointer) {
        let table = codec == .pcma ? tables.encodeA : tables.encodeU
        for index in 0..<target.count { target[index] = table[Int(UInt16(bitPattern: source[index]))] }
    }

    /// G.711 table 1a: sign, three bits of segment, four of step; even bits inverted; 13-bit samples in the upper bits.
    static func expandA(_ byte: UInt8) -> Int16 {
        let code = byte ^ 0x55
        let segment = Int16(code >> 4 & 7)
        var value = Int16(code & 0x0F) << 4 + 8
        if segment > 0 { value = (value + 0x100) << (segment - 1) }
        return code & 0x80 != 0 ? value : -value
    }

    /// G.711 table 2a: all bits inverted; 14-bit samples with a bias of 33 in the upper bits.
    static func expandU(_ byte: UInt8) -> Int16 {
        let code = ~byte
        let segment = Int16(code >> 4 & 7)
        let value = ((Int16(code & 0x0F) << 3 + 0x84) << segment) - 0x84
        return code & 0x80 != 0 ? -value : value
    }

    static func compressA(_ sample: Int16) -> UInt8 {
        let isPositive = sample >= 0
        // Thirteen bits; a negative sample is its one's complement, so that −1 is the first step below zero.
        let magnitude = Int(isPositive ? sample : ~sample) >> 3
        var segment = 0
        while segment < 7, magnitude >= 0x20 << segment { segment += 1 }
        let step = segment < 2 ? magnitude >> 1 & 0x0F : magnitude >> segment & 0x0F
        return UInt8(segment << 4 | step) ^ (isPositive ? 0xD5 : 0x55)
    }

    static func compressU(_ sample: Int16) -> UInt8 {
        let isNegative = sample < 0
        // Fourteen bits with the bias; clipped so that it fits.
        let magnitude = min((isNegative ? -Int(sample) : Int(sample)) >> 2, 8158) + 33
        var segment = 0
        while segment < 7, magnitude >= 0x40 << segment { segment += 1 }
        let step = magnitude >> (segment + 1) & 0x0F
        return ~UInt8((isNegative ? 0x80 : 0) | segment << 4 | step)
    }
}
