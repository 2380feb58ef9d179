import SIP
import Testing

/// Helps to write torture messages: lines as they are, ends as the wire has them.
enum Torture {
    static func bytes(_ lines: [String], body: [UInt8] = []) -> [UInt8] {
        Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }

    static func read(_ lines: [String], body: [UInt8] = []) throws -> Message { try Message(parsing: bytes(lines, body: body)) }

    /// What was expected where the message stops being one; `nil` for one that can be read.
    static func fault(_ bytes: [UInt8]) -> ParseError? {
        do {
            _ = try Message(parsing: bytes)
            return nil
        } catch {
            return error
        }
    }

    static func fault(_ lines: [String], body: [UInt8] = []) -> ParseError? { fault(bytes(lines, body: body)) }

    /// A request that lacks nothing, with lines in place of its own where they have the same name, or added.
    static func lines(_ start: String, _ changes: [String] = []) -> [String] {
        let method = start.prefix { $0 != " " }
        var lines = [
            "Via: SIP/2.0/UDP gate.example.org;branch=z9hG4bKfrost7", "Max-Forwards: 70",
            "From: \"Gate\" <sip:gate@example.org>;tag=oak", "To: <sip:house0@10.0.0.1>", "Call-ID: bramble-7@example.org",
            "CSeq: 41 \(method)",
        ]
        for change in changes {
            let name = change.prefix { $0 != ":" }
            if let index = lines.firstIndex(where: { $0.hasPrefix(name + ":") }) {
                lines[index] = change
            } else {
                lines.append(change)
            }
        }
        return [start] + lines
    }
}
