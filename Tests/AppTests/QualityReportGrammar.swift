import SIP

/// Reads a session report of application/vq-rtcpxr by the letter of RFC 6035 §4.6.1, and throws where it is not of that grammar.
///
/// Each rule of the RFC is a function or a line of a table here; ranges are those of the RFC's comments. Extensions are refused:
/// ours have none.
struct QualityReportGrammar {
    struct Failure: Error, CustomStringConvertible {
        var expected: String
        var rest: String
        var description: String { "expected \(expected) before \"\(rest)\"" }
    }

    /// Values by the names of lines, and of parameters in them.
    typealias Metrics = [String: [String: String]]

    private let bytes: [UInt8]
    private var place = 0

    private(set) var isFinal = false
    private(set) var info: [String: String] = [:]
    private(set) var addresses: [String: [String: String]] = [:]
    private(set) var local: Metrics = [:]
    private(set) var remote: Metrics?
    private(set) var dialog: String?

    init(_ body: [UInt8]) throws {
        bytes = body
        try literal("VQSessionReport")
        if try optional({ try $0.hcolon() }) {
            try literal("CallTerm")
            isFinal = true
        }
        try crlf()
        try sessionInfo()
        try crlf()
        local = try metrics("LocalMetrics")
        if try optional({ try $0.literal("\r\nRemoteMetrics", consumes: false) }) {
            try crlf()
            remote = try metrics("RemoteMetrics")
        }
        if try optional({ try $0.crlf() }) { try dialogID() }
        guard place == bytes.count else { throw failure("the end") }
    }

    // MARK: Lines

    private mutating func sessionInfo() throws {
        info["CallID"] = try field("CallID") { try $0.callIDParameter() }
        for name in ["LocalID", "RemoteID", "OrigID"] { info[name] = try field(name) { try $0.nameAddress() } }
        for name in ["LocalAddr", "RemoteAddr"] { _ = try field(name) { try $0.address(name) } }
        for name in ["LocalGroup", "RemoteGroup"] { info[name] = try field(name) { try $0.wordPlus() } }
    }

    private mutating func field(_ name: String, _ value: (inout Self) throws -> String) throws -> String {
        try literal(name)
        try hcolon()
        let value = try value(&self)
        try crlf()
        return value
    }

    private mutating func address(_ name: String) throws -> String {
        let start = place
        let host = try parameter("IP") { try $0.some("an address") { "0123456789abcdefABCDEF:.".utf8.contains($0) } }
        try wsp()
        let port = try parameter("PORT") { try $0.number(digits: 5, 0...65_535) }
        try wsp()
        let ssrc = try parameter("SSRC") {
            try $0.literal("0x")
            let digits = try $0.some("a hexadecimal number") { "0123456789abcdefABCDEF".utf8.contains($0) }
            guard digits.utf8.count <= 8 else { throw $0.failure("8 digits") }
            return digits
        }
        addresses[name] = ["IP": host, "PORT": port, "SSRC": ssrc]
        return text(from: start)
    }

    private mutating func metrics(_ name: String) throws -> Metrics {
        try literal(name)
        try hcolon()
        try crlf()
        var metrics = Metrics()
        try literal("Timestamps")
        try hcolon()
        let start = try parameter("START") { try $0.dateTime() }
        try wsp()
        metrics["Timestamps"] = ["START": start, "STOP": try parameter("STOP") { try $0.dateTime() }]
        try crlf()
        for (name, parameters) in Self.lines {
            guard try optional({ try $0.literal(name) }) else { continue }
            try hcolon()
            metrics[name] = try list(parameters)
            try crlf()
        }
        return metrics
    }

    private mutating func dialogID() throws {
        try literal("DialogID")
        try literal(":")
        let start = place
        _ = try callIDParameter()
        while try optional({ try $0.literal(";") }) {
            guard try optional({ try $0.literal("to-tag=") }) || optional({ try $0.literal("from-tag=") }) else {
                throw failure("a tag")
            }
            _ = try some("a token") { Self.isToken($0) }
        }
        dialog = text(from: start)
    }

    // MARK: Parameters

    private typealias Rule = (name: String, value: @Sendable (inout Self) throws -> String)

    private static let lines: [(String, [Rule])] = [
        (
            "SessionDesc",
            [
                ("PT", { try $0.number(digits: 3, 0...127) }), ("PD", { try $0.word() }), ("SR", { try $0.rates() }),
                ("PPS", { try $0.number(digits: 5, 1...1_000) }), ("FD", { try $0.number(digits: 4, 1...1_000) }),
                ("FO", { try $0.number(digits: 5, 1...1_500) }), ("FPP", { try $0.number(digits: 2, 1...99) }),
                ("FMTP", { throw $0.failure("no FMTP") }), ("PLC", { try $0.number(digits: 1, 0...3) }),
                ("SSUP", { try $0.oneOf(["on", "off"]) }),
            ]
        ),
        (
            "JitterBuffer",
            [
                ("JBA", { try $0.number(digits: 1, 0...3) }), ("JBR", { try $0.number(digits: 2, 0...15) }),
                ("JBN", { try $0.delay() }), ("JBM", { try $0.delay() }), ("JBX", { try $0.delay() }),
            ]
        ),
        ("PacketLoss", [("NLR", { try $0.percentage() }), ("JDR", { try $0.percentage() })]),
        (
            "BurstGapLoss",
            [
                ("BLD", { try $0.percentage() }), ("BD", { try $0.number(digits: 7, 0...3_600_000) }),
                ("GLD", { try $0.percentage() }), ("GD", { try $0.number(digits: 7, 0...3_600_000) }),
                ("GMIN", { try $0.number(digits: 3, 1...255) }),
            ]
        ),
        (
            "Delay",
            [
                ("RTD", { try $0.delay() }), ("ESD", { try $0.delay() }), ("OWD", { try $0.delay() }),
                ("SOWD", { try $0.delay() }), ("IAJ", { try $0.delay() }), ("MAJ", { try $0.delay() }),
            ]
        ),
        (
            "Signal",
            [("SL", { try $0.level() }), ("NL", { try $0.level() }), ("RERL", { try $0.number(digits: 3, 0...126) })]
        ),
        (
            "QualityEst",
            [
                ("RLQ", { try $0.rating() }), ("RLQEstAlg", { try $0.word() }), ("RCQ", { try $0.rating() }),
                ("RCQEstAlg", { try $0.word() }), ("EXTRI", { try $0.rating() }), ("ExtRIEstAlg", { try $0.word() }),
                ("EXTRO", { try $0.rating() }), ("ExtROEstAlg", { try $0.word() }), ("MOSLQ", { try $0.score() }),
                ("MOSLQEstAlg", { try $0.word() }), ("MOSCQ", { try $0.score() }), ("MOSCQEstAlg", { try $0.word() }),
                ("QoEEstAlg", { try $0.word() }),
            ]
        ),
    ]

    /// `[ A WSP ] [ B WSP ] [ C ]`: every one but the last has white space behind it.
    private mutating func list(_ rules: [Rule]) throws -> [String: String] {
        var values: [String: String] = [:]
        for (index, rule) in rules.enumerated() {
            guard try optional({ try $0.literal(rule.name + "=", consumes: false) }) else { continue }
            values[rule.name] = try parameter(rule.name, rule.value)
            if index < rules.count - 1 { try wsp() }
        }
        return values
    }

    private mutating func parameter(_ name: String, _ value: (inout Self) throws -> String) throws -> String {
        try literal(name + "=")
        return try value(&self)
    }

    // MARK: Values

    private mutating func number(digits: Int, _ range: ClosedRange<Int>) throws -> String {
        let text = try some("a number") { (0x30...0x39).contains($0) }
        guard text.utf8.count <= digits, let number = Int(text), range.contains(number) else { throw failure("\(range)") }
        return text
    }

    private mutating func delay() throws -> String { try number(digits: 5, 0...65_535) }
    private mutating func rating() throws -> String { try number(digits: 3, 0...120) }

    private mutating func level() throws -> String {
        let sign = try optional({ try $0.literal("-") }) ? "-" : ""
        return sign + (try number(digits: 2, 0...99))
    }

    private mutating func decimal(whole: Int, part: Int, _ range: ClosedRange<Double>) throws -> String {
        var text = try number(digits: whole, 0...999)
        if try optional({ try $0.literal(".") }) { text += "." + (try number(digits: part, 0...999)) }
        guard let number = Double(text), range.contains(number) else { throw failure("\(range)") }
        return text
    }

    private mutating func percentage() throws -> String { try decimal(whole: 3, part: 2, 0...100) }
    private mutating func score() throws -> String { try decimal(whole: 1, part: 3, 0...4.9) }

    private mutating func rates() throws -> String {
        let start = place
        _ = try number(digits: 6, 1...999_999)
        while try optional({ try $0.literal(";") }) { _ = try number(digits: 6, 1...999_999) }
        return text(from: start)
    }

    private mutating func oneOf(_ words: [String]) throws -> String {
        for word in words where try optional({ try $0.literal(word) }) { return word }
        throw failure("one of \(words)")
    }

    /// Only UTC is allowed.
    private mutating func dateTime() throws -> String {
        let start = place
        _ = try number(digits: 4, 1970...9999)
        for (sign, range) in [("-", 1...12), ("-", 1...31), ("T", 0...23), (":", 0...59), (":", 0...60)] {
            try literal(sign)
            guard try number(digits: 2, range).utf8.count == 2 else { throw failure("two digits") }
        }
        try literal("Z")
        return text(from: start)
    }

    private mutating func nameAddress() throws -> String {
        try literal("<")
        let text = try some("a URI") { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
        try literal(">")
        _ = try URI(text)
        return text
    }

    private mutating func callIDParameter() throws -> String {
        var text = try word()
        if try optional({ try $0.literal("@") }) { text += "@" + (try word()) }
        return text
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
    private static func isToken(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || "-.!%*_+`'~".utf8.contains(byte) }

    private mutating func word() throws -> String {
        try some("a word") { Self.isToken($0) || "()<>:\\\"/[]?".utf8.contains($0) }
    }

    private mutating func wordPlus() throws -> String {
        try some("a word-plus") { Self.isToken($0) || "()<>:\\/[]?{}= ".utf8.contains($0) }
    }

    // MARK: Letters

    private mutating func crlf() throws { try literal("\r\n") }
    private mutating func wsp() throws { try literal(" ") }

    /// White space before and behind; folding is not used.
    private mutating func hcolon() throws {
        while try optional({ try $0.wsp() }) {}
        try literal(":")
        while try optional({ try $0.wsp() }) {}
    }

    private mutating func literal(_ text: String, consumes: Bool = true) throws {
        guard bytes[place...].starts(with: text.utf8) else { throw failure("\"\(text)\"") }
        if consumes { place += text.utf8.count }
    }

    private mutating func some(_ what: String, _ isOne: (UInt8) -> Bool) throws -> String {
        let start = place
        while place < bytes.count, isOne(bytes[place]) { place += 1 }
        guard place > start else { throw failure(what) }
        return text(from: start)
    }

    /// Goes back where it does not fit.
    private mutating func optional(_ rule: (inout Self) throws -> Void) throws -> Bool {
        let before = self
        do {
            try rule(&self)
            return true
        } catch {
            self = before
            return false
        }
    }

    private func text(from start: Int) -> String { String(decoding: bytes[start..<place], as: UTF8.self) }

    private func failure(_ expected: String) -> Failure {
        Failure(expected: expected, rest: String(decoding: bytes[place...].prefix(40), as: UTF8.self))
    }
}
