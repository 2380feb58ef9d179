import Base

extension HouseConfiguration {
    /// A door's relay, and the key codes that pulse it during a call.
    public struct Door: Sendable, Equatable {
        /// Name of an output.
        public var line: String
        public var pulse: Duration = .seconds(3)
        /// Each of 1 to 32 keys `0-9 * # A-D`. A code that ends in `#` counts only with it. None: no code opens this door.
        public var codes: [Secret] = []
        /// How long after its last key an unfinished code is forgotten.
        public var codeTimeout: Duration = .seconds(5)
        /// So many wrong codes lock the door's codes out.
        public var wrongCodes = 3
        /// How long the first time; each further time twice as long, up to `lockOutLimit`. A right code starts over.
        public var lockOut: Duration = .seconds(30)
        public var lockOutLimit: Duration = .seconds(3600)

        public init(line: String) {
            self.line = line
        }
    }
}
