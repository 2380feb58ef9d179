import Base
import SIP

/// What a caller's headers ask for; whether the house does it is the house's decision, and by default it does not.
///
///     Call-Info: <sip:pbx.example>;answer-after=0          Snom, Yealink, Asterisk; seconds
///     Alert-Info: <http://notused>;info=alert-autoanswer;delay=2   Polycom, Grandstream
///     Alert-Info: Ring Answer                               Polycom's class of ring
///     Answer-Mode: Auto   Priv-Answer-Mode: Auto;require    RFC 5373
extension IncomingCall.AutomaticAnswer {
    /// `nil` when nothing in the request asks for it.
    init?(asked request: Message) {
        for value in request.headers("Call-Info") {
            for part in HeaderParts(value) {
                guard let (name, seconds) = HeaderParts.pair(part), name == "answer-after" else { continue }
                self.init(delay: Self.delay(seconds))
                return
            }
        }
        for value in request.headers("Alert-Info") {
            if let delay = Self.alert(value) {
                self.init(delay: delay)
                return
            }
        }
        for name in ["Priv-Answer-Mode", "Answer-Mode"] {
            guard let value = request.header(name), let mode = HeaderParts(value).first(where: { _ in true }) else { continue }
            guard mode.lowercased() == "auto" else { continue }
            self.init(delay: .zero)
            return
        }
        return nil
    }

    private static func alert(_ value: String) -> Duration? {
        var asks = false
        var delay = Duration.zero
        for part in HeaderParts(value) {
            if let (name, value) = HeaderParts.pair(part) {
                if name == "info" { asks = asks || isAutomatic(value) }
                if name == "delay" || name == "answer-after" { delay = Self.delay(value) }
            } else {
                asks = asks || isAutomatic(part)
            }
        }
        return asks ? delay : nil
    }

    private static func isAutomatic(_ text: String) -> Bool {
        let text = text.lowercased()
        return ["alert-autoanswer", "auto answer", "auto-answer", "autoanswer", "ring answer", "ring-answer"].contains(text)
    }

    /// Whole seconds, at most a minute; what is no number means at once.
    private static func delay(_ text: String) -> Duration {
        .seconds(min(Int(text.prefix { $0.isASCII && $0.isNumber }.prefix(4)) ?? 0, 60))
    }
}
