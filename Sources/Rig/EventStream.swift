import Foundation
import JSON

/// The daemon's events as `portier events --json` tells them.
public final class EventStream: @unchecked Sendable {
    public struct Event: Sendable {
        public var name: String
        /// Seconds on the monotonic clock.
        public var time: Double
        public var values: JSONValue

        public subscript(name: String) -> JSONValue? { values[name] }
    }

    private let child: Child
    private let inbox = Inbox<Event>()
    /// Called for each event as it comes, on a thread of its own.
    private let observer: @Sendable (Event) -> Void

    init(tool: PortierTool, observer: @escaping @Sendable (Event) -> Void = { _ in }) throws {
        self.observer = observer
        child = try Child(tool.program, ["--socket", tool.socket, "events", "--json"])
        let (child, inbox) = (child, inbox)
        Thread.detachNewThread {
            while let line = child.lines.take(within: 3_600, where: { _ in true }) {
                guard let value = try? JSONValue(parsing: line), let name = value["event"]?.string else { continue }
                let event = Event(name: name, time: value["monotonic"]?.double ?? 0, values: value)
                observer(event)
                inbox.add(event)
            }
            inbox.close()
        }
    }

    deinit { stop() }

    public func stop() { child.stop() }

    public var all: [Event] { inbox.all }

    /// The next event of that name that nobody took, and that fits.
    @discardableResult
    public func next(_ name: String, within seconds: Double = 5, where fits: (Event) -> Bool = { _ in true }) throws -> Event {
        if let event = inbox.take(within: seconds, where: { $0.name == name && fits($0) }) { return event }
        throw RigError("the event \(name) did not come within \(seconds) s (came: \(all.map(\.name).joined(separator: ", ")))")
    }

    /// Whether one comes in that time.
    public func comes(_ name: String, within seconds: Double) -> Bool {
        inbox.take(within: seconds) { $0.name == name } != nil
    }

    public func skip() { inbox.skip() }
}
