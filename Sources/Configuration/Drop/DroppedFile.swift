/// A file in the drop folder that wants to be the configuration, and where its verdict goes.
public struct DroppedFile: Sendable, Equatable {
    public let name: String

    /// `nil` for names that are not taken: hidden files, verdicts, and what is still being written or kept by an editor.
    public init?(name: String) {
        let ends = [".applied", ".rejected", ".tmp", ".part", ".partial", ".filepart", ".swp", ".bak", "~"]
        guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/"), !name.utf8.contains(0) else { return nil }
        guard !ends.contains(where: name.lowercased().hasSuffix) else { return nil }
        self.name = name
    }

    /// Names beside the dropped file; only one of the two is there after a verdict.
    public var appliedName: String { name + ".applied" }
    public var rejectedName: String { name + ".rejected" }

    /// Beyond this a file is no configuration and is not read.
    public static let mostBytes = 1 << 20
}

/// What became of a dropped file.
public enum DropVerdict: Sendable, Equatable {
    case applied(ConfigurationDifference)
    /// It is wrong; nothing was changed.
    case rejected(ConfigurationError)
    /// It is right but could not be read or applied; nothing was changed. Reasons for people.
    case failed([String])

    public var isApplied: Bool { if case .applied = self { true } else { false } }

    /// What is written beside the file, and under which name; the other verdict's name is removed.
    public func report(for file: DroppedFile) -> (name: String, text: String, removed: String) {
        switch self {
        case .applied(let difference):
            (file.appliedName, "applied\nchanged: \(difference)\n", file.rejectedName)
        case .rejected(let error):
            (file.rejectedName, "rejected, nothing was changed\n\(error)\n", file.appliedName)
        case .failed(let reasons):
            (
                file.rejectedName, (["rejected, nothing was changed"] + reasons).map { $0 + "\n" }.joined(), file.appliedName
            )
        }
    }
}
