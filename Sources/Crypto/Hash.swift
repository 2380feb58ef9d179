import CCrypto

/// A message digest of libcrypto's.
public enum Hash: Sendable, Equatable {
    case md5
    case sha256
    case sha512_256

    /// The digest of `bytes`: 16 bytes for MD5, 32 for the others.
    public func digest(_ bytes: [UInt8]) -> [UInt8] {
        let algorithm: OpaquePointer? =
            switch self {
            case .md5: EVP_md5()
            case .sha256: EVP_sha256()
            case .sha512_256: EVP_sha512_256()
            }
        var result = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        let ok = EVP_Digest(bytes, bytes.count, &result, &count, algorithm, nil)
        precondition(ok == 1, "libcrypto refuses a digest that it must know")
        return Array(result.prefix(Int(count)))
    }

    /// The digest of the UTF-8 of `text` in lower-case hexadecimal digits.
    public func hex(_ text: String) -> String {
        hexadecimal(digest(Array(text.utf8)))
    }
}

/// HMAC with SHA-256 (RFC 2104), 32 bytes.
public func authenticationCode(of bytes: [UInt8], key: [UInt8]) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    let code = HMAC(EVP_sha256(), key, Int32(clamping: key.count), bytes, bytes.count, &result, &count)
    precondition(code != nil, "libcrypto refuses an HMAC that it must know")
    return Array(result.prefix(Int(count)))
}

/// `bytes` in lower-case hexadecimal digits.
public func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

/// Whether both are the same, in a time that tells nothing of where they differ. Their lengths are no secret.
public func isEqualInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}
