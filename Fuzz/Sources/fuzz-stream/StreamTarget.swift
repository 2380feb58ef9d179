import Base
import SIP

/// A byte stream as SIP over TCP: the first byte says in what parts it comes. However it is parted the same pieces come out, and
/// the parser sees each message end where the framer did. The same bytes as STUN answers and certificate names harm nobody.
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = bytes.first else { return 0 }
    let stream = bytes.dropFirst()
    let (whole, wholeError) = pieces(stream, by: max(1, stream.count))
    let (parted, partedError) = pieces(stream, by: Int(first) + 1)
    precondition(whole == parted && wholeError == partedError, "the parts of a stream must not matter")
    for case .message(let message) in whole {
        guard let parsed = try? Message(parsing: message) else { continue }
        precondition(Array(message.suffix(parsed.body.count)) == parsed.body, "nothing may stand behind a body")
    }
    var random = RandomSource(seed: 1)
    _ = STUNBinding(random: &random).answer(bytes)
    let text = String(decoding: bytes, as: UTF8.self)
    _ = CertificateNames(uris: [text], domains: [text], commonName: text).match(text)
    return 0
}

private func pieces(_ stream: ArraySlice<UInt8>, by size: Int) -> ([StreamFramer.Piece], FramingError?) {
    var limits = StreamFramer.Limits()
    limits.head = 400
    limits.message = 600
    var framer = StreamFramer(limits: limits)
    var pieces: [StreamFramer.Piece] = []
    var rest = stream
    while !rest.isEmpty {
        framer.append(rest.prefix(size))
        rest = rest.dropFirst(size)
        do throws(FramingError) {
            while let piece = try framer.next() { pieces.append(piece) }
        } catch {
            return (pieces, error)
        }
    }
    return (pieces, nil)
}
