import CCertificates
import Glibc

/// A certificate with its key, as PEM texts, made while the test runs.
public struct Certificate: Sendable {
    public let certificate: [UInt8]
    public let key: [UInt8]

    /// Signed by `issuer`, or by itself.
    public init(
        commonName: String? = nil, alternativeNames: String? = nil, validFrom: Int = -3600, validTo: Int = 86_400,
        isAuthority: Bool = false, issuer: Certificate? = nil
    ) {
        var texts: (UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CChar>?) = (nil, nil)
        func withText(_ bytes: [UInt8]?, _ body: (UnsafePointer<CChar>?) -> Void) {
            guard let bytes else { return body(nil) }
            String(decoding: bytes, as: UTF8.self).withCString(body)
        }
        var isMade = false
        withText(commonName.map { Array($0.utf8) }) { name in
            withText(alternativeNames.map { Array($0.utf8) }) { names in
                withText(issuer?.certificate) { issuerCertificate in
                    withText(issuer?.key) { issuerKey in
                        var wish = ccertificate(
                            common_name: name, alternative_names: names, valid_from: validFrom, valid_to: validTo,
                            is_authority: isAuthority ? 1 : 0, issuer_certificate: issuerCertificate, issuer_key: issuerKey)
                        isMade = ccertificate_make(&wish, &texts.0, &texts.1) == 1
                    }
                }
            }
        }
        precondition(isMade, "OpenSSL could not make a certificate")
        certificate = texts.0.map { Array(String(cString: $0).utf8) } ?? []
        key = texts.1.map { Array(String(cString: $0).utf8) } ?? []
        free(texts.0)
        free(texts.1)
    }

    /// Signs others.
    public static func authority(_ name: String = "Test Authority") -> Certificate {
        Certificate(commonName: name, isAuthority: true)
    }
}
