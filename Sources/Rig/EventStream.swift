import Foundation
import JSON

/// The daemon's events, from its control socket.
public final class EventStream: @unchecked Sendable {
    public struct Event: Sendable {
        public var name: String
        /// Seconds on the monotonic clock.
        public var time: Double
        public var values: JSONValue

        public subscript(name: String) -> JSONValue? { values[name] }
    }

    private let connection: ControlConnection
    private let inbox = Inbox<Event>()

    /// Follows the events from when this returns; `observer` is told each as it comes, on a thread of its own.
    init(socket: String, observer: @escaping @Sendable (Event) -> Void) throws {
        connection = try ControlConnection(path: socket)
        connection.send(["command": "events"])
        let (lines, inbox) = (connection.lines, inbox)
        guard lines.take(within: 5, where: { _ in true })?["ok"]?.bool == true else { throw RigError("no events from portierd") }
        Thread.detachNewThread {
            while let value = lines.next() {
                guard let name = value["event"]?.string else { continue }
                let event = Event(name: name, time: value["monotonic"]?.double ?? 0, values: value)
                observer(event)
                inbox.add(event)
            }
            inbox.close()
        }
    }

    public func stop() { connection.end() }

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
