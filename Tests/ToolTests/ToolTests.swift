import CLinux
import Glibc
import JSON
import Runtime
import Synchronization
import Testing

@testable import Tool

/// The tool against a daemon that answers from a script, one line a request.
private final class Desk {
    let folder: String
    var path: String { folder + "/control.sock" }
    private let loop: Loop
    private let server: ControlServer
    private let thread: SystemThread
    let requests = Requests()

    final class Requests: Sendable {
        private let storage = Mutex<[JSONValue]>([])
        var all: [JSONValue] { storage.withLock { $0 } }
        func add(_ value: JSONValue) { storage.withLock { $0.append(value) } }
    }

    /// Answers each request with `lines`, then closes if that was said.
    init(_ lines: [JSONValue], closes: Bool = false) throws {
        var template = Array("/tmp/portier-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let loop = try Loop()
        self.loop = loop
        let server = try ControlServer(path: folder + "/control.sock", on: loop, log: .silent())
        self.server = server
        let requests = requests
        server.onLine { client, request in
            requests.add(request)
            for line in lines { server.send(client, line) }
            if closes { server.close(client) }
        }
        thread = try SystemThread.start(name: "desk") { loop.run() }
    }

    deinit {
        loop.stop()
        thread.join()
        loop.settle()
        server.close()
        rmdir(folder)
    }
}

@Suite("The tool and the daemon")
struct ToolTests {
    struct Result: Equatable {
        var status: Tool.Status
        var out = ""
        var error = ""
    }

    private func run(_ arguments: String..., socket: String? = nil, credentials: String? = nil) -> Result {
        var result = Result(status: .done)
        let tool = Tool(
            Tool.Surroundings(
                socket: socket, credentials: credentials, printOut: { result.out += $0 }, printError: { result.error += $0 }))
        result.status = tool.run(arguments)
        return result
    }

    @Test("A command done prints nothing, or the answer for programs")
    func done() throws {
        let desk = try Desk([["ok": true]])
        #expect(run("press", "bell", socket: desk.path) == Result(status: .done))
        #expect(run("press", "bell", "--json", "--socket", desk.path) == Result(status: .done, out: "{\"ok\":true}\n"))
        #expect(desk.requests.all == Array(repeating: ["command": "press", "button": "bell", "kind": "short"], count: 2))
    }

    @Test("A refusal is an error message and status 1; for programs it is the answer")
    func refused() throws {
        let desk = try Desk([["error": "there is no button \"bell\""]])
        #expect(
            run("press", "bell", socket: desk.path)
                == Result(status: .refused, error: "portier: there is no button \"bell\"\n"))
        #expect(
            run("state", "--json", socket: desk.path)
                == Result(status: .refused, out: "{\"error\":\"there is no button \\\"bell\\\"\"}\n"))
    }

    @Test("State is a page for people and an object for programs")
    func state() throws {
        let desk = try Desk([["ok": true, "state": ["version": "1", "calls": []]]])
        #expect(run("state", socket: desk.path) == Result(status: .done, out: "version: 1\ncalls:   none\n"))
        #expect(run("state", "-j", socket: desk.path) == Result(status: .done, out: "{\"version\":\"1\",\"calls\":[]}\n"))
    }

    @Test("Events are told until the daemon goes, which is an error")
    func events() throws {
        let desk = try Desk([["ok": true], ["event": "pressed", "button": "bell"], ["event": "ringing"]], closes: true)
        let gone = "portier: portierd closed the connection\n"
        #expect(
            run("events", socket: desk.path) == Result(status: .unreachable, out: "pressed button=bell\nringing\n", error: gone))
        #expect(
            run("events", "--json", socket: desk.path)
                == Result(
                    status: .unreachable, out: "{\"event\":\"pressed\",\"button\":\"bell\"}\n{\"event\":\"ringing\"}\n",
                    error: gone))
    }

    @Test("Being too slow for the events is status 1 with the daemon's words")
    func slow() throws {
        let desk = try Desk([["ok": true], ["error": "too slow"]])
        #expect(run("events", socket: desk.path) == Result(status: .refused, error: "portier: too slow\n"))
    }

    @Test("A daemon that is not there, or hangs up, is status 3")
    func unreachable() throws {
        #expect(
            run("state", socket: "/nonexistent/socket")
                == Result(
                    status: .unreachable,
                    error: "portier: cannot reach portierd at /nonexistent/socket: No such file or directory (is it running?)\n"))
        let desk = try Desk([], closes: true)
        #expect(
            run("hold", socket: desk.path) == Result(status: .unreachable, error: "portier: portierd closed the connection\n"))
    }

    @Test("A wrong command line is status 2 and points to the help; help and version are status 0")
    func usage() {
        #expect(
            run("ring") == Result(status: .usage, error: "portier: there is no command 'ring'\nTry 'portier --help'.\n"))
        #expect(run("--help") == Result(status: .done, out: Help.text))
        #expect(run("--version").out.hasPrefix("portier "))
    }

    @Test("A wrong configuration is listed by line and column, status 1; a missing one too")
    func check() throws {
        let desk = try Desk([])
        let file = desk.folder + "/house.toml"
        try Files.replace(file, with: Array("[board]\nkind = \"simulated\"\ncolour = 1\n".utf8))
        defer { unlink(file) }
        let people = run("check", file)
        #expect(people.status == .refused)
        #expect(people.out.contains("\(file):3:1: "))
        #expect(people.out.contains("colour"))
        let program = run("check", "--json", file)
        #expect(program.status == .refused)
        let report = try JSONValue(parsing: program.out)
        #expect(report["ok"] == false)
        #expect(report["problems"]?.array?.contains { $0["line"] == 3 && $0["column"] == 1 } == true)
        #expect(
            run("check", "/nonexistent")
                == Result(status: .refused, out: "/nonexistent:1:1: the file cannot be read: No such file or directory\n"))
    }

    @Test("A credential is looked for where it is said, and taken to be right with a note where none is said")
    func credentials() throws {
        let desk = try Desk([])
        let file = desk.folder + "/house.toml"
        let house = """
            [board]
            kind = "simulated"
            [accounts.pbx]
            address = "sip:door@pbx.example"
            password_credential = "pbx"

            """
        try Files.replace(file, with: Array(house.utf8))
        defer { unlink(file) }
        let note = "portier: note: the credential 'pbx' was not looked at (see --credentials)\n"
        #expect(run("check", file) == Result(status: .done, out: "\(file): ok\n", error: note))
        let missing = Result(
            status: .refused, out: "\(file):5:23: the secret \"pbx\" is not there; expected a file with the secret in it\n")
        #expect(run("check", file, credentials: desk.folder) == missing)
        try Files.replace(desk.folder + "/pbx", with: Array("s3cret".utf8))
        defer { unlink(desk.folder + "/pbx") }
        #expect(run("check", file, "--credentials", desk.folder) == Result(status: .done, out: "\(file): ok\n"))
    }
}
