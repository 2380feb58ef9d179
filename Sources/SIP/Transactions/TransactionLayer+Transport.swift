import Base

/// Changing the transport of a request that nobody has got: RFC 3261 §18.1.1.
extension TransactionLayer {
    /// Sends a request of ours again, by another way, as if for the first time; only while nothing was heard of it.
    ///
    /// Its branch stays: who could know it never got it.
    public mutating func reroute(_ key: ClientKey, to destination: Hop, at now: Instant) -> [Output] {
        guard let client = unheardClient(key) else { return [] }
        var request = client.request
        request.setTransport(destination.transport)
        _ = drop(key)
        return send(request, key: key, to: destination, at: now)
    }
}

extension Request {
    /// Says in our Via, the topmost, what carries it.
    public mutating func setTransport(_ transport: Transport) {
        guard let index = headers.firstIndex(where: { $0.name == "Via" }), headers[index].value.hasPrefix("SIP/2.0/") else {
            return
        }
        let rest = headers[index].value.drop { $0 != " " }
        headers[index].value = "SIP/2.0/\(transport.viaName)\(rest)"
    }

    /// How many bytes it has on the wire, to a few.
    public var size: Int {
        headers.reduce(body.count + 80) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
    }
}
