import JSON
import Testing

@Suite("JSON parsing (RFC 8259)")
struct JSONParsingTests {
    @Test(
        "Every kind of value is read",
        arguments: [
            ("null", .null), (" true ", true), ("false", false), ("0", 0), ("-7", -7), ("9223372036854775807", .integer(.max)),
            ("1.5", 1.5), ("1e3", .number(1000)), (#""""#, ""),
            (#""äß \u00e4 \" \\ \/ \n \ud83d\udd14""#, "äß ä \" \\ / \n 🔔"),
            ("[]", []), ("[1,[2],{}]", [1, [2], [:]]), (#"{"a":1,"b":[null]}"#, ["a": 1, "b": [nil]]),
        ] as [(String, JSONValue)])
    func values(text: String, expected: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == expected)
    }

    @Test("Members keep their order, and objects are equal in any order")
    func order() throws {
        let value = try JSONValue(parsing: #"{"z":1,"a":2,"m":3}"#)
        #expect(value.object?.names == ["z", "a", "m"])
        #expect(value == ["a": 2, "m": 3, "z": 1])
        #expect(value != ["a": 2, "m": 3, "x": 1])
        #expect(value != ["a": 2, "m": 3, "z": 1, "x": 1])
    }

    @Test(
        "What is not JSON is told by line and column",
        arguments: [
            ("", 1, 1), ("{", 1, 1), (#"{"a":}"#, 1, 6), ("[1,\n 2,\n x]", 3, 2), ("[1] 2", 1, 5), ("nul", 1, 3),
            (#"{"a":1,"a":2}"#, 1, 10), ("'a'", 1, 1), ("\"a\nb\"", 1, 2), ("[\"ä\",]", 1, 6), ("01", 1, 1),
            ("1e999", 1, 5), ("99999999999999999999", 1, 20), (#""\u0000""#, 1, 8),
        ])
    func errors(text: String, line: Int, column: Int) {
        do {
            let value = try JSONValue(parsing: text)
            Issue.record("read as \(value)")
        } catch {
            #expect((error.line, error.column) == (line, column), "\(error)")
        }
    }

    @Test("Bytes that are not UTF-8 are an error")
    func notUTF8() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0]) }
    }

    @Test("An error repeats nothing of the text, which may hold a secret")
    func quiet() {
        #expect(throws: JSONError(line: 1, column: 18, message: "':' expected")) {
            try JSONValue(parsing: #"{"password" hunter2}"#)
        }
    }

    @Test("Nesting has a limit, told at the bracket that passes it; brackets in strings do not count")
    func depth() throws {
        let limit = JSONValue.maximumDepth
        let fits = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
        #expect(throws: Never.self) { try JSONValue(parsing: fits) }
        #expect(throws: JSONError(line: 2, column: limit + 1, message: "nested deeper than \(limit)")) {
            try JSONValue(parsing: "\n" + String(repeating: "[", count: 100_000))
        }
        #expect(throws: Never.self) { try JSONValue(parsing: "\"\\\"" + String(repeating: "[", count: 100) + "\"") }
    }

    @Test("Accessors give a value of their own kind only")
    func accessors() {
        let value: JSONValue = ["a": 1, "b": 2.5, "c": "x", "d": [true], "e": nil]
        #expect(value["a"]?.integer == 1)
        #expect(value["a"]?.double == 1)
        #expect(value["b"]?.double == 2.5)
        #expect(value["b"]?.integer == nil)
        #expect(value["c"]?.string == "x")
        #expect(value["d"]?.array?.first?.bool == true)
        #expect(value["e"] == .null)
        #expect(value["f"] == nil)
        #expect(value["c"]?["x"] == nil)
        #expect(value.kind == "an object")
    }
}

@Suite("JSON printing (RFC 8259)")
struct JSONPrintingTests {
    @Test(
        "A value is printed on one line, without spaces",
        arguments: [
            (nil, "null"), (true, "true"), (-5, "-5"), (0.1, "0.1"), (.number(1e300), "1e+300"), (.number(.infinity), "null"),
            (.number(.nan), "null"), ("a\"b\\c\n\t\u{1}\u{7F}/ä🔔", #""a\"b\\c\n\t\u0001\u007f/ä🔔""#),
            ([1, [], [:]], "[1,[],{}]"), (["z": 1, "a": ["é": nil]], #"{"z":1,"a":{"é":null}}"#),
        ] as [(JSONValue, String)])
    func values(value: JSONValue, expected: String) {
        #expect(value.description == expected)
    }

    @Test("Members are printed as they were set, or sorted by name at every depth")
    func order() {
        var object: JSONObject = ["z": ["y": 1, "b": 2], "a": 3]
        object["m"] = 4
        object["a"] = 5
        let value = JSONValue.object(object)
        #expect(value.text() == #"{"z":{"y":1,"b":2},"a":5,"m":4}"#)
        #expect(value.text(order: .sorted) == #"{"a":5,"m":4,"z":{"b":2,"y":1}}"#)
        object["z"] = nil
        #expect(object.names == ["a", "m"])
    }

    @Test(
        "What is printed is read back as it was",
        arguments: [
            [1, 2.5, "x\u{0B}y", .integer(.min), .number(2.3e-308), .number(1e16), ["k": [nil, false]]], "\u{2028}", ["": ""],
        ] as [JSONValue])
    func roundTrip(value: JSONValue) throws {
        #expect(try JSONValue(parsing: value.encoded()) == value)
    }
}
