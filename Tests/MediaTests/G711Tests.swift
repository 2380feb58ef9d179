import Testing

@testable import Media

@Suite("G.711")
struct G711Tests {
    @Test("Every byte decodes to a sample that encodes to the same byte, but for µ-law's second zero", arguments: 0...255)
    func roundTrip(byte: Int) {
        #expect(G711.compressA(G711.expandA(UInt8(byte))) == UInt8(byte))
        #expect(byte == 0x7F || G711.compressU(G711.expandU(UInt8(byte))) == UInt8(byte))
    }

    @Test("The extremes and the middle are those of the Recommendation's tables")
    func values() {
        #expect(G711.expandA(0xAA) == 32_256 && G711.expandA(0x2A) == -32_256)
        #expect(G711.expandA(0xD5) == 8 && G711.expandA(0x55) == -8)
        #expect(G711.expandU(0x80) == 32_124 && G711.expandU(0x00) == -32_124)
        #expect(G711.expandU(0xFF) == 0)
        #expect(G711.compressA(.max) == 0xAA && G711.compressA(.min) == 0x2A)
        #expect(G711.compressU(.max) == 0x80 && G711.compressU(.min) == 0x00)
    }

    @Test("No sample is further from what it decodes to than half a step")
    func error() {
        for sample in stride(from: -32_000, through: 32_000, by: 7) {
            let a = Int(G711.expandA(G711.compressA(Int16(sample))))
            let u = Int(G711.expandU(G711.compressU(Int16(sample))))
            #expect(abs(a - sample) <= max(8, abs(sample) / 32 + 8))
            #expect(abs(u - sample) <= max(8, abs(sample) / 32 + 8))
        }
    }
}
