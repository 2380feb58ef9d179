import Foundation
import Testing

/// What each module may import. Downwards only: no module stands in the list of one that it imports.
private let allowed: [String: Set<String>] = [
    // Values: nothing of the operating system.
    "Base": [],
    "Crypto": ["Base", "CCrypto"],
    "JSON": ["CJansson"],
    "SIP": ["Base", "Crypto"],
    "SDP": ["Base"],
    "Telephony": ["Base", "Crypto", "SIP", "SDP"],
    "Media": ["Base", "CSpeexDSP", "CSpanDSP", "COpus", "CSRTP"],
    "Configuration": ["Base", "CTOML"],
    "Intercom": ["Base", "Configuration", "Crypto"],
    // The world.
    "Runtime": ["Base", "JSON", "SIP", "CLinux", "CAres", "COpenSSL", "Glibc"],
    "Board": ["Base", "Runtime", "Media", "CLinux", "CALSA", "CGPIOLines", "CSpeexDSP", "Glibc"],
    "HouseFile": ["Configuration", "SIP", "Runtime", "Board", "Glibc"],
    "App": [
        "Base", "Crypto", "JSON", "SIP", "SDP", "Telephony", "Media", "Configuration", "Intercom", "Runtime", "HouseFile",
        "Board",
        "CLinux", "Glibc",
    ],
    "portierd": ["App", "Base", "Runtime", "Tool", "Glibc"],
    "Tool": ["Base", "JSON", "Configuration", "HouseFile", "Runtime", "Media", "Board", "CLinux", "CSpeexDSP", "Glibc"],
    "portier": ["Tool", "Glibc"],
    // Tests' worlds and real peers; none of it is in the product.
    "Simulator": [
        "Base", "Crypto", "SIP", "SDP", "Telephony", "Media", "Configuration", "Intercom", "JSON", "Runtime", "Board", "App",
        "CCrypto",
    ],
    "Rig": ["JSON", "CLinux", "Glibc", "Foundation"],
    "call-bench": ["Rig", "JSON", "Foundation"],
    "demo": ["Rig", "JSON", "Foundation"],
    "hil": ["Base", "JSON", "Rig", "Foundation"],
    "interop": ["Rig", "JSON", "Foundation"],
]

/// Modules that decide and do nothing else.
private let pure: Set = ["Base", "Crypto", "JSON", "SIP", "SDP", "Telephony", "Media", "Configuration", "Intercom"]

/// Bridges to C, without Swift in them.
private let bridges: Set = [
    "CALSA", "CAres", "CCrypto", "CGPIOLines", "CJansson", "CLinux", "COpenSSL", "COpus", "CSRTP", "CSpanDSP", "CSpeexDSP",
    "CTOML",
]

/// Parts of the language that any module may use.
private let language: Set = ["Synchronization"]

private let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Sources")

private struct Import: CustomStringConvertible {
    var file: String
    var line: Int
    var module: String

    var description: String { "\(file):\(line): import \(module)" }
}

/// The modules that a source text imports, whatever attributes, access or kind stand around the word.
private func imports(of text: String, file: String) -> [Import] {
    text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { number, line in
        let code = line.prefix { $0 != ";" }
        var words = code.split(separator: " ").map(String.init)
        while let word = words.first,
            word.hasPrefix("@") || ["public", "package", "internal", "fileprivate", "private"].contains(word)
        {
            words.removeFirst()
        }
        guard words.first == "import", words.count >= 2 else { return nil }
        let kinds = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
        let name = words.count > 2 && kinds.contains(words[1]) ? words[2] : words[1]
        return Import(file: file, line: number + 1, module: String(name.prefix { $0 != "." }))
    }
}

private func imports(ofModule module: String) throws -> [Import] {
    let folder = sources.appendingPathComponent(module)
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return try (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }.flatMap { url in
        try imports(of: String(contentsOf: url, encoding: .utf8), file: module + "/" + url.lastPathComponent)
    }
}

@Suite("Imports go downwards only: docs/architecture.md")
struct ImportTests {
    @Test("Every import of every module is allowed", arguments: allowed.keys.sorted())
    func modules(module: String) throws {
        let forbidden = try imports(ofModule: module).filter {
            !allowed[module, default: []].contains($0.module) && !language.contains($0.module)
        }
        #expect(forbidden.isEmpty)
    }

    @Test("Every folder of Sources is known here, so that a new module says where it stands")
    func folders() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: sources.path).filter { !$0.hasPrefix(".") }
        #expect(Set(folders).subtracting(allowed.keys).subtracting(bridges) == [])
        #expect(Set(allowed.keys).union(bridges).subtracting(folders) == [])
    }

    @Test("The graph has no circle")
    func circles() {
        var settled: Set<String> = []
        var rest = allowed
        while let next = rest.first(where: { $0.value.allSatisfy { settled.contains($0) || allowed[$0] == nil } }) {
            settled.insert(next.key)
            rest[next.key] = nil
        }
        #expect(rest.keys.sorted() == [])
    }

    @Test("Pure modules may import pure modules and bridges only, the daemon nothing of Foundation or Dispatch")
    func purity() {
        for module in pure {
            #expect(allowed[module, default: ["?"]].subtracting(pure).subtracting(bridges) == [])
        }
        for module in pure.union(["Runtime", "HouseFile", "Board", "App", "Tool", "portierd"]) {
            let banned = allowed[module, default: []].filter { $0.hasPrefix("Foundation") || $0 == "Dispatch" }
            #expect(banned.isEmpty)
        }
    }

    @Test(
        "An import is seen in every form that it can be written",
        arguments: [
            "import Glibc", "@testable import Glibc", "public import Glibc", "import struct Glibc.timespec", "  import Glibc",
            "@preconcurrency internal import Glibc", "import Glibc; import Base", "import Glibc.math",
        ])
    func forms(line: String) {
        #expect(imports(of: "// import Base\n" + line, file: "x").map(\.description) == ["x:2: import Glibc"])
    }
}
