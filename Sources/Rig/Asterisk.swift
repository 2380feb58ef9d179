import Foundation

/// An Asterisk in a chroot, with its configuration written for this run and an address of its own.
public final class Asterisk {
    /// Which of Asterisk's two SIP channels it speaks with.
    public enum Channel: String, Sendable {
        /// PJSIP, the one of today.
        case pjsip = "PJSIP"
        /// `chan_sip`, gone with Asterisk 21, and in many houses for years to come.
        case sip = "SIP"
    }

    public let address: String
    public let channel: Channel
    public let folder: String
    private let chroot: Chroot
    private var child: Child?

    /// Writes the files of `Interop/asterisk` into `folder`, with `files` beside them, and starts it.
    public init(_ channel: Channel, in chroot: Chroot, folder: String, address: String, files: [String: String]) throws {
        (self.channel, self.chroot, self.folder, self.address) = (channel, chroot, folder, address)
        for name in ["etc", "lib", "spool", "run", "log", "keys", "sounds", "music"] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        }
        let modules = try Self.modules(in: chroot)
        let source = FileManager.default.currentDirectoryPath + "/Interop/asterisk"
        let words = [
            "@MODULES@": modules.folder, "@ADDRESS@": address, "@TECH@": channel.rawValue,
            "@TOWARDS@": channel == .pjsip ? "sip:" : "", "@SUFFIX@": channel == .pjsip ? "@" + address : "",
        ]
        for name in try FileManager.default.contentsOfDirectory(atPath: source) where name.hasSuffix(".conf") {
            let text = try String(contentsOfFile: "\(source)/\(name)", encoding: .utf8)
            try write(words.reduce(text) { $0.replacingOccurrences(of: $1.key, with: $1.value) }, to: "\(folder)/etc/\(name)")
        }
        for (name, text) in files { try write(text, to: "\(folder)/etc/\(name)") }
        try write(modules.text(for: channel), to: folder + "/etc/modules.conf")
        try start()
    }

    deinit { stop() }

    /// Starts it, again after `stop`, and waits until it has booted.
    public func start() throws {
        let child = try chroot.start(
            "/usr/sbin/asterisk", ["-f", "-C", "/peer/etc/asterisk.conf"], folder: folder, log: folder + "/asterisk.log")
        self.child = child
        let booted = Clock.poll(within: 40, every: 0.2) { () -> Bool? in
            guard child.isRunning else { return false }
            return (try? command("core waitfullybooted"))?.contains("fully booted") == true ? true : nil
        }
        guard booted == true else {
            throw RigError("Asterisk did not start:\n" + child.lines.all.suffix(10).joined(separator: "\n"))
        }
    }

    public func stop() {
        child?.stop(patience: 5)
        child = nil
    }

    /// Carries out a command of its console and returns what it says.
    @discardableResult
    public func command(_ text: String) throws -> String {
        try chroot.run("/usr/sbin/asterisk", ["-C", "/peer/etc/asterisk.conf", "-rx", text], folder: folder).output
    }

    /// The process, for its figures.
    public var running: Child {
        get throws {
            guard let child else { throw RigError("Asterisk does not run") }
            return child
        }
    }

    public var version: String {
        (try? command("core show version"))?.split(separator: " ").dropFirst().first.map(String.init) ?? "?"
    }

    /// What it wrote into its log: warnings, the dial plan's steps and every SIP message.
    public var log: String { (try? String(contentsOfFile: folder + "/log/full", encoding: .utf8)) ?? "" }
}

// MARK: - Modules

extension Asterisk {
    /// The modules that lie in a chroot.
    struct Modules {
        var folder: String
        var names: [String]

        /// What a house's exchange has no use for, and what only complains without a database or a sound card.
        private static let unwanted = [
            "adsi", "aeap", "ael", "alarm", "alsa", "amd", "ari", "audiosocket", "broadcast", "calendar", "cdr", "cel", "cdrel",
            "console", "dictate", "dundi", "enum", "fax", "festival", "geolocation", "hep", "http_media", "iax2", "ices", "image",
            "jack", "ldap", "lua", "macro", "mgcp", "minivm", "motif", "odbc", "oss", "pgsql", "phoneprov", "prometheus",
            "radius",
            "skinny", "smdi", "snmp", "speech", "sqlite3", "statsd", "stir", "tds", "test", "unbound", "unistim", "websocket",
            "xmpp", "curl", "sms", "mp3", "xpidf", "t38",
        ]

        func text(for channel: Channel) -> String {
            let other = channel == .pjsip ? ["chan_sip"] : ["chan_pjsip", "res_pjsip", "res_hep_pjsip", "func_pjsip"]
            let left = names.filter { name in
                let parts = name.dropLast(3).split(separator: "_").map(String.init)
                return other.contains { name.hasPrefix($0) }
                    || Self.unwanted.contains { word in
                        parts.contains(word) || name.contains("_" + word + "_") || name.contains("_" + word + ".")
                    }
            }
            return "[modules]\nautoload=yes\n" + left.map { "noload => \($0)\n" }.joined()
        }
    }

    private static func modules(in chroot: Chroot) throws -> Modules {
        for folder in ["/usr/lib/asterisk/modules"] + ["x86_64", "aarch64"].map({ "/usr/lib/\($0)-linux-gnu/asterisk/modules" }) {
            if let names = try? FileManager.default.contentsOfDirectory(atPath: chroot.path + folder), !names.isEmpty {
                return Modules(folder: folder, names: names.filter { $0.hasSuffix(".so") }.sorted())
            }
        }
        throw RigError("no Asterisk in \(chroot.path)")
    }
}
