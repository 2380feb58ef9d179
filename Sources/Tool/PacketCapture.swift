import Base

/// Datagrams out of a capture file: classic pcap (µs and ns, both byte orders) and pcapng.
struct PacketCapture {
    /// One UDP datagram as the capture has it.
    struct Datagram: Equatable {
        /// Since the epoch.
        var nanoseconds: Int64
        /// Source and destination, addresses and ports: who talks to whom.
        var path: [UInt8]
        /// The datagram's content, by its place in the file.
        var payload: Range<Int>
    }

    /// What is wrong with a capture, and at which byte of the file.
    struct Failure: Error, Equatable {
        var offset: Int
        var text: String
    }

    let bytes: [UInt8]
    private(set) var datagrams: [Datagram] = []

    init(_ bytes: [UInt8]) throws(Failure) {
        self.bytes = bytes
        guard bytes.count >= 4 else { throw Failure(offset: 0, text: "too short for a packet capture") }
        if Self.uint32(bytes, 0, isLittle: true) == 0x0A0D_0D0A {
            try readBlocks()
        } else {
            try readRecords()
        }
    }

    private static func uint32(_ bytes: [UInt8], _ offset: Int, isLittle: Bool) -> UInt32 {
        var value: UInt32 = 0
        for index in 0..<4 { value = value << 8 | UInt32(bytes[offset + (isLittle ? 3 - index : index)]) }
        return value
    }

    private static func uint16(_ bytes: [UInt8], _ offset: Int, isLittle: Bool) -> UInt16 {
        let (first, second) = (UInt16(bytes[offset]), UInt16(bytes[offset + 1]))
        return isLittle ? second << 8 | first : first << 8 | second
    }

    private mutating func take(_ frame: Range<Int>, link: UInt32, nanoseconds: Int64) {
        guard let (path, payload) = LinkFrame.datagram(in: bytes, frame, link: link) else { return }
        datagrams.append(Datagram(nanoseconds: nanoseconds, path: path, payload: payload))
    }

    private static func check(link: UInt32, at offset: Int) throws(Failure) {
        guard LinkFrame.isKnown(link) else { throw Failure(offset: offset, text: "link type \(link) is not supported") }
    }
}

// MARK: - Classic pcap

/// ```
/// magic A1B2C3D4 (µs) or A1B23C4D (ns), version ×2, zone, accuracy, snap length, link type: 24 bytes
/// then for each packet: seconds, fraction, bytes here, bytes on the wire, data
/// ```
extension PacketCapture {
    private mutating func readRecords() throws(Failure) {
        let isLittle: Bool
        let scale: Int64
        switch Self.uint32(bytes, 0, isLittle: true) {
        case 0xA1B2_C3D4: (isLittle, scale) = (true, 1_000)
        case 0xA1B2_3C4D: (isLittle, scale) = (true, 1)
        case 0xD4C3_B2A1: (isLittle, scale) = (false, 1_000)
        case 0x4D3C_B2A1: (isLittle, scale) = (false, 1)
        default: throw Failure(offset: 0, text: "not a packet capture")
        }
        guard bytes.count >= 24 else { throw Failure(offset: bytes.count, text: "the file header is cut short") }
        // The upper bits say whether and how long a frame check sequence follows.
        let link = Self.uint32(bytes, 20, isLittle: isLittle) & 0xFFFF
        try Self.check(link: link, at: 20)
        var offset = 24
        while offset < bytes.count {
            guard bytes.count - offset >= 16 else { throw Failure(offset: offset, text: "a packet's header is cut short") }
            let seconds = Int64(Self.uint32(bytes, offset, isLittle: isLittle))
            let fraction = Int64(Self.uint32(bytes, offset + 4, isLittle: isLittle))
            let count = Int(Self.uint32(bytes, offset + 8, isLittle: isLittle))
            guard count <= bytes.count - offset - 16 else {
                throw Failure(offset: offset + 8, text: "a packet of \(count) bytes goes beyond the end of the file")
            }
            let start = offset + 16
            take(start..<start + count, link: link, nanoseconds: seconds * 1_000_000_000 + fraction * scale)
            offset = start + count
        }
    }
}

// MARK: - pcapng

/// Blocks of type, length, content and length again; sections set the byte order, interfaces the link and clock.
extension PacketCapture {
    private struct Interface {
        var link: UInt32
        /// Ticks of the time stamps in a second.
        var ticks: UInt64 = 1_000_000
    }

    private mutating func readBlocks() throws(Failure) {
        var isLittle = true
        var interfaces: [Interface] = []
        var offset = 0
        while offset < bytes.count {
            guard bytes.count - offset >= 12 else { throw Failure(offset: offset, text: "a block's header is cut short") }
            let type = Self.uint32(bytes, offset, isLittle: isLittle)
            if type == 0x0A0D_0D0A {
                switch Self.uint32(bytes, offset + 8, isLittle: true) {
                case 0x1A2B_3C4D: isLittle = true
                case 0x4D3C_2B1A: isLittle = false
                default: throw Failure(offset: offset + 8, text: "a section without its byte order")
                }
                interfaces = []
            }
            let length = Int(Self.uint32(bytes, offset + 4, isLittle: isLittle))
            guard length >= 12, length % 4 == 0, length <= bytes.count - offset else {
                throw Failure(offset: offset + 4, text: "a block of \(length) bytes does not fit")
            }
            let content = offset + 8..<offset + length - 4
            switch type {
            case 1: interfaces.append(try interface(content, isLittle))
            case 6: try readEnhancedPacket(content, isLittle, interfaces)
            default: break
            }
            offset += length
        }
    }

    private func interface(_ content: Range<Int>, _ isLittle: Bool) throws(Failure) -> Interface {
        guard content.count >= 8 else { throw Failure(offset: content.lowerBound, text: "an interface block is cut short") }
        var interface = Interface(link: UInt32(Self.uint16(bytes, content.lowerBound, isLittle: isLittle)))
        try Self.check(link: interface.link, at: content.lowerBound)
        var offset = content.lowerBound + 8
        while content.upperBound - offset >= 4 {
            let code = Self.uint16(bytes, offset, isLittle: isLittle)
            let length = Int(Self.uint16(bytes, offset + 2, isLittle: isLittle))
            guard code != 0, length <= content.upperBound - offset - 4 else { break }
            // if_tsresol: a power of ten, or with the upper bit of two.
            if code == 9, length >= 1 {
                let power = Int(bytes[offset + 4] & 0x7F)
                let isBinary = bytes[offset + 4] & 0x80 != 0
                guard power <= (isBinary ? 40 : 12) else { throw Failure(offset: offset + 4, text: "a clock of 10^-\(power) s") }
                interface.ticks = isBinary ? 1 << UInt64(power) : (0..<power).reduce(1) { ticks, _ in ticks * 10 }
            }
            offset += 4 + (length + 3) / 4 * 4
        }
        return interface
    }

    private mutating func readEnhancedPacket(
        _ content: Range<Int>, _ isLittle: Bool, _ interfaces: [Interface]
    ) throws(Failure) {
        guard content.count >= 20 else { throw Failure(offset: content.lowerBound, text: "a packet block is cut short") }
        let start = content.lowerBound
        let number = Int(Self.uint32(bytes, start, isLittle: isLittle))
        guard interfaces.indices.contains(number) else {
            throw Failure(offset: start, text: "a packet of interface \(number), which is not described")
        }
        let high = UInt64(Self.uint32(bytes, start + 4, isLittle: isLittle))
        let time = high << 32 | UInt64(Self.uint32(bytes, start + 8, isLittle: isLittle))
        let count = Int(Self.uint32(bytes, start + 12, isLittle: isLittle))
        guard count <= content.count - 20 else {
            throw Failure(offset: start + 12, text: "a packet of \(count) bytes goes beyond its block")
        }
        let ticks = interfaces[number].ticks
        let seconds = Int64(clamping: min(time / ticks, 1 << 33))
        let fraction = Int64((Double(time % ticks) * 1e9 / Double(ticks)).rounded())
        take(
            start + 20..<start + 20 + count, link: interfaces[number].link,
            nanoseconds: seconds * 1_000_000_000 + fraction)
    }
}
