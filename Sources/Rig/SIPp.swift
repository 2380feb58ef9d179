import Foundation

/// One scenario played by SIPp, the caller or the called side of it.
public final class SIPp {
    public let scenario: String
    public let address: String
    public let port: UInt16
    private let child: Child
    private let folder: String

    /// Plays `scenario` of `Interop/sipp` once. With `calling` it sends there first, for `service`; otherwise it waits. `keys` stand for words in brackets.
    public init(
        _ scenario: String, calling target: (host: String, port: UInt16)? = nil, service: String = "door",
        from address: String = Ports.address(), keys: [String: String] = [:], seconds: Int = 20, in scratch: Scratch
    ) throws {
        self.scenario = scenario
        self.address = address
        port = 5060
        folder = try scratch.folder("sipp-\(scenario)-\(address)")
        let file = FileManager.default.currentDirectoryPath + "/Interop/sipp/\(scenario).xml"
        guard FileManager.default.isReadableFile(atPath: file) else { throw RigError("\(file) is not there") }
        var arguments = [
            "-sf", file, "-i", address, "-mi", address, "-p", String(port), "-m", "1", "-s", service, "-nostdin",
            "-timeout", "\(seconds)s", "-timeout_error", "-trace_err", "-error_file", folder + "/errors",
            "-trace_msg", "-message_file", folder + "/messages",
        ]
        for (key, value) in keys { arguments += ["-key", key, value] }
        if let target { arguments.append("\(target.host):\(target.port)") }
        child = try Child("sipp", arguments, environment: ["TERM": "dumb"], log: folder + "/screen")
        // A called side is there when its socket is.
        if target == nil, Clock.poll(within: 5, { Self.isBound(address) ? true : nil }) == nil {
            throw RigError("SIPp did not start")
        }
    }

    public var uri: String { "sip:phone@\(address):\(port)" }

    /// Waits for its end; anything but a call that went as the scenario says is an error that tells where it went astray.
    public func finish(within seconds: Double = 25) throws {
        let code = try child.wait(within: seconds)
        guard code != 0 else { return }
        let errors = (try? String(contentsOfFile: folder + "/errors", encoding: .utf8)) ?? ""
        let reason = errors.split(separator: "\n").first { $0.contains(": ") } ?? "no reason given"
        throw RigError("SIPp \(scenario): exit code \(code): \(reason.prefix(300))")
    }

    /// The messages that were sent and received, as text.
    public var messages: String { (try? String(contentsOfFile: folder + "/messages", encoding: .utf8)) ?? "" }

    public func stop() { child.stop() }

    /// Whether somebody listens on UDP port 5060 of the address.
    private static func isBound(_ address: String) -> Bool {
        let bytes = address.split(separator: ".").compactMap { UInt8($0) }
        let entry = bytes.reversed().map { String(format: "%02X", $0) }.joined() + ":" + String(format: "%04X", 5060)
        return (try? String(contentsOfFile: "/proc/net/udp", encoding: .utf8))?.contains(" \(entry) ") ?? false
    }
}
