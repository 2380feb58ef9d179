import Base

extension HouseConfiguration {
    /// A name, and the phones that ring for it.
    public struct PhoneBookEntry: Sendable, Equatable {
        public enum Order: String, Sendable, Equatable, CaseIterable {
            case inTurn = "in turn"
            case together
        }

        /// SIP URIs; at least one.
        public var targets: [String]
        public var order = Order.inTurn
        /// For each target in turn, or for all together.
        public var ringTime: Duration = .seconds(30)
        /// The account that carries the calls; `nil` calls the addresses directly.
        public var account: String?

        public init(targets: [String]) {
            self.targets = targets
        }
    }
}
