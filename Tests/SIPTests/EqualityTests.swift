import Testing

@testable import SIP

@Suite("Equality: RFC 3261 §19.1.4 and §20, RFC 3966 §4, RFC 5954 §4")
struct EqualityTests {
    @Test(
        "URIs that mean the same",
        arguments: [
            // The examples of RFC 3261
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x"
            ),
            // Others
            ("SIP:lamp@mill.example", "sip:lamp@mill.example"), ("sip:l%61mp@mill.example", "sip:%6camp@mill.example"),
            ("sip:a%2fb@mill.example", "sip:a%2Fb@mill.example"), ("sip:l:p%61ss@h", "sip:l:pass@h"),
            ("sip:h?to=sip:b%40mill.example", "sip:h?To=%3Csip:b%40MILL.example%3E"), ("sip:h?s=a", "sip:h?subject=A"),
            ("sip:[2001:db8::1]", "sip:[2001:DB8:0:0::0001]"), ("sip:h;lr", "sip:h;%6cr"), ("isbn:12", "ISBN:12"),
            ("tel:+1-201-555-0123", "tel:+12015550123"),
            ("tel:7042;phone-context=Example.com", "tel:70-42;phone-context=example.com"),
            ("tel:12;phone-context=+1-2", "tel:12;phone-context=+12"), ("tel:+12;ext=3-4;isub=A", "tel:+12;ISUB=a;ext=34"),
            ("tel:aB#*", "tel:Ab#*"),
        ])
    func same(one: String, two: String) throws {
        #expect(try URI(one).matches(URI(two)))
        #expect(try URI(two).matches(URI(one)))
    }

    @Test(
        "URIs that do not",
        arguments: [
            // The examples of RFC 3261
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
            // Others
            ("sip:h", "sips:h"), ("sip:h", "sip:lamp@h"), ("sip:lamp@h", "sip:lamp:x@h"), ("sip:lamp:x@h", "sip:lamp:X@h"),
            ("sip:a;b@h", "sip:a%3Bb@h"), ("sip:a%3Ab@h", "sip:a:b@h"), ("sip:h;user=ip", "sip:h"), ("sip:h;ttl=1", "sip:h"),
            ("sip:h;method=INVITE", "sip:h"), ("sip:h;maddr=1.2.3.4", "sip:h"), ("sip:h?a=b", "sip:h?a=b&a=b"),
            ("sip:h?call-id=x", "sip:h?call-id=X"), ("sip:h?bad=%0D", "sip:h?bad=%0A"), ("isbn:12", "isbn:13"),
            ("sip:12@h", "tel:12"),
            ("tel:+12", "tel:12"), ("tel:+12", "tel:+12;ext=1"), ("tel:+12;ext=1;a=b", "tel:+12;ext=1;c=d"),
            ("tel:12;phone-context=a.example", "tel:12;phone-context=b.example"), ("sip:%00@h", "sip:%00%00@h"),
        ])
    func different(one: String, two: String) throws {
        #expect(try !URI(one).matches(URI(two)))
        #expect(try !URI(two).matches(URI(one)))
    }

    @Test(
        "Headers that say the same",
        arguments: [
            ("From", "\"A\" <sip:lamp@mill.example>;tag=1;x=Y", "f", "sip:lamp@MILL.example;X=y;tag=1"),
            ("Content-Type", "application/SDP;a=1;b=2", "c", "Application/sdp ; b=2;a=1"),
            ("Subject", "Hello  you", "s", " hello you "),
            ("Supported", "timer , Replaces", "k", "TIMER,replaces"), ("Warning", "399 a  \"B\"", "warning", "399 A \"B\""),
            ("Call-ID", "aB@c", "i", "aB@c"), ("CSeq", "1 INVITE", "cseq", "1 INVITE"),
        ])
    func headers(name: String, value: String, otherName: String, otherValue: String) {
        #expect(HeaderField(name: name, value: value).matches(HeaderField(name: otherName, value: otherValue)))
    }

    @Test(
        "Headers that do not",
        arguments: [
            ("From", "<sip:lamp@h>;tag=1", "From", "<sip:lamp@h>;tag=2"), ("From", "<sip:lamp@h>;tag=1", "From", "<sip:lamp@h>"),
            ("From", "<sip:lamp@h>", "To", "<sip:lamp@h>"), ("Call-ID", "a", "Call-ID", "A"),
            ("CSeq", "1 INVITE", "CSeq", "1 invite"),
            ("Warning", "399 a \"B\"", "Warning", "399 a \"b\""), ("Subject", "ab", "Subject", "a b"),
            ("Subject", "a", "Topic", "a"),
            ("From", "<sip:h>;x=\"A b\"", "From", "<sip:h>;x=\"a b\""),
            ("Content-Type", "application/sdp", "Content-Type", "application/sdp;a=1"),
        ])
    func differentHeaders(name: String, value: String, otherName: String, otherValue: String) {
        #expect(!HeaderField(name: name, value: value).matches(HeaderField(name: otherName, value: otherValue)))
    }

    @Test("Hops are the same whatever the case of their letters and the order of their parameters")
    func vias() {
        func via(_ host: String, _ port: UInt16?, _ branch: String) -> Via {
            var via = Via(transport: "UDP", host: host, port: port)
            via.branch = branch
            via.received = "1.2.3.4"
            return via
        }
        var turned = Via(transport: "udp", host: "Mill.example", port: 5060)
        turned.parameters["RECEIVED"] = "1.2.3.4"
        turned.parameters["Branch"] = "z9hG4bKa"
        #expect(via("mill.example", 5060, "z9hG4bKa").matches(turned))
        #expect(!via("mill.example", nil, "z9hG4bKa").matches(turned))
        #expect(!via("mill.example", 5060, "z9hG4bKb").matches(turned))
        #expect(via("[::1]", nil, "a").matches(via("[0:0::1]", nil, "a")))
    }

    @Test("A parameter that stands there twice is the same as both only")
    func repeatedParameters() throws {
        func via(_ parameters: String) throws -> Via {
            let lines = Torture.lines("OPTIONS sip:h SIP/2.0", ["Via: SIP/2.0/UDP h;branch=z9hG4bK1;\(parameters)"])
            return try Torture.read(lines).vias[0]
        }
        #expect(try via("ttl=1;ttl=2").matches(via("ttl=2;ttl=1")))
        #expect(try !via("ttl=1;ttl=1").matches(via("ttl=1;ttl=2")))
        #expect(try !via("ttl=1;ttl=2").matches(via("ttl=1;ttl=1")))
        #expect(try via("rport=1;rport=2").rport == 1)
        for (one, two, isSame) in [
            ("sip:a@h;x=1;x=2", "sip:a@h;x=2;x=1", true), ("sip:a@h;x=1;x=2", "sip:a@h;x=1", false),
            ("sip:a@h;x=1;x=2", "sip:a@h;y", true), ("tel:+1;x=1;x=2", "tel:+1;x=2;x=1", true),
            ("tel:+1;x=1;x=1", "tel:+1;x=2;x=1", false),
        ] {
            #expect(try URI(one).matches(URI(two)) == isSame)
            #expect(try URI(two).matches(URI(one)) == isSame)
        }
    }

    @Test(
        "A number is what is left without what people need to read it",
        arguments: [
            ("tel:+1-(201)-555.0123;ext=1-2", "+12015550123", true, nil, "12"),
            ("tel:*67#;phone-context=mill.example", "*67#", false, "mill.example", nil),
            ("tel:7A;phone-context=+49", "7A", false, "+49", nil),
        ] as [(String, String, Bool, String?, String?)])
    func numbers(text: String, digits: String, isGlobal: Bool, context: String?, ext: String?) throws {
        let number = try #require(TelephoneNumber(try URI(text)))
        #expect(number.digits == digits && number.isGlobal == isGlobal && number.context == context && number.extension == ext)
    }

    @Test("No numbers", arguments: ["tel:+", "tel:-.", "tel:+1a", "tel:FLOWERS", "sip:12@h"])
    func noNumbers(text: String) throws {
        #expect(TelephoneNumber(try URI(text)) == nil)
    }
}
