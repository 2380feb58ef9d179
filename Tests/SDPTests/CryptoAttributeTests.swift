import Base
import Testing

@testable import SDP

@Suite("a=crypto: RFC 4568 §9")
struct CryptoAttributeTests {
    static let key = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"

    private static func crypto(_ text: String) -> CryptoAttribute? { Attribute("crypto:" + text).line }

    // Not in the attribute: Swift 6.0 cannot expand a macro whose arguments have an interpolated text.
    static let readableLines: [String] = [
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)", "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|2^20",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|1048576", "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|2^48",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|281474976710656", "1\tAES_CM_128_HMAC_SHA1_80  INLINE:\(key)",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key) WSH=64", "1 AES_CM_128_HMAC_SHA1_80 inline:\(key) KDR=0 -x=1",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key) FEC_ORDER=FEC_SRTP WSH=1024",
    ]

    @Test("What RFC 4568 writes is read", arguments: readableLines)
    func readable(text: String) throws {
        let line = try #require(Self.crypto(text))
        #expect(line.tag == 1)
        #expect(line.key.suite == .aesCM128SHA1_80)
        #expect(line.key.bytes == Array("YS___semctl () {\t220;}\n}\nunles".utf8))
        #expect(line.key.identifier.isEmpty)
    }

    static let unusableLines: [String] = [
        "", "1", "1 AES_CM_128_HMAC_SHA1_80", "1 AES_CM_128_HMAC_SHA1_80 inline:", "AES_CM_128_HMAC_SHA1_80 inline:\(key)",
        "01 AES_CM_128_HMAC_SHA1_80 inline:\(key)", "1234567890 AES_CM_128_HMAC_SHA1_80 inline:\(key)",
        "-1 AES_CM_128_HMAC_SHA1_80 inline:\(key)", "1 F8_128_HMAC_SHA1_80 inline:\(key)",
        "1 AES_CM_128_HMAC_SHA1_80 \(key)", "1 AES_CM_128_HMAC_SHA1_80 uri:\(key)",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)A", "1 AES_CM_128_HMAC_SHA1_80 inline:\(key.dropLast(4))",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key.dropLast())*", "1 AES_256_CM_HMAC_SHA1_80 inline:\(key)",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|2^49", "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|0",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|281474976710657", "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|99999999999999999999", "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|2^20|",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|1:4|2^20", "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|2^20|1:4|1",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|1:0", "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|1:129",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|256:1", "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|1:04",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|1:4;inline:\(key)|2:4",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key) KDR=1", "1 AES_CM_128_HMAC_SHA1_80 inline:\(key) UNENCRYPTED_SRTP",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key) UNENCRYPTED_SRTCP", "1 AES_CM_128_HMAC_SHA1_80 inline:\(key) WSH=63",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key) UNAUTHENTICATED_SRTP",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key) FEC_KEY=inline:\(key)", "1 AES_CM_128_HMAC_SHA1_80 inline:\(key) NEW=1",
    ]

    @Test(
        "A line that is wrong, or takes protection away, or wants what is not done here, is as if it were not there",
        arguments: unusableLines)
    func unusable(text: String) {
        #expect(Self.crypto(text) == nil)
        #expect(Attribute("crypto:" + text) == .other(name: "crypto", value: text), "kept as it was")
    }

    @Test(
        "A key identifier is so many bytes, the highest first",
        arguments: [
            ("1:1", [UInt8(1)]), ("1:4", [0, 0, 0, 1]), ("258:2", [1, 2]), ("255:1", [255]),
            ("1:10", [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        ])
    func identifier(text: String, bytes: [UInt8]) throws {
        let alone = try #require(Self.crypto("7 AES_CM_128_HMAC_SHA1_32 inline:\(Self.key)|\(text)"))
        #expect(alone.key.identifier == bytes)
        let behind = try #require(Self.crypto("7 AES_CM_128_HMAC_SHA1_32 inline:\(Self.key)|2^31|\(text)"))
        #expect(behind == alone)
    }

    @Test("Keys of every suite come back as they were written", arguments: SRTPSuite.allCases)
    func roundTrip(_ suite: SRTPSuite) throws {
        let key = SRTPKey(suite, from: SecureRandom { (0..<$0).map { UInt8($0 &* 37 & 255) } })
        let attribute = Attribute.crypto(CryptoAttribute(tag: 3, key: key))
        #expect(attribute.description.hasPrefix("crypto:3 \(suite.rawValue) inline:"))
        #expect(Attribute(attribute.description) == attribute)
        let unpadded = String(attribute.description.prefix { $0 != "=" })
        #expect(Attribute(unpadded) == attribute)
    }

    @Test(
        "Base64 is RFC 4648's",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func base64(plain: String, text: String) {
        #expect(Base64.encode(Array(plain.utf8)) == text)
        #expect(Base64.decode(text) == Array(plain.utf8))
    }

    @Test("What is no Base64 is none", arguments: ["A", "A===", "AA=", "AAA==", "====", "A A=", "AA\u{E9}A", "AAAAA"])
    func noBase64(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}

extension Attribute {
    fileprivate var line: CryptoAttribute? { if case .crypto(let line) = self { line } else { nil } }
}
