import Foundation

/// What a running process costs, from /proc.
public struct ProcessFigures {
    /// Seconds of processor time of all its threads, and of nobody else.
    public var processorTime: Double
    /// Kilobytes: resident, and its fair share of what it shares with others.
    public var resident: Int
    public var proportional: Int

    public init(of pid: pid_t) throws {
        processorTime = try Self.processorTime(of: pid)
        resident = try Self.kilobytes("VmRSS", in: "/proc/\(pid)/status")
        proportional = try Self.kilobytes("Pss", in: "/proc/\(pid)/smaps_rollup")
    }

    /// In nanoseconds by the scheduler where the kernel tells, and not in hundredths of a second.
    private static func processorTime(of pid: pid_t) throws -> Double {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        let times = tasks.compactMap { task -> Double? in
            guard let text = try? String(contentsOfFile: "/proc/\(pid)/task/\(task)/schedstat", encoding: .utf8) else {
                return nil
            }
            return text.split(separator: " ").first.flatMap { Double($0) }.map { $0 / 1e9 }
        }
        if !times.isEmpty, times.count == tasks.count { return times.reduce(0, +) }
        return try total(of: pid)
    }

    /// Seconds of processor time of all its threads, those that ended too; in hundredths.
    public static func total(of pid: pid_t) throws -> Double {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let end = text.lastIndex(of: ")")
        else {
            throw RigError("process \(pid) is gone")
        }
        // After the name: state is field 3, utime and stime are fields 14 and 15.
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[11]), let system = Double(fields[12]) else {
            throw RigError("/proc/\(pid)/stat is not understood")
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func kilobytes(_ name: String, in file: String) throws -> Int {
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        for line in text.split(separator: "\n") where line.hasPrefix(name + ":") {
            if let value = line.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap({ Int($0) }) {
                return value
            }
        }
        throw RigError("\(file) does not tell \(name)")
    }
}
