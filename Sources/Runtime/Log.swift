import Base
import CLinux
import Glibc
import Synchronization

/// Structured lines for an operator: `event key=value …`, one write each, from any thread.
///
/// What is below the level costs one atomic load: neither values nor text are made.
public final class Log: Sendable {
    /// What stands before the event.
    public enum Style: Sendable, Equatable {
        /// `<6>`: the priority as the journal reads it (sd-daemon(3)).
        case journal
        /// `info: `, for a terminal.
        case terminal
    }

    private let threshold: Atomic<Int>
    private let style: Style
    private let sink: @Sendable ([UInt8]) -> Void

    /// `sink` gets whole lines with their end, from any thread.
    public init(level: Severity = .info, style: Style = .journal, sink: @escaping @Sendable ([UInt8]) -> Void = Log.standardError)
    {
        threshold = Atomic(level.rawValue)
        self.style = style
        self.sink = sink
    }

    /// A log that nobody reads, for tests.
    public static func silent() -> Log { Log(level: .error) { _ in } }

    /// The least severe lines that are written.
    public var level: Severity {
        get { Severity(rawValue: threshold.load(ordering: .relaxed)) ?? .info }
        set { threshold.store(newValue.rawValue, ordering: .relaxed) }
    }

    public func writes(_ severity: Severity) -> Bool {
        severity.rawValue <= threshold.load(ordering: .relaxed)
    }

    public typealias Values = KeyValuePairs<String, any CustomStringConvertible & Sendable>

    public func error(_ event: String, _ values: @autoclosure () -> Values = [:]) { write(.error, event, values()) }
    public func warning(_ event: String, _ values: @autoclosure () -> Values = [:]) { write(.warning, event, values()) }
    public func notice(_ event: String, _ values: @autoclosure () -> Values = [:]) { write(.notice, event, values()) }
    public func info(_ event: String, _ values: @autoclosure () -> Values = [:]) { write(.info, event, values()) }
    public func debug(_ event: String, _ values: @autoclosure () -> Values = [:]) { write(.debug, event, values()) }

    public func write(_ severity: Severity, _ event: String, _ values: @autoclosure () -> Values = [:]) {
        guard writes(severity) else { return }
        emit(severity, event, values().lazy.map { ($0.key, $0.value.description) })
    }

    /// For values that come as text already.
    public func write(_ severity: Severity, _ event: String, texts: @autoclosure () -> [(String, String)]) {
        guard writes(severity) else { return }
        emit(severity, event, texts())
    }

    private func emit(_ severity: Severity, _ event: String, _ values: some Sequence<(String, String)>) {
        var line: [UInt8] = []
        line.reserveCapacity(128)
        switch style {
        case .journal: line += "<\(severity.rawValue)>".utf8
        case .terminal: line += "\(severity): ".utf8
        }
        line += event.utf8
        for (key, value) in values {
            line.append(UInt8(ascii: " "))
            line += key.utf8
            line.append(UInt8(ascii: "="))
            LogText.append(value, to: &line)
        }
        line.append(UInt8(ascii: "\n"))
        sink(line)
    }

    /// Writes to standard error at once; a line that cannot be written is lost, and the daemon goes on.
    public static let standardError: @Sendable ([UInt8]) -> Void = { line in
        _ = line.withUnsafeBytes { bytes in retryingInterrupts { Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count) } }
    }
}

/// How a value is written so that it stays one word on one line, whatever a peer put into it.
enum LogText {
    /// What a peer sent may be long; more than this of it helps nobody.
    static let longestValue = 512

    static func append(_ value: String, to line: inout [UInt8]) {
        let bytes = value.utf8
        let isPlain =
            !bytes.isEmpty && bytes.count <= longestValue
            && bytes.allSatisfy { byte in
                byte > 0x20 && byte != 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "=")
                    && byte != UInt8(ascii: "\\")
            }
        if isPlain {
            line += bytes
            return
        }
        line.append(UInt8(ascii: "\""))
        for byte in bytes.prefix(longestValue) {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                line.append(UInt8(ascii: "\\"))
                line.append(byte)
            case UInt8(ascii: "\n"): line += "\\n".utf8
            case UInt8(ascii: "\r"): line += "\\r".utf8
            case UInt8(ascii: "\t"): line += "\\t".utf8
            case 0..<0x20, 0x7F:
                line += "\\x".utf8
                line += (byte < 16 ? "0" : "").utf8
                line += String(byte, radix: 16).utf8
            default: line.append(byte)
            }
        }
        if bytes.count > longestValue { line += "…".utf8 }
        line.append(UInt8(ascii: "\""))
    }
}
