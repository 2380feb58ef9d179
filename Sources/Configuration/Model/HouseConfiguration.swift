/// All that a house is told by its configuration file; an empty file is a house with nothing to press.
///
/// What people name (lines, buttons, lamps, doors, outputs, contacts, phone book, accounts, callers) lies under its name. Sections are equatable one by
/// one, so that a new configuration is applied by what differs and nothing else.
public struct HouseConfiguration: Sendable, Equatable {
    public var board = Board()
    public var lines: [String: Line] = [:]
    public var buttons: [String: Button] = [:]
    public var chords: [String: Chord] = [:]
    public var lamps: [String: Lamp] = [:]
    public var doors: [String: Door] = [:]
    public var outputs: [String: Output] = [:]
    public var contacts: [String: Contact] = [:]
    public var alarms = Alarms()
    public var phoneBook: [String: PhoneBookEntry] = [:]
    public var accounts: [String: Account] = [:]
    public var callers: [String: Caller] = [:]
    public var answering = Answering()
    public var trust = Trust()
    public var sip = SIP()
    public var sound = Sound()
    public var calls = Calls()
    public var drop = Drop()
    public var control = Control()
    public var log = Log()

    public init() {}
}
