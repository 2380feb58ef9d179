import CParserPeers
import SIP

/// What a party made of a message; two parties that differ did not do the same work.
extension peer_summary: @retroactive Equatable {
    public static func == (left: peer_summary, right: peer_summary) -> Bool {
        withUnsafeBytes(of: left) { left in withUnsafeBytes(of: right) { right in left.elementsEqual(right) } }
    }

    init(_ message: Message) {
        let addresses = message.contacts + message.routes + message.recordRoutes
        let uris = addresses.map(\.uri) + [message.from.uri, message.to.uri] + (message.requestURI.map { [$0] } ?? [])
        let names = [message.from.uri, message.to.uri].flatMap { [$0.user ?? "", $0.host] }
        let texts = names + [message.fromTag ?? "", message.toTag ?? "", message.callID, message.branch ?? ""]
        let nonces = message.headers("Authorization").map { value in
            value.split(separator: "nonce=\"", maxSplits: 1).last?.prefix { $0 != "\"" } ?? ""
        }
        self.init(
            vias: UInt32(message.vias.count), contacts: UInt32(message.contacts.count),
            routes: UInt32(message.routes.count + message.recordRoutes.count), authorizations: UInt32(nonces.count),
            status: UInt32(message.status ?? 0), cseq: message.cseq.number, max_forwards: UInt32(message.maxForwards ?? 0),
            expires: message.expires ?? 0, body_length: UInt32(message.body.count),
            ports: uris.reduce(0) { $0 + UInt32($1.port ?? 0) },
            texts: UInt32(texts.reduce(0) { $0 + $1.utf8.count } + nonces.reduce(0) { $0 + $1.utf8.count }))
    }
}

/// A party in the race: parses the same bytes again and again and says at the end what it made of them.
struct Parser: Sendable {
    var name: String
    var run: @Sendable ([UInt8], _ iterations: UInt32) -> peer_summary?

    static let ours = Parser(name: "portier") { bytes, iterations in
        var last: Message?
        for _ in 0..<iterations { last = try? Message(parsing: bytes) }
        return last.map { peer_summary($0) }
    }

    static let peers = [
        peer("sofia-sip", sofia_parse), peer("libosip2", osip_parse), peer("libre", re_parse),
    ]

    private static func peer(
        _ name: String,
        _ parse: @escaping @Sendable (UnsafePointer<UInt8>, Int, UInt32, UnsafeMutablePointer<peer_summary>) -> Int32
    ) -> Parser {
        Parser(name: name) { bytes, iterations in
            var summary = peer_summary()
            return parse(bytes, bytes.count, iterations, &summary) == 0 ? summary : nil
        }
    }
}
