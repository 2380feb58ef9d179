/// Authentication-Info or Proxy-Authentication-Info: what a server says about credentials that it accepted, RFC 7616 §3.5.
public struct AuthenticationInfo: Sendable, Equatable {
    public var isProxy: Bool
    /// To be used from the next request on.
    public var nextNonce: String?
    /// The server's proof that it knows the password too.
    public var responseDigest: String?
    public var qop: String?
    public var clientNonce: String?
    public var nonceCount: String?

    init(isProxy: Bool, _ text: String) {
        self.isProxy = isProxy
        let values = (try? text.read { (cursor) throws(ParseError) in cursor.authenticationParameters() }) ?? [:]
        nextNonce = values["nextnonce"].flatMap { $0.isEmpty ? nil : $0 }
        responseDigest = values["rspauth"]
        qop = values["qop"]
        clientNonce = values["cnonce"]
        nonceCount = values["nc"]
    }
}

extension Message {
    public var authenticationInfos: [AuthenticationInfo] {
        headers("Authentication-Info").map { AuthenticationInfo(isProxy: false, $0) }
            + headers("Proxy-Authentication-Info").map { AuthenticationInfo(isProxy: true, $0) }
    }
}
