import Crypto

/// A digest algorithm that we know, and whether it is the session variant: RFC 7616 §3.3, RFC 8760 §2.7.
struct DigestAlgorithm: Sendable, Equatable {
    var hash: Hash
    var isSession: Bool

    /// The stronger, the higher.
    var strength: Int {
        switch hash {
        case .md5: 0
        case .sha256: 1
        case .sha512_256: 2
        }
    }

    init?(_ name: String?) {
        let name = name ?? "MD5"
        let isSession = name.utf8.count > 5 && isSame(name.suffix(5), "-sess")
        let base = isSession ? name.dropLast(5) : name[...]
        if isSame(base, "MD5") {
            hash = .md5
        } else if isSame(base, "SHA-256") {
            hash = .sha256
        } else if isSame(base, "SHA-512-256") {
            hash = .sha512_256
        } else {
            return nil
        }
        self.isSession = isSession
    }
}
