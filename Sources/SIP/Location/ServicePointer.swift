import Base

/// A way that a domain offers to be reached by: a transport, and the name of the SRV records of its servers.
struct ServicePointer: Hashable, Sendable {
    var transport: Transport
    var name: String

    init(_ transport: Transport, name: String) {
        self.transport = transport
        self.name = canonicalName(name)
    }

    /// Where the SRV records of a domain stand for a transport, without a NAPTR record to say so (RFC 3263 §4.2).
    init(_ transport: Transport, of domain: String) {
        let service =
            switch transport {
            case .udp: "_sip._udp"
            case .tcp: "_sip._tcp"
            case .tls: "_sips._tcp"
            }
        self.init(transport, name: service + "." + domain)
    }

    /// What a NAPTR record points at; `nil` when it is for another purpose or a transport that we do not have (RFC 3263 §4.1).
    init?(_ record: NamingPointer) {
        guard record.flags.lowercased() == "s", record.expression.isEmpty, !canonicalName(record.replacement).isEmpty else {
            return nil
        }
        switch record.service.lowercased() {
        case "sip+d2u": self.init(.udp, name: record.replacement)
        case "sip+d2t": self.init(.tcp, name: record.replacement)
        case "sips+d2t": self.init(.tls, name: record.replacement)
        default: return nil
        }
    }
}
