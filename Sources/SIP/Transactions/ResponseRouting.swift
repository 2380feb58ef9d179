import Base

/// Where a response goes and how its topmost Via remembers where the request came from: RFC 3261 §18.2, RFC 3581 §4.
extension Message {
    /// By the connection that the request came by; by UDP to the source's address, and to its port if the client asked for
    /// that by `rport`, else to the port it named.
    public func answerHop(source: Hop) -> Hop {
        guard !source.isReliable, let via = topVia, !via.parameters.contains("rport") else { return source }
        return .udp(SocketAddress(source.address.address, port: via.port ?? 5060))
    }
}

extension Response {
    /// A response whose topmost Via says where `source` is, as far as the client does not know or asked for it.
    public init(to request: Message, from source: SocketAddress, status: Int, toTag: String?) {
        self.init(to: request, status: status, toTag: toTag)
        guard var via = request.topVia else { return }
        let wantsPort = via.parameters.contains("rport")
        guard wantsPort || IPAddress(via.host) != source.address else { return }
        via.parameters["received"] = "\(source.address)"
        if wantsPort { via.parameters["rport"] = "\(source.port)" }
        // One header line may hold several: all are written anew.
        let others = request.vias.dropFirst().map { HeaderField(name: "Via", value: $0.description) }
        headers.removeAll { $0.name == "Via" }
        headers.insert(contentsOf: [HeaderField(name: "Via", value: via.description)] + others, at: 0)
    }
}
