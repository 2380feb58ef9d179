import Base
import CLinux
import Glibc
import JSON
import Synchronization
import Testing

@testable import Runtime

/// A control server on a Loop of its own in a folder of its own; it answers a request by the request, and its commands do more.
private final class ControlFixture {
    let folder: String
    let path: String
    let loop: Loop
    let log = Journal<String>()
    let closed = Journal<ControlClient>()
    private(set) var server: ControlServer
    private let thread: SystemThread

    init(limits: ControlServer.Limits = .init()) throws {
        folder = try temporaryFolder()
        path = folder + "/control.sock"
        loop = try Loop()
        let (log, closed) = (log, closed)
        let server = try ControlServer(
            path: path, on: loop, log: Log { log.write(String(decoding: $0, as: UTF8.self)) }, limits: limits)
        self.server = server
        server.onLine { client, request in
            switch request["command"]?.string {
            case "flood":
                for number in 0..<(request["count"]?.integer ?? 0) {
                    server.send(client, ["number": .integer(number), "filler": .string(String(repeating: "x", count: 1_000))])
                }
            case "bye": server.close(client)
            default: server.send(client, request)
            }
        }
        server.onClose { closed.write($0) }
        let loop = loop
        thread = try SystemThread.start(name: "control") { loop.run() }
    }

    func caller() throws -> ControlCaller { try ControlCaller(path: path) }

    /// Brings the Loop to the calling thread.
    func stop() {
        loop.stop()
        thread.join()
        loop.settle()
    }

    deinit {
        stop()
        server.close()
        rmdir(folder)
    }
}

func temporaryFolder() throws -> String {
    var template = Array("/tmp/portier-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError.last("mkdtemp") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

@Suite("Control socket")
struct ControlServerTests {
    @Test("A request is answered on its own connection, lines in one packet or a line in many")
    func requests() throws {
        let fixture = try ControlFixture()
        let (first, second) = (try fixture.caller(), try fixture.caller())
        #expect(try first.ask(["a": 1]) == ["a": 1])
        #expect(try second.ask(["b": 2]) == ["b": 2])
        try first.send(bytes: Array("{\"c\":3}\r\n\n  \n{\"d\":4}\n{\"e\"".utf8))
        #expect(try first.receive() == ["c": 3])
        #expect(try first.receive() == ["d": 4])
        try first.send(bytes: Array(":5}\n".utf8))
        #expect(try first.receive() == ["e": 5])
    }

    @Test("The socket file is its owner's alone and goes with the server")
    func fileRights() throws {
        let fixture = try ControlFixture()
        var status = stat()
        #expect(stat(fixture.path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        fixture.stop()
        fixture.server.close()
        #expect(stat(fixture.path, &status) == -1)
    }

    @Test(
        "A garbage line gets an error object that names the column, and the connection goes on",
        arguments: [
            ("{\"a\":}", "column 6: unexpected token", 6), ("hello", "column 5: invalid token", 5),
            ("[1]", "column 1: an object expected, found an array", 1), ("{\"a\":1} x", "column 9: end of file expected", 9),
        ])
    func garbage(line: String, message: String, column: Int64) throws {
        let fixture = try ControlFixture()
        let caller = try fixture.caller()
        try caller.send(bytes: Array((line + "\n").utf8))
        #expect(try caller.receive() == ["error": .string(message), "column": .integer(column)])
        try caller.send(bytes: [0xFF, 0x00, 0x0A])
        #expect(try caller.receive()?["error"] != nil)
        #expect(try caller.ask(["a": 1]) == ["a": 1])
    }

    @Test("A line past the limit gets an error object, then the connection is closed")
    func longLine() throws {
        var limits = ControlServer.Limits()
        limits.lineBytes = 100
        let fixture = try ControlFixture(limits: limits)
        let caller = try fixture.caller()
        let fits: JSONValue = .object(["k": .string(String(repeating: "x", count: 92))])
        #expect(try caller.ask(fits) == fits)
        try caller.send(bytes: Array(repeating: UInt8(ascii: "x"), count: 101))
        #expect(try caller.receive() == ["error": "line longer than 100 bytes", "column": 101])
        #expect(try caller.receive() == nil)
    }

    @Test("A client past the limit is told so and closed; a place is free again when another leaves")
    func manyClients() throws {
        var limits = ControlServer.Limits()
        limits.clients = 2
        let fixture = try ControlFixture(limits: limits)
        let stays = try fixture.caller()
        #expect(try stays.ask(["a": 1]) != nil)
        let leaves = try fixture.caller()
        #expect(try leaves.ask(["a": 1]) != nil)
        let third = try fixture.caller()
        #expect(try third.receive() == ["error": "too many clients: at most 2"])
        #expect(try third.receive() == nil)
        try leaves.send(["command": "bye"])
        #expect(try leaves.receive() == nil)
        #expect(try fixture.caller().ask(["a": 1]) == ["a": 1])
    }

    @Test("A client that does not read loses lines, is told so after a whole line, and is closed")
    func slowReader() throws {
        let fixture = try ControlFixture()
        let caller = try fixture.caller()
        try caller.send(["command": "flood", "count": 5_000])
        // Its answer comes after the flood, which was there first: only then does the slow client begin to read.
        #expect(try fixture.caller().ask(["a": 1]) == ["a": 1])
        var numbers: [Int64] = []
        var last: JSONValue?
        while let line = try caller.receive() {
            if let number = line["number"]?.integer { numbers.append(number) }
            last = line
        }
        #expect(numbers == Array(0..<Int64(numbers.count)))
        #expect(numbers.count < 5_000)
        #expect(last == ["error": "too slow: lines were dropped and the connection is closed"])
        fixture.stop()
        #expect(fixture.closed.entries.contains { $0.rawValue == 1 })
        #expect(fixture.log.entries == ["<4>control-slow-client client=client-1\n"])
    }

    @Test("A slow client that reads nothing at all is closed after a while")
    func deadReader() throws {
        var limits = ControlServer.Limits()
        limits.lingering = .milliseconds(20)
        let fixture = try ControlFixture(limits: limits)
        let caller = try fixture.caller()
        try caller.send(["command": "flood", "count": 5_000])
        fixture.stop()
        fixture.loop.run(until: fixture.loop.now + .milliseconds(40))
        #expect(fixture.server.clients.isEmpty)
        #expect(fixture.closed.entries.count == 1)
    }

    @Test("A client that ends its sending still gets its answers, even to a last line without an end")
    func halfClosed() throws {
        let fixture = try ControlFixture()
        let caller = try fixture.caller()
        try caller.send(bytes: Array("{\"a\":1}\n{\"b\":2}".utf8))
        caller.endSending()
        #expect(try caller.receive() == ["a": 1])
        #expect(try caller.receive() == ["b": 2])
        #expect(try caller.receive() == nil)
    }

    @Test("A socket file that nobody listens at is replaced; a live one, and anything else, is left alone")
    func staleFile() throws {
        let folder = try temporaryFolder()
        defer { rmdir(folder) }
        let path = folder + "/control.sock"
        let loop = try Loop()
        let stale = socket(AF_UNIX, clinux_stream_socket, 0)
        #expect(try UnixAddress(path).withSockaddr { bind(stale, $0, $1) } == 0)
        close(stale)
        let server = try ControlServer(path: path, on: loop, log: .silent())
        #expect(throws: SystemError("bind", path, code: EADDRINUSE)) {
            _ = try ControlServer(path: path, on: loop, log: .silent())
        }
        server.close()
        close(open(path, O_CREAT | O_WRONLY, 0o600))
        #expect(throws: SystemError("bind", path, code: EEXIST)) { _ = try ControlServer(path: path, on: loop, log: .silent()) }
        unlink(path)
    }

    @Test("A path longer than the kernel takes is an error, not a cut path")
    func longPath() throws {
        let path = "/tmp/" + String(repeating: "x", count: 103)
        let loop = try Loop()
        #expect(throws: SystemError("UNIX socket path", path, code: ENAMETOOLONG)) {
            _ = try ControlServer(path: path, on: loop, log: .silent())
        }
    }

    @Test("Nobody there is an error that names the path")
    func nobody() {
        #expect(throws: ControlCaller.Failure.system(SystemError("connect", "/tmp/portier-nobody", code: ENOENT))) {
            _ = try ControlCaller(path: "/tmp/portier-nobody")
        }
    }
}

@Suite("Lines of the control socket")
struct LineBufferTests {
    @Test("Lines come out whole however the bytes are cut", arguments: 1...12)
    func cuts(size: Int) {
        let bytes = Array("one\r\ntwo\n\nthree\nrest".utf8)
        var buffer = LineBuffer(limit: 10)
        var pieces: [LineBuffer.Piece] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            pieces += buffer.append(bytes[start..<min(start + size, bytes.count)])
        }
        #expect(pieces == ["one", "two", "", "three"].map { .line(Array($0.utf8)) })
        #expect(buffer.remainder == Array("rest".utf8))
    }

    @Test("Past the limit it says so once and gives nothing more")
    func limit() {
        var buffer = LineBuffer(limit: 3)
        #expect(buffer.append(Array("abc\nabcd\nab\n".utf8)) == [.line(Array("abc".utf8)), .tooLong])
        #expect(buffer.append(Array("x\n".utf8)) == [])
    }
}
