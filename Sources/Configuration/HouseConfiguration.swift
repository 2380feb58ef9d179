/// All that a house is told by its configuration file.
public struct HouseConfiguration: Sendable, Equatable {
    public init() {}
}
