import Base
import Configuration
import Testing

@Suite("srtp: encrypted sound")
struct EncryptionTests {
    private static func house(general: String, account: String = "", address: String = "sip:door@pbx.example") throws
        -> HouseConfiguration
    {
        let reading = read(
            """
            [calls]
            srtp = "\(general)"
            [accounts.pbx]
            address = "\(address)"
            \(account)
            [phone_book.flat]
            targets = ["sip:kitchen@10.0.0.2"]
            """)
        return try #require(reading.house)
    }

    @Test("It is off unless the file says otherwise, and an account may have its own", arguments: SRTPPolicy.allCases)
    func policies(_ policy: SRTPPolicy) throws {
        #expect(HouseConfiguration().calls.srtp == .off)
        let house = try Self.house(general: policy.rawValue)
        #expect(house.calls.srtp == policy)
        #expect(house.accounts["pbx"]?.srtp == nil)
        #expect(try Self.house(general: "off", account: "srtp = \"\(policy.rawValue)\"").accounts["pbx"]?.srtp == policy)
    }

    @Test("Keys that are required and travel in the clear are warned of, one line for each way")
    func warnings() throws {
        #expect(try Self.house(general: "off").warnings.isEmpty)
        #expect(try Self.house(general: "offered").warnings.isEmpty)
        let both = try Self.house(general: "required").warnings
        #expect(both.count == 2)
        #expect(both.first?.hasPrefix("accounts.pbx is called by sip:door@pbx.example without TLS") == true)
        #expect(both.last?.hasPrefix("phone_book.flat is called by sip:kitchen@10.0.0.2 without TLS") == true)
        #expect(try Self.house(general: "off", account: "srtp = \"required\"").warnings.count == 1)
        let safe = ["sips:door@pbx.example", "sip:door@pbx.example;transport=tls"]
        for address in safe {
            #expect(try Self.house(general: "off", account: "srtp = \"required\"", address: address).warnings.isEmpty)
        }
    }
}
