import Base
import SIP

/// Somebody who wants to know what calls there are here: the notifier of RFC 6665 §4.2, for the package of RFC 4235.
struct Watcher: Sendable {
    var dialog: Dialog
    var route: Route
    /// The Event header as it was asked for, `id` included.
    var event: EventPackage
    var entity: URI
    var expiry: Instant
    /// What it was told last; `nil` before the first time.
    var told: [WatchedCall]?
    /// RFC 4235 §3.10: no more than one notification a second.
    var quietUntil: Instant?
    var owesNotice = false
    private(set) var version: UInt64 = 0

    init(dialog: Dialog, route: Route, event: EventPackage, entity: URI, expiry: Instant) {
        self.dialog = dialog
        self.route = route
        self.event = event
        self.entity = entity
        self.expiry = expiry
    }

    var nextDeadline: Instant { owesNotice ? min(expiry, quietUntil ?? expiry) : expiry }

    static let package = "dialog"
    static let contentType = "application/dialog-info+xml"

    /// The next document about all calls.
    mutating func document(_ calls: [WatchedCall]) -> [UInt8] {
        defer { version &+= 1 }
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
        text += "<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"\(version)\" state=\"full\""
        text += " entity=\"\(Self.escaped(entity.description))\">\r\n"
        for call in calls {
            text += "<dialog id=\"\(call.id)\" direction=\"\(call.id.isOutgoing ? "initiator" : "recipient")\">"
            text += "<state>\(call.state)</state><remote><identity>\(Self.escaped(call.peer))</identity></remote></dialog>\r\n"
        }
        return Array((text + "</dialog-info>\r\n").utf8)
    }

    /// As XML text or attribute; what no XML may hold is left out.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(512) {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default:
                if scalar.value >= 0x20, scalar.value != 0xFFFE, scalar.value != 0xFFFF { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }
}

/// A call as watchers may know it: no Call-ID, no tags, so that nobody can act on it.
struct WatchedCall: Sendable, Equatable {
    var id: CallID
    /// `trying`, `early` or `confirmed` (RFC 4235 §3.7.1).
    var state: String
    var peer: String
}
