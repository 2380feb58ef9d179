/// Something did not happen, or could not be done: what, for people.
public struct RigError: Error, CustomStringConvertible {
    public var description: String

    public init(_ description: String) {
        self.description = description
    }
}
