import Foundation

/// A program that was started here: its output by lines, and its end. It never outlives the rig.
public final class Child: @unchecked Sendable {
    public let name: String
    public let pid: pid_t
    /// What it writes, errors too, line by line.
    public let lines = Inbox<String>()
    private let log: FileHandle?
    private let input: Int32?
    private let lock = NSLock()
    private var status: Int32?

    /// Starts `program`, found on the path, in a process group of its own; its output is kept in `log`, and its input is empty
    /// unless it is to be written to.
    public init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], log: String? = nil,
        takesInput: Bool = false
    ) throws {
        name = (program as NSString).lastPathComponent
        if let log {
            guard FileManager.default.createFile(atPath: log, contents: nil), let handle = FileHandle(forWritingAtPath: log)
            else { throw RigError("cannot write \(log)") }
            self.log = handle
        } else {
            self.log = nil
        }
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw RigError("pipe: \(String(cString: strerror(errno)))") }
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        var inputEnds: [Int32] = [-1, -1]
        if takesInput {
            guard pipe(&inputEnds) == 0 else { throw RigError("pipe: \(String(cString: strerror(errno)))") }
            _ = fcntl(inputEnds[0], F_SETFD, FD_CLOEXEC)
            _ = fcntl(inputEnds[1], F_SETFD, FD_CLOEXEC)
        }
        input = takesInput ? inputEnds[1] : nil
        pid = try Self.spawn(
            program, arguments, environment: environment, input: takesInput ? inputEnds[0] : nil, output: ends[1])
        close(ends[1])
        if takesInput { close(inputEnds[0]) }
        Children.add(pid)
        let output = ends[0]
        Thread.detachNewThread { [self] in read(output) }
    }

    deinit {
        stop()
        if let input { close(input) }
    }

    /// Writes a line to its input.
    public func type(_ line: String) {
        guard let input else { return }
        let bytes = Array((line + "\n").utf8)
        _ = Foundation.write(input, bytes, bytes.count)
    }

    private static func spawn(
        _ program: String, _ arguments: [String], environment: [String: String], input: Int32?, output: Int32
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        if output > 2 { posix_spawn_file_actions_addclose(&actions, output) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        var settings: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0)=\($1)") } + [nil]
        defer { for word in words + settings { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, program, &actions, &attributes, &words, &settings)
        guard code == 0 else {
            close(output)
            throw RigError("cannot start \(program): \(String(cString: strerror(code)))")
        }
        return pid
    }

    private func read(_ input: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var line: [UInt8] = []
        while true {
            let count = Foundation.read(input, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            try? log?.write(contentsOf: Data(buffer[..<count]))
            for byte in buffer[..<count] {
                if byte == UInt8(ascii: "\n") {
                    lines.add(String(decoding: line, as: UTF8.self))
                    line.removeAll(keepingCapacity: true)
                } else if byte != UInt8(ascii: "\r") {
                    line.append(byte)
                }
            }
        }
        if !line.isEmpty { lines.add(String(decoding: line, as: UTF8.self)) }
        close(input)
        lines.close()
    }

    /// The next line that contains `text`.
    @discardableResult
    public func line(containing text: String, within seconds: Double) throws -> String {
        if let line = lines.take(within: seconds, where: { $0.contains(text) }) { return line }
        throw RigError("\(name) did not say \"\(text)\" within \(seconds) s")
    }

    /// Its exit code, or 128 and the signal that ended it; `nil` while it runs.
    public var exitCode: Int32? {
        lock.lock()
        defer { lock.unlock() }
        if let status { return status }
        var raw: Int32 = 0
        guard waitpid(pid, &raw, WNOHANG) == pid else { return nil }
        Children.remove(pid)
        let signal = raw & 0x7F
        status = signal == 0 ? (raw >> 8) & 0xFF : 128 + signal
        return status
    }

    public var isRunning: Bool { exitCode == nil }

    public func wait(within seconds: Double) throws -> Int32 {
        if let code = Clock.poll(within: seconds, { exitCode }) { return code }
        throw RigError("\(name) did not end within \(seconds) s")
    }

    public func signal(_ number: Int32) {
        if isRunning { kill(pid, number) }
    }

    /// Asks it to end, and makes it end when it does not.
    @discardableResult
    public func stop(patience: Double = 3) -> Int32? {
        signal(SIGTERM)
        if let code = Clock.poll(within: patience, { exitCode }) { return code }
        kill(-pid, SIGKILL)
        return Clock.poll(within: 2) { exitCode }
    }
}
