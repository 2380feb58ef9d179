import Base

extension HouseConfiguration {
    /// A door: its lock, the key codes that operate it during a call, and what its contact is watched for.
    public struct Door: Sendable, Equatable {
        public var lock: Output
        /// Each of 1 to 32 keys `0-9 * # A-D`. A code that ends in `#` counts only with it. None: no code opens this door.
        public var codes: [Secret] = []
        /// How long after its last key an unfinished code is forgotten.
        public var codeTimeout: Duration = .seconds(5)
        /// So many wrong codes lock the door's codes out.
        public var wrongCodes = 3
        /// How long the first time; each further time twice as long, up to `lockOutLimit`. A right code starts over.
        public var lockOut: Duration = .seconds(30)
        public var lockOutLimit: Duration = .seconds(3600)
        /// Whether a pulse ends as soon as the door is open.
        public var relocksOnOpen = false
        /// How long after a release or a request to exit the door may be opened without being forced.
        public var shunt: Duration = .seconds(5)
        /// From when an open door is an alarm; `nil` for never.
        public var openTooLong: Duration?

        public init(line: String) {
            lock = Output(line: line)
        }
    }
}
