import Base

extension HouseConfiguration {
    /// An input that watches something.
    public struct Contact: Sendable, Equatable {
        public enum Kind: String, Sendable, Equatable, CaseIterable {
            /// Active while the door is open.
            case door
            /// Active while the housing is open, or its wire is cut.
            case tamper
            /// Request to exit: active while somebody inside wants to go out.
            case exit
            /// Active while something moves.
            case motion
        }

        /// Name of an input.
        public var line: String
        public var kind: Kind
        /// The door that it belongs to: contacts of kind `door` and `exit`.
        public var door: String?
        /// Whether a request to exit operates the door's lock. One that does not only says that the door may be opened: by its handle.
        public var releases = true
        /// How long nothing may move until it counts as over, so that one visitor is one event.
        public var holdOff: Duration = .seconds(30)

        public init(line: String, kind: Kind) {
            self.line = line
            self.kind = kind
        }
    }
}
