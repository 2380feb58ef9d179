/// The SRV or NAPTR records in a DNS message, and how long they are good for. RFC 1035 §4.
///
///      0               2               4               6               8               10              12
///     ┌───────────────┬─┬─────┬───────┬───────────────┬───────────────┬───────────────┬───────────────┐
///     │ ID            │1│ … │ RCODE   │ questions     │ answers       │ authorities   │ additional    │
///     └───────────────┴─┴─────┴───────┴───────────────┴───────────────┴───────────────┴───────────────┘
///     question: name, type, class      record: name, type, class, TTL (32 bits), length, data
///
/// Records of another type, such as the CNAMEs on the way, are passed over. The bytes may come from anybody.
public struct DNSReply: Sendable, Equatable {
    public var records: DNSRecords
    /// In seconds: the shortest of the records, or what the zone says of what is not there (RFC 2308 §5).
    public var lifetime: UInt32

    public init(records: DNSRecords, lifetime: UInt32) {
        self.records = records
        self.lifetime = lifetime
    }

    /// More records than this are not read: nobody has so many servers.
    public static let mostRecords = 64

    private static let startOfAuthority: UInt16 = 6
    private static let canonicalName: UInt16 = 5

    /// Reads the answer to `question`; `nil` when the message is broken.
    public init?(_ message: UnsafeRawBufferPointer, to question: DNSQuestion) {
        let wanted: UInt16
        switch question {
        case .services: wanted = 33
        case .pointers: wanted = 35
        case .addresses: return nil
        }
        var reader = Reader(message)
        guard reader.skip(4), let questions = reader.number16(), let answers = reader.number16(),
            let authorities = reader.number16(), reader.number16() != nil
        else { return nil }
        for _ in 0..<questions {
            guard reader.name() != nil, reader.skip(4) else { return nil }
        }
        var services: [ServiceRecord] = []
        var pointers: [NamingPointer] = []
        var shortest = UInt32.max
        var ofAbsence: UInt32 = 0
        for index in 0..<(Int(answers) + Int(authorities)) {
            guard reader.name() != nil, let type = reader.number16(), reader.skip(2), let lifetime = reader.number32(),
                let length = reader.number16(), var data = reader.part(Int(length))
            else { return nil }
            let isAnswer = index < Int(answers)
            switch type {
            case wanted where isAnswer && services.count + pointers.count < Self.mostRecords:
                if wanted == 33 {
                    guard let record = data.service() else { return nil }
                    services.append(record)
                } else {
                    guard let record = data.pointer() else { return nil }
                    pointers.append(record)
                }
                shortest = min(shortest, lifetime)
            case Self.canonicalName where isAnswer:
                shortest = min(shortest, lifetime)
            case Self.startOfAuthority where !isAnswer:
                guard data.name() != nil, data.name() != nil, data.skip(16), let minimum = data.number32() else { return nil }
                ofAbsence = min(lifetime, minimum)
            default:
                break
            }
        }
        if !services.isEmpty {
            records = .services(services)
        } else if !pointers.isEmpty {
            records = .pointers(pointers)
        } else {
            records = .absent
            shortest = ofAbsence
        }
        // Values with the top bit are taken for 0 (RFC 2181 §8).
        lifetime = shortest > UInt32(Int32.max) ? 0 : shortest
    }

    /// A place in a message; every step says whether there was something to read.
    private struct Reader {
        private let message: UnsafeRawBufferPointer
        private var offset = 0
        private var end: Int

        init(_ message: UnsafeRawBufferPointer) {
            self.message = message
            end = message.count
        }

        mutating func skip(_ count: Int) -> Bool {
            guard count <= end - offset else { return false }
            offset += count
            return true
        }

        private mutating func byte() -> UInt8? {
            guard offset < end else { return nil }
            offset += 1
            return message[offset - 1]
        }

        mutating func number16() -> UInt16? {
            guard let high = byte(), let low = byte() else { return nil }
            return UInt16(high) << 8 | UInt16(low)
        }

        mutating func number32() -> UInt32? {
            guard let high = number16(), let low = number16() else { return nil }
            return UInt32(high) << 16 | UInt32(low)
        }

        /// The next `count` bytes by themselves, with the whole message behind them for names to point into.
        mutating func part(_ count: Int) -> Reader? {
            var part = self
            guard skip(count) else { return nil }
            part.end = offset
            return part
        }

        /// A name, with the pointers of RFC 1035 §4.1.4 followed; they must lead backwards, so that none leads in a circle.
        mutating func name() -> String? {
            var labels: [UInt8] = []
            var place = offset
            var limit = end
            var behind: Int?
            while place < limit {
                let length = Int(message[place])
                switch length {
                case 0:
                    offset = behind ?? place + 1
                    return String(validating: labels, as: UTF8.self)
                case 1...63:
                    guard place + 1 + length <= limit, labels.count + length < 255 else { return nil }
                    let label = message[(place + 1)..<(place + 1 + length)]
                    // A dot or a NUL inside a label would read as another name than it is.
                    guard label.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ".") }) else { return nil }
                    if !labels.isEmpty { labels.append(UInt8(ascii: ".")) }
                    labels += label.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
                    place += 1 + length
                case 0xC0...0xFF:
                    guard place + 1 < limit else { return nil }
                    let target = (length & 0x3F) << 8 | Int(message[place + 1])
                    guard target < place else { return nil }
                    behind = behind ?? place + 2
                    limit = place
                    place = target
                default:
                    return nil
                }
            }
            return nil
        }

        private mutating func text() -> String? {
            guard let length = byte() else { return nil }
            let start = offset
            guard skip(Int(length)) else { return nil }
            return String(validating: message[start..<offset], as: UTF8.self)
        }

        mutating func service() -> ServiceRecord? {
            guard let priority = number16(), let weight = number16(), let port = number16(), let target = name() else {
                return nil
            }
            return ServiceRecord(priority: priority, weight: weight, port: port, target: target)
        }

        mutating func pointer() -> NamingPointer? {
            guard let order = number16(), let preference = number16(), let flags = text(), let service = text(),
                let expression = text(), let replacement = name()
            else { return nil }
            return NamingPointer(
                order: order, preference: preference, flags: flags, service: service, expression: expression,
                replacement: replacement)
        }
    }
}
