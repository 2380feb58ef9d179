import Base
import COpenSSL
import SIP

/// One TLS connection without a socket: bytes of the wire go in and come out, and so do those inside.
///
/// OpenSSL works on memory only, so nothing blocks, and a session is tested without a network.
final class TLSSession {
    private let context: TLSContext
    private let session: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    /// The SIP domain or address that the peer's certificate must name; for clients.
    private let peerName: String
    private(set) var isEstablished = false
    /// The peer said that nothing more will come.
    private(set) var isEnded = false

    /// As a client, the certificate must be for `peerName` (RFC 5922 §7.3), and a name is asked for by SNI.
    init(_ context: TLSContext, peerName: String) throws(TLSError) {
        self.context = context
        self.peerName = peerName
        ERR_clear_error()
        guard let session = SSL_new(context.pointer) else { throw .openSSL("TLS") }
        guard let incoming = BIO_new(BIO_s_mem()) else {
            SSL_free(session)
            throw .openSSL("TLS")
        }
        guard let outgoing = BIO_new(BIO_s_mem()) else {
            BIO_free(incoming)
            SSL_free(session)
            throw .openSSL("TLS")
        }
        self.session = session
        self.incoming = incoming
        self.outgoing = outgoing
        SSL_set_bio(session, incoming, outgoing)  // which owns them from now on
        switch context.role {
        case .client:
            SSL_set_connect_state(session)
            if IPAddress(peerName) == nil, copenssl_set_server_name(session, peerName) != 1 {
                throw .openSSL("the name \(peerName)")
            }
        case .server: SSL_set_accept_state(session)
        }
    }

    deinit { SSL_free(session) }

    /// Begins: a client's first bytes are then in `takeOutput`.
    func start() throws(TLSError) { try shakeHands() }

    /// Takes bytes of the wire and returns what was in them. What must go out next is in `takeOutput`, also when it throws.
    func receive(_ bytes: [UInt8]) throws(TLSError) -> [UInt8] {
        let taken = bytes.withUnsafeBytes { BIO_write(incoming, $0.baseAddress, Int32(clamping: $0.count)) }
        guard Int(taken) == bytes.count else { throw TLSError("TLS: no memory") }
        if !isEstablished { try shakeHands() }
        guard isEstablished else { return [] }
        var plain: [UInt8] = []
        while !isEnded {
            var count: Int32 = 0
            plain += [UInt8](unsafeUninitializedCapacity: 16_384) { buffer, filled in
                ERR_clear_error()
                count = SSL_read(session, buffer.baseAddress, 16_384)
                filled = max(0, Int(count))
            }
            if count > 0 { continue }
            switch SSL_get_error(session, count) {
            case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return plain
            case SSL_ERROR_ZERO_RETURN: isEnded = true
            default: throw failure()
            }
        }
        return plain
    }

    /// Puts `bytes` into the connection; only once it is established.
    func send(_ bytes: [UInt8]) throws(TLSError) {
        var offset = 0
        while offset < bytes.count {
            ERR_clear_error()
            let count = bytes.withUnsafeBytes { buffer in
                SSL_write(session, buffer.baseAddress.map { $0 + offset }, Int32(clamping: buffer.count - offset))
            }
            guard count > 0 else { throw failure() }
            offset += Int(count)
        }
    }

    /// Says that nothing more will come; the words are in `takeOutput`.
    func end() {
        if isEstablished { _ = SSL_shutdown(session) }
        ERR_clear_error()
    }

    /// What must go onto the wire.
    func takeOutput() -> [UInt8] {
        let count = Int(BIO_ctrl_pending(outgoing))
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, Int(BIO_read(outgoing, buffer.baseAddress, Int32(clamping: count))))
        }
    }

    private func shakeHands() throws(TLSError) {
        ERR_clear_error()
        let result = SSL_do_handshake(session)
        if result == 1 {
            if context.role == .client { try checkName() }
            isEstablished = true
            return
        }
        switch SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return
        default: throw failure()
        }
    }

    /// Which check failed: of the certificate first, else what OpenSSL says.
    private func failure() -> TLSError {
        let verdict = SSL_get_verify_result(session)
        if context.role == .client, verdict != X509_V_OK, let reason = X509_verify_cert_error_string(verdict) {
            ERR_clear_error()
            return TLSError("the certificate of \(peerName) is not believed: \(String(cString: reason))")
        }
        return .openSSL(isEstablished ? "TLS" : "TLS handshake")
    }

    /// The chain is good; is it the right peer's?
    private func checkName() throws(TLSError) {
        guard let certificate = SSL_get1_peer_certificate(session) else { throw TLSError("\(peerName) shows no certificate") }
        defer { X509_free(certificate) }
        let names = CertificateNames(certificate)
        guard names.match(peerName) else { throw TLSError("the certificate is for \(names.summary), not for \(peerName)") }
    }

    /// Such as `TLSv1.3`.
    var version: String { SSL_get_version(session).map { String(cString: $0) } ?? "TLS" }
}

extension CertificateNames {
    fileprivate init(_ certificate: OpaquePointer) {
        self.init()
        if let subject = X509_get_subject_name(certificate) {
            var buffer = [CChar](repeating: 0, count: 256)
            let count = X509_NAME_get_text_by_NID(subject, NID_commonName, &buffer, Int32(buffer.count))
            if count > 0 { commonName = String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self) }
        }
        guard let names = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return }
        let list = OpaquePointer(names)
        defer { GENERAL_NAMES_free(list) }
        hasAlternativeNames = true
        for index in 0..<copenssl_name_count(list) {
            var bytes: UnsafePointer<UInt8>?
            var count: Int32 = 0
            let kind = copenssl_name(list, index, &bytes, &count)
            guard let bytes, count > 0 else { continue }
            let value = Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
            switch kind {
            case GEN_DNS: domains.append(String(decoding: value, as: UTF8.self))
            case GEN_URI: uris.append(String(decoding: value, as: UTF8.self))
            case GEN_IPADD: if let address = IPAddress(bytes: value) { addresses.append(address) }
            default: break
            }
        }
    }
}

extension IPAddress {
    /// In network order, 4 or 16 of them.
    fileprivate init?(bytes: [UInt8]) {
        func number(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
        switch bytes.count {
        case 4: self = .v4(UInt32(truncatingIfNeeded: number(0..<4)))
        case 16: self = .v6(number(0..<8), number(8..<16), zone: 0)
        default: return nil
        }
    }
}
