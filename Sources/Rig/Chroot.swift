import Foundation

/// A Debian of another release in a folder of its own, made by `tools/chroot.sh`, for programs that ours does not have.
public struct Chroot: Sendable {
    public let path: String

    /// Makes it unless it is there; that takes a minute or two and is told.
    public init(_ name: String, suite: String, packages: [String]) throws {
        let child = try Child(try Self.tool("chroot.sh"), [name, suite] + packages)
        var last = ""
        while let line = child.lines.next() {
            if line.hasPrefix("chroot: ") || line.hasPrefix("need: ") { printLine(line) }
            last = line
        }
        guard try child.wait(within: 10) == 0, last.hasPrefix("/") else {
            throw RigError("tools/chroot.sh could not make \(name): \(last)")
        }
        path = last
    }

    /// Takes one that is there already.
    public init(made name: String) throws {
        let environment = ProcessInfo.processInfo.environment
        let cache =
            environment["PORTIER_CHROOTS"]
            ?? (environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "/root") + "/.cache") + "/portier/chroots"
        path = cache + "/" + name
        guard FileManager.default.fileExists(atPath: path + ".made") else { throw RigError("there is no chroot \(path)") }
    }

    /// Starts a program inside; `folder` is `/peer` for it.
    public func start(_ program: String, _ arguments: [String], folder: String, log: String? = nil, takesInput: Bool = false)
        throws -> Child
    {
        try Child(try Self.tool("inside.sh"), [path, folder, program] + arguments, log: log, takesInput: takesInput)
    }

    /// Runs a program inside to its end.
    public func run(_ program: String, _ arguments: [String], folder: String, within seconds: Double = 30) throws -> Command {
        try Command.run(try Self.tool("inside.sh"), [path, folder, program] + arguments, within: seconds)
    }

    private static func tool(_ name: String) throws -> String {
        let path = FileManager.default.currentDirectoryPath + "/tools/" + name
        guard FileManager.default.isExecutableFile(atPath: path) else { throw RigError("\(path) is not there") }
        return path
    }
}
