import Foundation

/// Tells on standard output what happens, as it happens, and keeps what was checked.
public final class Story: @unchecked Sendable {
    private let started = Clock.now
    private let lock = NSLock()
    private var failures: [String] = []
    private let isColoured = isatty(1) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil

    public init() {}

    private enum Colour: String {
        case plain = "0"
        case bold = "1"
        case faint = "2"
        case red = "31"
        case green = "32"
    }

    private func paint(_ text: String, _ colour: Colour) -> String {
        isColoured ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }

    public func title(_ text: String) {
        printLine("\n" + paint(text, .bold))
    }

    /// One thing that happened, with the seconds since the start.
    public func tell(_ text: String) {
        lock.lock()
        defer { lock.unlock() }
        printLine(paint(String(format: "%6.2f s", Clock.now - started), .faint) + "  " + text)
    }

    /// A verdict line; what failed is named again at the end.
    @discardableResult
    public func check(_ what: String, _ isTrue: Bool, _ detail: String = "") -> Bool {
        lock.lock()
        defer { lock.unlock() }
        if !isTrue { failures.append(what) }
        let mark = isTrue ? paint("ok  ", .green) : paint("FAIL", .red)
        printLine(
            "  \(mark)  "
                + (detail.isEmpty
                    ? what : what.padding(toLength: max(46, what.count), withPad: " ", startingAt: 0) + "  " + detail))
        return isTrue
    }

    public func fail(_ what: String) {
        check(what, false)
    }

    /// What was checked and was not so.
    public var failed: [String] {
        lock.lock()
        defer { lock.unlock() }
        return failures
    }

    /// Tells whether everything happened, and where to look if not, and ends the program with the exit code that says so.
    public func end(logs: String? = nil) -> Never {
        if failed.isEmpty {
            title("Everything happened. (\(decimal(seconds, 1)) s)")
            exit(0)
        }
        title("This did not happen: \(failed.joined(separator: "; "))" + (logs.map { "\nLogs: \($0)" } ?? ""))
        exit(1)
    }

    /// Tells a story and ends the program with the exit code that says whether everything happened.
    ///
    /// Where something did not, and the machine stood still meanwhile for longer than speech survives, the story is told again, at
    /// most so many times in all: that time says nothing of the programs.
    public static func tell(logs: String? = nil, atMost times: Int = 2, _ act: (Story) throws -> Void) -> Never {
        var time = 1
        while true {
            let (story, metronome) = (Story(), Metronome())
            do { try act(story) } catch { story.fail("\(error)") }
            metronome.stop()
            let stillness = metronome.stillness
            if story.failed.isEmpty || stillness <= Metronome.harmless || time >= times { story.end(logs: logs) }
            story.title(
                "This did not happen: \(story.failed.joined(separator: "; ")).\n"
                    + "The machine stood still for \(decimal(stillness * 1_000, 0)) ms meanwhile. Once more.")
            time += 1
        }
    }

    public var seconds: Double { Clock.now - started }
}

/// A number with so many decimal places.
public func decimal(_ value: Double, _ places: Int = 2) -> String {
    String(format: "%.\(places)f", value)
}

/// Prints at once and whole, so that what is told last is seen even if nothing follows; a reader that went away is no matter.
public func printLine(_ text: String) {
    var rest = Array((text + "\n").utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
    }
}
