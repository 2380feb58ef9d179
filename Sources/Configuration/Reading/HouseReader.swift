import Base

/// Reads one file's tree into a house, and then checks what its parts say of each other.
final class HouseReader {
    let report: Report
    let secrets: any SecretSource
    private let checkURI: (String) -> String?
    var house = HouseConfiguration()
    /// Names that stand where something of this kind is meant, checked when everything is read.
    private var references: [Reference] = []
    /// Names of everything whose table was there, right or wrong: a reference to a faulty line is not dangling.
    private var defined: [Reference.Kind: Set<String>] = [:]

    /// Where things stand that are checked against each other in the end.
    var portsPosition: Position?
    var concurrentPosition: Position?
    var targetPositions: [String: Position] = [:]
    /// Of what is shorter than a line's debounce, and of the chords' buttons.
    var pressPositions: [(button: String, key: String, time: Duration, position: Position)] = []
    var chordPositions: [String: Position] = [:]
    /// Keys that mean something only for a door with a contact, and the doors that have one.
    var contactUses: [ContactUse] = []
    var watchedDoors: Set<String> = []

    struct Reference {
        enum Kind: String {
            case line, button, lamp, door, output, account
            case entry = "phone book entry"
        }

        var kind: Kind
        var name: String
        var path: String
        var position: Position
        /// For lines: what they must be.
        var direction: HouseConfiguration.Line.Direction?
        /// Whether the line may be a PWM channel: only what may be half on, and lit when the process was killed.
        var takesPWM: Bool
    }

    init(report: Report, secrets: some SecretSource, checkURI: @escaping (String) -> String?) {
        self.report = report
        self.secrets = secrets
        self.checkURI = checkURI
    }

    func read(_ root: TOMLNode) {
        guard var file = TableReader(root, path: "", position: Position(line: 1, column: 1), report: report) else { return }
        readBoard(&file)
        readLines(&file)
        readButtons(&file)
        readChords(&file)
        readLamps(&file)
        readDoors(&file)
        readOutputs(&file)
        readContacts(&file)
        readAlarms(&file)
        readPhoneBook(&file)
        readAccounts(&file)
        readCallers(&file)
        readAnswering(&file)
        readTrust(&file)
        readSIP(&file)
        readSound(&file)
        readCalls(&file)
        readDrop(&file)
        readControl(&file)
        readLog(&file)
        file.finish()
        checkReferences()
        checkContactUses()
        checkOwners()
        checkPresses()
        checkChords()
        checkConcurrency()
    }

    /// A SIP URI: its rough form, and then what the caller of the reader thinks of it.
    var uri: Form<String> {
        .text("a SIP URI such as \"sip:201@10.0.0.20\"") { [checkURI] text in
            SIPAddress(uri: text) != nil && checkURI(text) == nil ? text : nil
        }
    }

    /// Where reports go: a SIP URI, or nowhere.
    var collector: Form<String> {
        let uri = uri
        return Form(uri.expected + ", or \"off\"") { node in
            if case .text("off") = node.kind { return "off" }
            return uri.read(node)
        }
    }

    func define(_ kind: Reference.Kind, _ name: String) {
        defined[kind, default: []].insert(name)
    }

    func refer(
        to kind: Reference.Kind, _ name: String, from path: String, at position: Position,
        direction: HouseConfiguration.Line.Direction? = nil, takesPWM: Bool = false
    ) {
        references.append(
            Reference(kind: kind, name: name, path: path, position: position, direction: direction, takesPWM: takesPWM))
    }

    /// The value of a key that names something else.
    func reference(
        _ key: String, to kind: Reference.Kind, in table: inout TableReader, required: Bool = false,
        direction: HouseConfiguration.Line.Direction? = nil, takesPWM: Bool = false
    ) -> String? {
        let name = required ? table.required(key, .text) : table.value(key, .text)
        if let name {
            refer(
                to: kind, name, from: table.name(of: key), at: table.position(of: key), direction: direction, takesPWM: takesPWM)
        }
        return name
    }

    /// The values of a list of names of something else; each once.
    func references(_ key: String, to kind: Reference.Kind, in table: inout TableReader) -> [String] {
        guard let names = table.list(key, .text), case .list(let nodes)? = table.entry(key)?.value.kind else { return [] }
        for node in nodes {
            guard case .text(let name) = node.kind, !name.isEmpty else { continue }
            refer(to: kind, name, from: "an item of \(table.name(of: key))", at: node.position)
        }
        return names
    }

    private func checkReferences() {
        for reference in references {
            let names = defined[reference.kind] ?? []
            guard names.contains(reference.name) else {
                let hint = suggestion(for: reference.name, among: names.sorted()).map { ", did you mean \"\($0)\"?" } ?? ""
                report.add(
                    reference.position, "\(reference.path) names no \(reference.kind.rawValue): \"\(reference.name)\"\(hint)",
                    expected: names.isEmpty
                        ? "a \(reference.kind.rawValue), but there is none" : alternatives(names.sorted()))
                continue
            }
            if let direction = reference.direction, let line = house.lines[reference.name], line.direction != direction {
                report.add(
                    reference.position, "\(reference.path) is the \(line.direction.rawValue) \"\(reference.name)\"",
                    expected: "an \(direction.rawValue)")
            }
            if reference.kind == .line, !reference.takesPWM, house.lines[reference.name]?.isPWM == true {
                report.add(
                    reference.position, "\(reference.path) is the PWM channel \"\(reference.name)\"",
                    expected: "an output of a GPIO chip; PWM is for lamps")
            }
        }
    }

    /// A line serves one button, lamp, door, output or contact.
    private func checkOwners() {
        var owners: [String: Reference] = [:]
        for reference in references.sorted(by: { $0.position < $1.position }) where reference.kind == .line {
            if let owner = owners[reference.name] {
                report.add(
                    reference.position,
                    "\(reference.path) is \"\(reference.name)\", which \(owner.path) in line \(owner.position.line) has",
                    expected: "a line of its own")
            } else {
                owners[reference.name] = reference
            }
        }
    }

    /// There must be ports for all calls at once, and calls enough for all targets of an entry.
    private func checkConcurrency() {
        let (calls, pairs) = (house.calls.concurrent, house.sound.rtpPorts.pairs.count)
        if pairs < calls, let position = portsPosition ?? concurrentPosition {
            report.add(
                position, "there are RTP ports for \(pairs) calls, and calls.concurrent is \(calls)",
                expected: "an even port and the next for each call")
        }
        for (name, entry) in house.phoneBook where entry.order == .together && entry.targets.count > calls {
            report.add(
                targetPositions[name] ?? Position(line: 1, column: 1),
                "phone book entry \"\(name)\" rings \(entry.targets.count) at once, and calls.concurrent is \(calls)",
                expected: "at most \(calls)")
        }
    }
}
