/// How much a log line matters; the raw value is the syslog priority (RFC 5424 §6.2.1) that the journal reads.
public enum Severity: Int, Sendable, Comparable {
    case error = 3
    case warning = 4
    case notice = 5
    case info = 6
    case debug = 7

    /// The more severe is the smaller.
    public static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
}
