import Foundation

/// A folder of our own under the system's folder for temporary files, removed with everything in it.
public final class Scratch {
    public let path: String

    public init(_ name: String) throws {
        var template = Array("\(NSTemporaryDirectory())/portier-\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw RigError("cannot make a temporary folder") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    public func file(_ name: String) -> String { path + "/" + name }

    public func folder(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: file(name), withIntermediateDirectories: true)
        return file(name)
    }
}

/// Text into a file that appears whole, as an upload that ends with a rename does.
public func write(_ text: String, to path: String) throws {
    do {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
        throw RigError("cannot write \(path): \(error.localizedDescription)")
    }
}
