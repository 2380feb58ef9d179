extension SessionDescription: CustomStringConvertible {
    /// The bytes for the wire, lines ended by CRLF, in the order of RFC 8866 §9.
    public func encoded() -> [UInt8] { Array(description.utf8) }

    public var description: String {
        var text = "v=0\r\no=\(origin)\r\ns=\(sessionName)\r\n"
        func line(_ type: Character, _ value: String) { text += "\(type)=\(value)\r\n" }
        func others(_ lines: [Line], _ types: String) {
            for type in types { for other in lines where other.type == type { line(type, other.text) } }
        }
        others(otherLines, "iuep")
        if let connection { line("c", "\(connection)") }
        others(otherLines, "b")
        for time in times { line("t", "\(time.start) \(time.stop)") }
        others(otherLines, "rzk")
        for attribute in attributes { line("a", "\(attribute)") }
        for section in media {
            let ports = section.portCount == 1 ? "\(section.port)" : "\(section.port)/\(section.portCount)"
            line("m", "\(section.kind) \(ports) \(section.transport) \(section.formats.joined(separator: " "))")
            others(section.otherLines, "i")
            if let connection = section.connection { line("c", "\(connection)") }
            others(section.otherLines, "bk")
            for attribute in section.attributes { line("a", "\(attribute)") }
        }
        return text
    }
}

extension Origin: CustomStringConvertible {
    public var description: String { "\(username) \(sessionID) \(version) \(address)" }
}

extension Connection: CustomStringConvertible {
    public var description: String { "\(networkType) \(addressType) \(address)" }
}
