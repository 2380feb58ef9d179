import Foundation

/// A Kamailio in a chroot, with the configuration of `Interop/kamailio` and an address of its own.
public final class Kamailio {
    public let address: String
    public let folder: String
    private let chroot: Chroot
    private var child: Child?

    public init(in chroot: Chroot, folder: String, address: String, password: String, algorithm: String = "MD5") throws {
        (self.chroot, self.folder, self.address) = (chroot, folder, address)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let triplets = ["x86_64", "aarch64"].map { "/usr/lib/\($0)-linux-gnu/kamailio/modules" }
        let folders = triplets + ["/usr/lib/kamailio/modules"]
        guard let modules = folders.first(where: { FileManager.default.fileExists(atPath: chroot.path + $0) }) else {
            throw RigError("no Kamailio in \(chroot.path)")
        }
        let source = FileManager.default.currentDirectoryPath + "/Interop/kamailio/kamailio.cfg"
        let words = ["@ADDRESS@": address, "@MODULES@": modules, "@PASSWORD@": password, "@ALGORITHM@": algorithm]
        let text = try String(contentsOfFile: source, encoding: .utf8)
        try write(words.reduce(text) { $0.replacingOccurrences(of: $1.key, with: $1.value) }, to: folder + "/kamailio.cfg")
        try start()
    }

    deinit { stop() }

    /// Starts it, again after `stop`, and waits until it listens.
    public func start() throws {
        let child = try chroot.start(
            "/usr/sbin/kamailio",
            ["-f", "/peer/kamailio.cfg", "-Y", "/peer", "-P", "/peer/pid", "-DD", "-E", "-e", "-m", "32", "-M", "4"],
            folder: folder,
            log: folder + "/log")
        self.child = child
        // It says nothing when it is ready; it answers then.
        let probe = try UDPPeer()
        let answered = Clock.poll(within: 10, every: 0.1) { () -> Bool? in
            guard child.isRunning else { return false }
            probe.send(Self.options(from: probe, to: address), to: address, 5060)
            return probe.receive(within: 0.2) == nil ? nil : true
        }
        guard answered == true else {
            throw RigError("Kamailio did not start:\n" + child.lines.all.suffix(10).joined(separator: "\n"))
        }
    }

    public func stop() {
        child?.stop(patience: 5)
        child = nil
    }

    public var version: String {
        (try? chroot.run("/usr/sbin/kamailio", ["-v"], folder: folder).output)?.split(separator: "\n").first.map(String.init)
            ?? "?"
    }

    /// What it wrote: each request, and what it found wrong.
    public var log: [String] { child?.lines.all ?? [] }

    private static func options(from peer: UDPPeer, to address: String) -> String {
        """
        OPTIONS sip:\(address) SIP/2.0
        Via: SIP/2.0/UDP \(peer.address):\(peer.port);branch=z9hG4bK\(Int.random(in: 1...1_000_000_000))
        Max-Forwards: 70
        From: <sip:probe@\(peer.address)>;tag=1
        To: <sip:\(address)>
        Call-ID: probe-\(Int.random(in: 1...1_000_000_000))
        CSeq: 1 OPTIONS
        Content-Length: 0


        """.replacingOccurrences(of: "\n", with: "\r\n")
    }
}
