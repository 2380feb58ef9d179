import Base
import SIP

/// What a caller's headers ask for; whether the house does it is the house's decision, and by default it does not.
///
///     Call-Info: <sip:pbx.example>;answer-after=0          Snom, Yealink, Cisco, BroadWorks, Asterisk; seconds
///     Alert-Info: <http://notused>;info=alert-autoanswer;delay=2   Snom, Aastra, Panasonic, Grandstream
///     Alert-Info: Ring Answer   Auto Answer   Intercom      Polycom's classes of ring, Yealink, FreePBX
///     Answer-Mode: Auto   Priv-Answer-Mode: Auto;require    RFC 5373
///     P-Auto-Answer: normal                                 Sipura, Linksys
extension IncomingCall.AutomaticAnswer {
    /// `nil` when nothing in the request asks for it.
    init?(asked request: Message) {
        // The standard's own header first: it may say that the call must not ring.
        for name in IncomingCall.answerModes {
            guard let mode = IncomingCall.answerMode(name, in: request), mode.value == "auto" else { continue }
            self.init(delay: .zero, isRequired: mode.isRequired)
            return
        }
        for value in request.headers("Call-Info").flatMap({ HeaderParts.list($0) }) {
            for part in HeaderParts(value) {
                guard let (name, seconds) = HeaderParts.pair(part), name == "answer-after" else { continue }
                self.init(delay: Self.delay(seconds))
                return
            }
        }
        for value in request.headers("Alert-Info").flatMap({ HeaderParts.list($0) }) {
            if let delay = Self.alert(value) {
                self.init(delay: delay)
                return
            }
        }
        guard request.header("P-Auto-Answer")?.lowercased() == "normal" else { return nil }
        self.init(delay: .zero)
    }

    private static func alert(_ value: String) -> Duration? {
        var asks = false
        var delay = Duration.zero
        for part in HeaderParts(value) {
            if let (name, value) = HeaderParts.pair(part) {
                if name == "info" { asks = asks || isAutomatic(value) }
                if name == "answer-after" { asks = true }
                if name == "delay" || name == "answer-after" { delay = Self.delay(value) }
            } else {
                asks = asks || isAutomatic(part)
            }
        }
        return asks ? delay : nil
    }

    private static func isAutomatic(_ text: String) -> Bool {
        let text = text.lowercased()
        return [
            "alert-autoanswer", "auto answer", "auto-answer", "autoanswer", "ring answer", "ring-answer", "ringanswer",
            "intercom", "alert-intercom",
        ].contains(text)
    }

    /// Whole seconds, at most a minute; what is no number means at once.
    private static func delay(_ text: String) -> Duration {
        .seconds(min(Int(text.prefix { $0.isASCII && $0.isNumber }.prefix(4)) ?? 0, 60))
    }
}

extension IncomingCall {
    fileprivate static let answerModes = ["Priv-Answer-Mode", "Answer-Mode"]

    fileprivate static func answerMode(_ name: String, in request: Message) -> (value: String, isRequired: Bool)? {
        guard let header = request.header(name) else { return nil }
        var parts = HeaderParts(header)
        guard let value = parts.next()?.lowercased() else { return nil }
        return (value, parts.contains { $0.lowercased() == "require" })
    }

    /// The caller wants a person to answer (RFC 5373 §4.1), and says nothing else beside it.
    static func mustRing(_ request: Message) -> Bool {
        let modes = answerModes.compactMap { answerMode($0, in: request)?.value }
        return modes.contains("manual") && !modes.contains("auto")
    }
}
