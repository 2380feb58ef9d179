import Foundation
import Rig

/// A memory card with an image on it, as the emulated board has it in its slot; image/README.md has its table.
struct Card {
    let path: String
    /// Where the partition begins that people see when they put the card into a computer: behind 4 MiB.
    private var shown: String { "\(path)@@4194304" }

    /// Flashes a card: a copy, with holes where there is nothing.
    init(flashing image: String, to path: String) throws {
        self.path = path
        try Self.perform("cp", ["--sparse=always", image, path])
    }

    /// Puts a file onto it, as a person does with a computer, while the board is off.
    func put(_ text: String, as name: String) throws {
        let file = path + ".file"
        try Rig.write(text, to: file)
        defer { try? FileManager.default.removeItem(atPath: file) }
        try Self.perform("mcopy", ["-o", "-i", shown, file, "::" + name])
    }

    /// A file's text; `nil` if there is none of that name.
    func text(of name: String) throws -> String? {
        let answer = try Command.run("mtype", ["-i", shown, "::" + name])
        return answer.code == 0 ? answer.output : nil
    }

    /// A version of the image: what its two partitions of a slot hold, as files.
    struct Version {
        var boot: String
        var root: String
    }

    /// Whether a slot is this version, to the byte.
    func holds(_ version: Version, in slot: String) -> Bool {
        // In MiB, as image/make-image.sh lays them out.
        let (boot, root) = slot == "A" ? (68, 229) : (148, 470)
        return [(version.boot, boot), (version.root, root)].allSatisfy { file, start in
            guard let size = try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int else { return false }
            let words = ["--bytes=\(size)", "--ignore-initial=\(start << 20):0", path, file]
            return (try? Command.run("cmp", words))?.code == 0
        }
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    private static func perform(_ program: String, _ arguments: [String]) throws {
        let command = try Command.run(program, arguments)
        guard command.code == 0 else { throw RigError("\(program) \(arguments.joined(separator: " ")): \(command.output)") }
    }
}
