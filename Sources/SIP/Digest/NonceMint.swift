import Base
import Crypto

/// Makes nonces that need no memory, and knows its own again: RFC 7616 §3.3.
///
/// ```
/// |<- 8 digits ->|<- 16 digits ->|<- 32 digits ->|
/// | seconds      | random        | keyed hash of both and of the source's address |
/// ```
struct NonceMint: Sendable, Equatable {
    private let key: [UInt8]

    init(key: [UInt8]) {
        self.key = key
    }

    func nonce(for source: IPAddress, at now: Instant, random: inout RandomSource) -> String {
        let head = Self.digits(UInt64(Self.seconds(now)), 8) + Self.digits(random.next(), 16)
        return head + seal(head, source)
    }

    /// When the nonce was made, in seconds; `nil` when it was not made here, or not for this source.
    func birth(of nonce: String, from source: IPAddress) -> UInt32? {
        let bytes = Array(nonce.utf8)
        guard bytes.count == 56 else { return nil }
        let head = String(decoding: bytes[..<24], as: UTF8.self)
        guard isEqualInConstantTime(Array(bytes[24...]), Array(seal(head, source).utf8)) else { return nil }
        return UInt32(String(decoding: bytes[..<8], as: UTF8.self), radix: 16)
    }

    static func seconds(_ now: Instant) -> UInt32 { UInt32(clamping: now.nanoseconds / 1_000_000_000) }

    private func seal(_ head: String, _ source: IPAddress) -> String {
        hexadecimal(Array(authenticationCode(of: Array("\(head) \(source)".utf8), key: key).prefix(16)))
    }

    private static func digits(_ number: UInt64, _ count: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }
}
