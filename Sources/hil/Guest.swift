import Foundation
import Rig

/// A computer in an emulator: the kernel that ships, simulated GPIO lines, a loopback sound card, and a shell on a port.
final class Guest {
    /// Where the host's side of the cable is, and the guest's.
    static let hostAddress = "10.77.0.1"
    static let address = "10.77.0.2"

    /// What the shell said and how it ended.
    struct Answer {
        var code: Int32
        var text: String
    }

    let child: Child
    /// The host's folder that is `/run/host` in the guest.
    let shared: String
    private let console: String
    private var commands = 0

    /// How time passes in the guest.
    enum Pace {
        /// As outside, with a cable to the host. One processor: with two, QEMU 7.2 now and then lets Linux run code while it is patched.
        case real
        /// Every instruction of the one processor takes 1 ns, and idle time none: about what one of the four cores of the smallest
        /// board does. So the guest's clock tells the same, whatever else the host has to do. No cable.
        case counted
    }

    /// Starts an emulator whose standard input and output are the guest's shell, and waits until that takes commands.
    init(_ emulator: String, _ arguments: [String], shared: String, console: String, within seconds: Double) throws {
        self.shared = shared
        self.console = console
        child = try Child(emulator, arguments, log: shared + "/shell.log", takesInput: true)
        do {
            try comesUp(within: seconds)
        } catch {
            child.stop(patience: 0)
            throw error
        }
    }

    /// Boots `vmlinux` and `initramfs.cpio` of `folder`, and waits until it takes commands.
    convenience init(folder: String, shared: String, console: String, pace: Pace = .real) throws {
        // Without KVM, so that it runs anywhere and always the same way.
        try self.init(
            "qemu-system-x86_64",
            try Self.machine(pace) + [
                "-M", "q35", "-cpu", "max", "-m", "512", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                "-kernel", folder + "/vmlinux", "-initrd", folder + "/initramfs.cpio", "-append", "console=ttyS0 quiet panic=-1",
                "-chardev", "file,id=console,path=\(console)", "-serial", "chardev:console",
                // Unlike a serial line it loses nothing, however the clocks go.
                "-chardev", "stdio,id=commands,signal=off", "-device", "virtio-serial-pci",
                "-device", "virtserialport,chardev=commands",
                "-virtfs", "local,path=\(shared),mount_tag=host,security_model=none",
            ], shared: shared, console: console, within: 120)
    }

    /// Its name and version and what else it says of itself.
    private(set) var kernel = ""

    /// Waits until the guest takes commands, for the first time or after it started again by itself.
    func comesUp(within seconds: Double) throws {
        let greeting = "ready: "
        guard let ready = child.lines.take(within: seconds, where: { $0.hasPrefix(greeting) }) else {
            let said = (try? String(contentsOfFile: console, encoding: .utf8)) ?? ""
            throw RigError("the board did not start:\n\(said)\n" + child.lines.all.joined(separator: "\n"))
        }
        kernel = String(ready.dropFirst(greeting.count))
    }

    private static func machine(_ pace: Pace) throws -> [String] {
        switch pace {
        case .real:
            try lay(cable: "guest0")
            return [
                "-accel", "tcg", "-smp", "1", "-netdev", "tap,id=cable,ifname=guest0,script=no,downscript=no",
                "-device", "virtio-net-pci,netdev=cable,romfile=",
            ]
        case .counted: return ["-accel", "tcg,thread=single", "-smp", "1", "-icount", "shift=0,sleep=off"]
        }
    }

    /// The host's end of the cable to the guest, with the host's address.
    static func lay(cable: String) throws {
        // A story that is told once more finds it there.
        guard try Command.run("ip", ["link", "show", "dev", cable]).code != 0 else { return }
        for words in [
            ["tuntap", "add", cable, "mode", "tap"], ["address", "add", hostAddress + "/24", "dev", cable],
            ["link", "set", cable, "up"],
        ] {
            let command = try Command.run("ip", words)
            guard command.code == 0 else { throw RigError("ip \(words.joined(separator: " ")): \(command.output)") }
        }
    }

    /// Carries out a line of shell and waits for its end.
    func run(_ line: String, within seconds: Double = 10) throws -> Answer {
        commands += 1
        child.lines.skip()
        child.type("\(commands) \(line)")
        var said: [String] = []
        let end = Clock.now + seconds
        while let text = child.lines.take(within: end - Clock.now, where: { _ in true }) {
            let words = text.split(separator: " ")
            if words.count == 3, words[0] == "=", words[1] == "\(commands)", let code = Int32(words[2]) {
                return Answer(code: code, text: said.joined(separator: "\n"))
            }
            said.append(text)
        }
        throw RigError("the guest did not end \"\(line)\" within \(seconds) s; it said: \(said.joined(separator: " / "))")
    }

    /// The same, where anything but success is an error.
    @discardableResult
    func perform(_ line: String, within seconds: Double = 10) throws -> String {
        let answer = try run(line, within: seconds)
        guard answer.code == 0 else { throw RigError("in the guest, \(line): exit code \(answer.code): \(answer.text)") }
        return answer.text
    }

    /// Starts a program beside the shell; returns its process number.
    func start(_ line: String, output: String) throws -> Int {
        let text = try perform("\(line) >\(output) 2>&1 </dev/null & echo $!")
        guard let number = Int(text) else { throw RigError("in the guest, \(line): \(text)") }
        return number
    }

    /// The level of a line as the chip drives or feels it, out of gpio-sim's file.
    func isHigh(_ line: Line) throws -> Bool { try perform("cat /run/\(line.rawValue)/value") == "1" }

    /// What the world outside does to an input.
    func pull(_ line: Line, up: Bool) throws { try perform("echo pull-\(up ? "up" : "down") >/run/\(line.rawValue)/pull") }

    /// Whether a line gets to a level in time.
    func comes(_ line: Line, high: Bool, within seconds: Double) -> Bool {
        Clock.poll(within: seconds, every: 0.02) { (try? isHigh(line)) == high ? true : nil } ?? false
    }

    /// Switches it off; returns the emulator's exit code.
    func powerOff() throws -> Int32 {
        child.type("0 poweroff -f")
        return try child.wait(within: 10)
    }

    /// The lines of the simulated chip, by the names that the kernel gives them and in their order.
    enum Line: String, CaseIterable {
        case bell = "BELL"
        /// A button that calls the program which measures.
        case probe = "PROBE"
        case light = "LIGHT"
        case strike = "STRIKE"
        /// Nobody's, to see how fast the board can be at all.
        case free = "FREE"
        /// Two buttons of a chord.
        case left = "LEFT"
        case right = "RIGHT"
        /// The door's contact, and who wants to go out.
        case leaf = "LEAF"
        case exit = "EXIT"
    }
}
