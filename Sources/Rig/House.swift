/// A house without hardware, as the text of a configuration file: one button, one lamp, one door, one phone.
public struct House {
    public var sipPort: UInt16
    public var mediaPorts: ClosedRange<UInt16>
    /// Name in the phone book → URIs.
    public var phoneBook: [(name: String, targets: [String])] = []
    public var automatic: [String] = []
    public var codes: [String] = ["4711#"]
    public var trusted: [String] = []
    public var microphone = ""
    public var loudspeaker = ""
    public var isCancellingEcho = true
    /// In dB; `nil` is the product's own choice.
    public var noiseSuppression: Int?
    /// In order of preference; `nil` is the product's own choice.
    public var codecs: [String]?
    /// Further tables.
    public var more = ""
    /// Further keys of [sip].
    public var sip: [String] = []
    /// Further keys of [calls].
    public var calls: [String] = []
    public var target = "phone"

    public init() throws {
        sipPort = try Ports.udp()
        let first = try Ports.range(8)
        mediaPorts = first...(first + 7)
    }

    /// How the door is called from this machine.
    public var uri: String { "sip:door@127.0.0.1:\(sipPort)" }

    public func text(socket: String, drop: String) -> String {
        func list(_ items: [String]) -> String { "[" + items.map { "\"\($0)\"" }.joined(separator: ", ") + "]" }
        return """
            [board]
            kind = "simulated"

            [lines]
            bell   = { direction = "input" }
            light  = { direction = "output" }
            strike = { direction = "output" }

            [buttons.bell]
            line = "bell"
            lamp = "bell"
            short = { call = "\(target)" }

            [lamps.bell]
            line = "light"

            [doors.front]
            line = "strike"
            pulse = "1s"
            codes = \(list(codes))

            \(phoneBook.map { "[phone_book.\($0.name)]\ntargets = \(list($0.targets))\n" }.joined(separator: "\n"))
            [answering]
            automatic = \(list(automatic))

            [trust]
            networks = \(list(trusted))

            [sip]
            port = \(sipPort)
            user = "door"
            \(sip.joined(separator: "\n"))

            [sound]
            card = "file:\(microphone),\(loudspeaker)"
            rtp_ports = "\(mediaPorts.lowerBound)-\(mediaPorts.upperBound)"
            echo_canceller = \(isCancellingEcho)
            \(noiseSuppression.map { "noise_suppression = \($0)" } ?? "")
            \(codecs.map { "codecs = " + list($0) } ?? "")

            [calls]
            \(calls.joined(separator: "\n"))

            [drop]
            folder = "\(drop)"

            [control]
            socket = "\(socket)"

            \(more)
            """
    }
}
