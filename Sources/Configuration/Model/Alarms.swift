extension HouseConfiguration {
    /// Who is told of alarms, beside lamps and events.
    public struct Alarms: Sendable, Equatable {
        /// A phone book entry whose addresses get a text.
        public var message: String?

        public init() {}
    }
}
