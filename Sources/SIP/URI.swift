/// A SIP, SIPS or tel URI: RFC 3261 §19.1.
public struct URI: Sendable, Hashable {
    public var text: String
    public init(text: String) { self.text = text }
}
