import Foundation

/// linphonec from Debian in a chroot: told what to do by typing, fed from a file, recording what it hears.
///
/// It wants a network with a default route, so it lives in one of its own (`tools/alone.sh`).
public final class Linphone {
    /// The address that everybody has in that network.
    public static let address = "10.77.0.1"

    public struct Options {
        public var answersItself = true
        /// What its microphone hears: a WAV file at 8 kHz.
        public var microphone: String
        /// Further lines of its configuration, by section.
        public var more = ""

        public init(microphone: String) { self.microphone = microphone }
    }

    public let port: UInt16
    public let child: Child
    private let folder: String

    public init(in chroot: Chroot, folder: String, options: Options) throws {
        self.folder = folder
        port = try Ports.udp()
        let media = try Ports.range(8)
        for name in ["home/.local/share/linphone", "home/.config/linphone"] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        }
        try FileManager.default.copyItem(atPath: options.microphone, toPath: folder + "/microphone.wav")
        try write(
            """
            [sip]
            sip_port=\(port)
            sip_tcp_port=-1
            sip_tls_port=-1
            use_ipv6=0
            guess_hostname=0
            contact=sip:phone@\(Self.address):\(port)
            verify_server_certs=0
            [net]
            firewall_policy=0
            mtu=0
            [rtp]
            audio_rtp_port=\(media)-\(media + 7)
            [sound]
            ec=0
            \(options.more)

            """, to: folder + "/phonerc")
        child = try chroot.start(
            "/usr/bin/env", ["HOME=/peer/home", "/usr/bin/linphonec", "-d", "6", "-l", "/peer/messages", "-c", "/peer/phonerc"],
            folder: folder, log: folder + "/log", takesInput: true)
        child.type("soundcard use files")
        try child.line(containing: "Using wav files", within: 15)
        child.type("autoanswer \(options.answersItself ? "enable" : "disable")")
        try child.line(containing: "uto answer", within: 5)
    }

    deinit { stop() }

    /// The URI that it is called by.
    public var uri: String { "sip:phone@\(Self.address):\(port)" }

    public func stop() {
        if child.isRunning {
            child.type("quit")
            _ = try? child.wait(within: 3)
        }
        child.stop()
    }

    public func dial(_ uri: String) { child.type("call \(uri)") }
    public func accept() { child.type("answer") }
    public func hangUp() { child.type("terminate") }
    public func hold() { child.type("pause") }
    public func resume() { child.type("resume") }
    public func send(keys: String) { child.type(keys) }

    /// Speaks from its file, and records what it hears from now on.
    public func talk(recordingAs name: String = "heard") {
        child.type("record /peer/\(name).wav")
        Clock.pause(0.2)
        child.type("play /peer/microphone.wav")
    }

    public func heard(as name: String = "heard") throws -> WAV { try WAV(path: "\(folder)/\(name).wav") }

    /// Waits until it shows `text`.
    @discardableResult
    public func shows(_ text: String, within seconds: Double = 5) throws -> String {
        try child.line(containing: text, within: seconds)
    }

    /// Its log with every SIP message.
    public var messages: String { (try? String(contentsOfFile: folder + "/messages", encoding: .utf8)) ?? "" }

    public static func version(in chroot: Chroot) throws -> String {
        let line = try Command.run("chroot", [chroot.path, "dpkg-query", "-W", "linphone-cli"]).output
        return line.replacingOccurrences(of: "\t", with: " ")
    }
}
