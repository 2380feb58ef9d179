import Base
import SIP
import Telephony
import Testing

@Suite("Who calls, and whom the call was for: RFC 3325, 5806, 7044")
struct CallerIdentityTests {
    private func call(_ fields: [String], from source: SocketAddress = World.outsider) throws -> IncomingCall {
        var world = World()
        world.add { settings in
            var account = Account(name: "pbx", address: uri("sip:door@192.0.2.1"))
            account.registrar = uri("sip:192.0.2.1")
            settings.accounts = [account]
        }
        let request = World.request("INVITE", uri: "sip:door@10.0.0.1", fields: fields, body: World.description())
        world.inject(request, into: 0, from: source)
        return try #require(world.incoming(0).first).1
    }

    @Test(
        "The registrar's word on who calls is taken, sip: before tel:",
        arguments: [
            ("\"Ann\" <sip:201@pbx.example>", "\"Ann\" <sip:201@pbx.example>"), ("<tel:+4930123>", "<tel:+4930123>"),
            ("<tel:+4930123>, \"A, B\" <sip:201@pbx.example>", "\"A, B\" <sip:201@pbx.example>"),
            ("sip:201@pbx.example", "<sip:201@pbx.example>"),
        ])
    func asserted(value: String, identity: String) throws {
        #expect(try call(["P-Asserted-Identity: \(value)"]).asserted?.description == identity)
        #expect(try call(["p-asserted-identity: \(value)"]).from == uri("sip:peer@192.0.2.1"))
    }

    @Test("Nobody else's word is, nor one that cannot be read")
    func claimed() throws {
        let field = "P-Asserted-Identity: <sip:boss@pbx.example>"
        #expect(try call([field], from: SocketAddress(.v4(0xC000_0209), port: 5060)).asserted == nil)
        #expect(try call(["P-Asserted-Identity: <sip:"]).asserted == nil)
        #expect(try call([]).asserted == nil)
        #expect(try call(["P-Preferred-Identity: <sip:boss@pbx.example>"]).asserted == nil)
    }

    @Test("Diversion, latest first, in one line or several")
    func diversion() throws {
        let first = IncomingCall.Diversion(from: uri("sip:202@pbx.example"), displayName: "Bob", reason: "no-answer")
        let second = IncomingCall.Diversion(from: uri("sip:203@pbx.example"), reason: "unconditional")
        let values = [
            "\"Bob\" <sip:202@pbx.example;user=phone>;reason=no-answer;counter=1",
            "<sip:203@pbx.example>;privacy=off;reason=unconditional",
        ]
        #expect(try call([values.map { "Diversion: \($0)" }.joined(separator: "\n")]).diversions == [first, second])
        #expect(try call(["Diversion: " + values.joined(separator: " , ")]).diversions == [first, second])
        #expect(try call(["Diversion: <>"]).diversions == [])
    }

    @Test("History-Info by RFC 7044: what was mapped to another target was diverted, and why is in its URI")
    func history() throws {
        let entries = [
            "<sip:202@pbx.example?Reason=SIP%3Bcause%3D486>;index=1", "<sip:202@10.0.0.9>;index=1.1;rc=1",
            "<sip:door@10.0.0.1>;index=1.2;mp=1",
        ]
        let expected = IncomingCall.Diversion(from: uri("sip:202@pbx.example"), reason: "486")
        #expect(try call(["History-Info: " + entries.joined(separator: ", ")]).diversions == [expected])
        #expect(try call(["History-Info: \(entries[0])"]).diversions == [])
        #expect(try call(["History-Info: \(entries[1])", "History-Info: <sip:x@y>;index=1.2;mp=7"]).diversions == [])
    }

    @Test("History-Info by RFC 4244: another user behind an entry that says why it was left")
    func oldHistory() throws {
        let entries = "<sip:202@pbx.example?Reason=Q.850%3Bcause%3D19>;index=1, <sip:door@pbx.example>;index=1.1"
        let expected = IncomingCall.Diversion(from: uri("sip:202@pbx.example"), reason: "19")
        #expect(try call(["History-Info: \(entries)"]).diversions == [expected])
    }
}
