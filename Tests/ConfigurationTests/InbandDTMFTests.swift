import Base
import Configuration
import Testing

@Suite("inband_dtmf: keys as tones in the speech")
struct InbandDTMFTests {
    @Test("It is off unless the file says otherwise, and an account may have its own", arguments: InbandDTMF.allCases)
    func policies(_ policy: InbandDTMF) throws {
        #expect(HouseConfiguration().calls.inbandDTMF == .off)
        let text = """
            [calls]
            inband_dtmf = "\(policy.rawValue)"
            [accounts.pbx]
            address = "sip:door@pbx.example"

            """
        let house = try #require(read(text).house)
        #expect(house.calls.inbandDTMF == policy)
        #expect(house.accounts["pbx"]?.inbandDTMF == nil)
        let other: InbandDTMF = policy == .off ? .fallback : .off
        let own = try #require(read(text + "inband_dtmf = \"\(other.rawValue)\"").house)
        #expect(own.calls.inbandDTMF == policy)
        #expect(own.accounts["pbx"]?.inbandDTMF == other)
    }
}
