import Foundation

/// The daemon under test, with its files in a folder of its own.
public final class Portierd {
    public let child: Child
    public let tool: PortierTool
    public let events: EventStream
    public let house: House
    public let folder: String
    private let timeline: Timeline

    /// Starts it on `house` and waits until it serves.
    public init(_ house: House, folder: String, observer: @escaping @Sendable (EventStream.Event) -> Void = { _ in }) throws {
        self.house = house
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder + "/drop", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: folder + "/state", withIntermediateDirectories: true)
        try write(house.text(socket: folder + "/socket", drop: folder + "/drop"), to: folder + "/house.toml")
        tool = PortierTool(program: try Self.program("portier"), socket: folder + "/socket")
        let loudspeaker = house.loudspeaker
        timeline = Timeline { [loudspeaker] }
        child = try Child(
            try Self.program("portierd"),
            ["--config", folder + "/house.toml", "--state", folder + "/state", "--log", "terminal"], log: folder + "/portierd.log"
        )
        let (daemon, tool) = (child, tool)
        guard
            Clock.poll(within: 10, every: 0.02, { !daemon.isRunning || (try? tool.state()) != nil ? true : nil }) != nil,
            daemon.isRunning
        else {
            throw RigError("portierd did not start:\n" + daemon.lines.all.suffix(20).joined(separator: "\n"))
        }
        events = try EventStream(socket: tool.socket, observer: observer)
    }

    deinit { stop() }

    /// Ends it; returns its exit code.
    @discardableResult
    public func stop() -> Int32? {
        timeline.stop()
        let code = child.stop(patience: 5)
        events.stop()
        return code
    }

    /// A program of the product: in the folder that `--programs` names, or beside this one.
    public static func program(_ name: String) throws -> String {
        let arguments = CommandLine.arguments
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        var folder = (own as NSString).deletingLastPathComponent
        if let option = arguments.firstIndex(of: "--programs"), option + 1 < arguments.count { folder = arguments[option + 1] }
        let path = folder + "/" + name
        guard FileManager.default.isExecutableFile(atPath: path) else { throw RigError("\(path) is not there: run `make build`") }
        return path
    }

    /// The monotonic time of the first sample of the sound card's files, once a few seconds are recorded.
    public var soundOrigin: Double? {
        guard let sound = try? WAV(path: house.loudspeaker) else { return nil }
        return timeline.origin(of: house.loudspeaker, rate: sound.rate, byEnds: true)
    }

    /// Puts a configuration into the drop folder and returns the name and text of the verdict.
    public func drop(_ text: String, as name: String, within seconds: Double = 5) throws -> (name: String, text: String) {
        let path = folder + "/drop/" + name
        // Written under a name that the daemon does not look at, and renamed: as an upload should be.
        try write(text, to: path)
        let verdict = Clock.poll(within: seconds, every: 0.02) { () -> (name: String, text: String)? in
            for ending in [".applied", ".rejected"] {
                if let data = FileManager.default.contents(atPath: path + ending) {
                    return (name + ending, String(decoding: data, as: UTF8.self))
                }
            }
            return nil
        }
        guard let verdict else { throw RigError("the file \(name) in the drop folder was not answered") }
        return verdict
    }
}
