import Base
import Runtime

/// This machine's UUID for `+sip.instance`: made once and kept, so that registrars know us again (RFC 5626 §4.1).
enum Instance {
    /// Reads it from the state folder, or makes it there; `nil` when it cannot be kept.
    static func load(from folder: String?, _ makeRandom: () -> UInt64) -> String? {
        guard let folder else { return nil }
        let path = folder + "/instance"
        if let bytes = try? Files.read(path, limit: 64).bytes {
            let text = String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
            if isUUID(text) { return text }
        }
        let made = uuid(makeRandom(), makeRandom())
        do throws(SystemError) {
            try Files.replace(path, with: Array((made + "\n").utf8), mode: 0o644)
        } catch {
            return nil
        }
        return made
    }

    /// Version 4 of RFC 9562: all random but for six bits.
    static func uuid(_ high: UInt64, _ low: UInt64) -> String {
        let high = high & ~0xF000 | 0x4000
        let low = low & (.max >> 2) | 1 << 63
        func digits(_ value: UInt64, _ shift: UInt64, _ count: Int) -> String {
            let text = String((value >> shift) & (.max >> UInt64(64 - 4 * count)), radix: 16)
            return String(repeating: "0", count: count - text.count) + text
        }
        return [digits(high, 32, 8), digits(high, 16, 4), digits(high, 0, 4), digits(low, 48, 4), digits(low, 0, 12)]
            .joined(separator: "-")
    }

    static func isUUID(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && parts.joined().utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
