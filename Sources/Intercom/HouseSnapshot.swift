import Base
import Configuration

/// The house as `portier state` shows it; no secrets. Lists are sorted by name.
public struct HouseSnapshot: Sendable, Equatable {
    public struct Lamp: Sendable, Equatable {
        public var name: String
        /// What it shows: `idle`, `calling`, …
        public var shows: String
        public var light: Light
    }

    public struct Button: Sendable, Equatable {
        public var name: String
        public var isDown: Bool
        /// What it was last pressed as: `short`, `double`, `long`; `nil` for not yet.
        public var lastPress: String?
    }

    public struct Chord: Sendable, Equatable {
        public var name: String
        /// All its buttons are down, and it has not been told yet.
        public var isHeld: Bool
    }

    public struct Door: Sendable, Equatable {
        public var name: String
        /// Whether its lock is released.
        public var isReleased: Bool
        /// What its contact says; `nil` without one.
        public var isOpen: Bool?
        public var wrongCodes: Int
        /// How long key codes are still locked out; zero when they are not.
        public var lockedOut: Duration
    }

    public struct Output: Sendable, Equatable {
        public var name: String
        /// `pulse`, `hold`, `latch`.
        public var mode: String
        public var isActive: Bool
    }

    public struct Contact: Sendable, Equatable {
        public var name: String
        /// `door`, `tamper`, `exit`, `motion`.
        public var kind: String
        /// `nil` as long as its line was not read.
        public var isActive: Bool?
    }

    /// What is not as it should be at the door.
    public struct Alarm: Sendable, Equatable {
        /// `tampered`, `door-forced`, `door-open-too-long`.
        public var kind: String
        /// The contact, or the door.
        public var name: String
    }

    public struct Call: Sendable, Equatable {
        public var call: CallID
        public var peer: String
        /// `calling`, `ringing`, `answering`, `talking`.
        public var state: String
        public var isHeldHere: Bool
        public var isHeldByPeer: Bool
    }

    public struct Account: Sendable, Equatable {
        public var name: String
        public var isReady: Bool
    }

    public var lamps: [Lamp] = []
    public var buttons: [Button] = []
    public var chords: [Chord] = []
    public var doors: [Door] = []
    public var outputs: [Output] = []
    public var contacts: [Contact] = []
    public var alarms: [Alarm] = []
    public var calls: [Call] = []
    public var accounts: [Account] = []
    public var faults: [String] = []
    /// Outputs that are active.
    public var activeLines: [String] = []

    public init() {}
}
