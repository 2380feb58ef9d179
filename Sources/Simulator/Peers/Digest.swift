import CCrypto

/// MD5 and SHA-256 as text, by libcrypto directly.
enum Digest {
    static func hexadecimal(of text: String, isMD5: Bool) -> String {
        var output = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        let bytes = Array(text.utf8)
        guard EVP_Digest(bytes, bytes.count, &output, &count, isMD5 ? EVP_md5() : EVP_sha256(), nil) == 1 else {
            preconditionFailure("libcrypto has no MD5 or SHA-256")
        }
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: output.prefix(Int(count)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
