import Base
import SIP

/// A datagram as SIP: whatever parses is read in full, answered, its parts come back from their own text, and what a dialog
/// made of it would send can be read. As a stream, it is cut where the parser says that its messages end.
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    cut(bytes)
    guard let message = try? Message(parsing: bytes) else { return 0 }
    for address in [message.from, message.to] + message.contacts + message.routes + message.recordRoutes { comesBack(address) }
    if let uri = message.requestURI { comesBack(uri) }
    for via in message.vias {
        precondition(via.matches(via), "a hop is the same as itself")
        _ = (via.branch, via.received, via.rport)
    }
    _ = (message.callID, message.fromTag, message.toTag, message.branch, message.cseq.description, message.reason)
    _ = (message.maxForwards, message.expires, message.minExpires, message.retryAfter, message.sessionExpires)
    _ = (message.require, message.supported, message.allow, message.unsupported, message.challenges)
    _ = (message.responseAcknowledgement, message.accepts(.sdp), message.remoteTarget)
    for name in ["Subject", "Via", "x", "Refer-To", "To"] { _ = message.headers(name) }
    if let type = message.contentType { _ = (type.description, type.matches(type)) }
    precondition(message.bodyParts.count <= 64, "parts are bounded")
    precondition(message.sessionBody.count <= message.body.count, "a part is no larger than the whole")
    if message.isRequest { answered(message) }
    return 0
}

private func comesBack(_ address: NameAddress) {
    guard let again = try? NameAddress(address.description) else { preconditionFailure("no address: \(address)") }
    precondition(again.description == address.description, "an address says the same again")
    comesBack(address.uri)
}

private func comesBack(_ uri: URI) {
    guard let again = try? URI(uri.description) else { preconditionFailure("no URI: \(uri)") }
    precondition(again == uri && again.matches(uri), "a URI is the same again")
    _ = (uri.user, uri.password, uri.headerFields, TelephoneNumber(uri))
}

private func answered(_ message: Message) {
    let source = SocketAddress(.loopback, port: 5060)
    for response in [
        Response(to: message, status: 400, toTag: "fuzz"), Response(to: message, from: source, status: 183, toTag: "f"),
    ] {
        guard let again = try? Message(parsing: response.encoded()) else { preconditionFailure("an answer that nobody can read") }
        precondition(again.callID == message.callID && again.branch == message.branch, "an answer that nobody would match")
        precondition(again.fromTag == message.fromTag && again.vias.count == message.vias.count, "an answer that goes astray")
    }
    guard var dialog = Dialog(called: message, localTag: "fuzz", sequence: 1) else { return }
    var request = dialog.request(.bye)
    request.headers.insert(HeaderField(name: "Via", value: "SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKf"), at: 0)
    guard let bye = try? Message(parsing: request.encoded()) else { preconditionFailure("a request that nobody can read") }
    precondition(bye.toTag == message.fromTag && bye.callID == message.callID, "a request for another dialog")
}

/// The stream's framer and the parser must see the same end of a message: else one could hide a request from the other.
private func cut(_ bytes: [UInt8]) {
    var framer = StreamFramer()
    framer.append(bytes)
    while let piece = try? framer.next() {
        guard case .message(let bytes) = piece, let message = try? Message(parsing: bytes) else { continue }
        let longer = try? Message(parsing: bytes + Array("OPTIONS sip:h SIP/2.0\r\n\r\n".utf8))
        precondition(longer?.body == message.body, "a message ends where its stream was cut")
        precondition(Array(bytes.suffix(message.body.count)) == message.body, "a body ends where its stream was cut")
    }
}
