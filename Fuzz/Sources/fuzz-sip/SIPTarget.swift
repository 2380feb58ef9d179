import SIP

/// A datagram as SIP: whatever parses is read in full, answered, and its parts come back from their own text.
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let message = try? Message(parsing: Array(UnsafeBufferPointer(start: start, count: count))) else { return 0 }
    let addresses = [message.from, message.to] + message.contacts + message.routes + message.recordRoutes
    for address in addresses { _ = try? NameAddress(address.description) }
    for via in message.vias { _ = (via.description, via.branch, via.received, via.rport) }
    _ = (message.callID, message.fromTag, message.toTag, message.branch, message.cseq.description, message.reason)
    _ = (message.maxForwards, message.expires, message.minExpires, message.retryAfter, message.contentType?.description)
    _ = (message.require, message.supported, message.allow, message.unsupported, message.challenges, message.body)
    _ = (message.header("Subject"), message.headers("Via"))
    if let uri = message.requestURI { _ = try? URI(uri.description) }
    if message.isRequest {
        let bytes = Response(to: message, status: 400, toTag: "fuzz").encoded()
        precondition((try? Message(parsing: bytes)) != nil, "the answer to a message that parses must parse")
    }
    return 0
}
