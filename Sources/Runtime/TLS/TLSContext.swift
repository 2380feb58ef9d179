import COpenSSL

/// What all TLS connections of one role have in common: certificates, key, authorities. Belongs to the Loop's thread.
final class TLSContext: @unchecked Sendable {
    enum Role: Sendable {
        case client, server
    }

    let role: Role
    let pointer: OpaquePointer

    /// A server needs a certificate and its key; a client that has them shows them when it is asked.
    init(_ role: Role, _ settings: TLSSettings) throws(TLSError) {
        self.role = role
        ERR_clear_error()
        guard let pointer = SSL_CTX_new(role == .client ? TLS_client_method() : TLS_server_method()) else {
            throw .openSSL("TLS cannot be had")
        }
        self.pointer = pointer
        let least = settings.minimum == .tls12 ? TLS1_2_VERSION : TLS1_3_VERSION
        guard copenssl_set_versions(pointer, least, 0) == 1 else { throw .openSSL("TLS \(settings.minimum.rawValue)") }
        copenssl_spare_memory(pointer)
        if let certificates = settings.certificates, let key = settings.key {
            try use(certificates, key)
        } else if role == .server {
            throw TLSError("a server needs a certificate and its key")
        }
        guard role == .client else { return }
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
        if let authorities = settings.authorities {
            try trust(authorities)
        } else if SSL_CTX_set_default_verify_paths(pointer) != 1 {
            throw .openSSL("the system's authorities")
        }
    }

    deinit { SSL_CTX_free(pointer) }

    private func use(_ certificates: [UInt8], _ key: [UInt8]) throws(TLSError) {
        let chain = try Self.certificates(certificates, "the certificate")
        defer { for certificate in chain { X509_free(certificate) } }
        guard SSL_CTX_use_certificate(pointer, chain[0]) == 1 else { throw .openSSL("the certificate") }
        for certificate in chain.dropFirst() {
            guard X509_up_ref(certificate) == 1, copenssl_add_chain(pointer, certificate) == 1 else {
                throw .openSSL("the certificate's chain")
            }
        }
        let secret = try Self.withBIO(key, "the key") { copenssl_read_key($0) }
        guard let secret else { throw .openSSL("the key: it must be PEM, and without a password") }
        defer { EVP_PKEY_free(secret) }
        guard X509_check_private_key(chain[0], secret) == 1 else { throw TLSError("the key is not that of the certificate") }
        guard SSL_CTX_use_PrivateKey(pointer, secret) == 1 else { throw .openSSL("the key") }
    }

    private func trust(_ authorities: [UInt8]) throws(TLSError) {
        let certificates = try Self.certificates(authorities, "the authorities")
        let store = SSL_CTX_get_cert_store(pointer)
        for certificate in certificates {
            let added = X509_STORE_add_cert(store, certificate)
            X509_free(certificate)
            guard added == 1 else { throw .openSSL("the authorities") }
        }
        ERR_clear_error()
    }

    /// All certificates of a PEM text, at least one; the caller frees them.
    private static func certificates(_ text: [UInt8], _ what: String) throws(TLSError) -> [OpaquePointer] {
        let found = try withBIO(text, what) { bio in
            var found: [OpaquePointer] = []
            while let certificate = copenssl_read_certificate(bio) { found.append(certificate) }
            return found
        }
        guard !found.isEmpty else { throw .openSSL("\(what): no certificate in PEM") }
        ERR_clear_error()  // the end of the text counts as an error
        return found
    }

    private static func withBIO<Result>(
        _ text: [UInt8], _ what: String, _ body: (OpaquePointer) -> Result
    ) throws(TLSError) -> Result {
        guard text.count <= 1 << 20 else { throw TLSError("\(what): larger than a megabyte") }
        guard let bio = BIO_new(BIO_s_mem()) else { throw .openSSL(what) }
        defer { BIO_free(bio) }
        let written = text.withUnsafeBytes { BIO_write(bio, $0.baseAddress, Int32($0.count)) }
        guard written == Int32(text.count) else { throw .openSSL("\(what): empty") }
        return body(bio)
    }
}

extension TLSError {
    /// What was being done, and OpenSSL's oldest unread reason, which is the cause of the others.
    static func openSSL(_ what: String) -> TLSError {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0, let reason = ERR_reason_error_string(code) else { return TLSError(what) }
        return TLSError("\(what): \(String(cString: reason))")
    }
}
