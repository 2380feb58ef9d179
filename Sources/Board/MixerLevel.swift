/// How one control of a card's mixer is to be set.
public struct MixerLevel: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
        /// Of the control's range, 0 to 100.
        case percent(Int)
        case decibels(Double)
        case isOn(Bool)
    }

    /// As `alsamixer` shows it, such as `Speaker`; with ` Playback` or ` Capture` behind it where it has both.
    public var control: String
    public var value: Value

    public init(_ control: String, _ value: Value) {
        self.control = control
        self.value = value
    }
}
