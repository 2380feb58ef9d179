import Base
import Simulator
import Telephony
import Testing

@Suite("Registration: RFC 3261 §10, RFC 7616, RFC 8760")
struct RegistrationStories {
    static let address = "sip:door@pbx.example"

    static func settings(expires: Duration = .seconds(600), password: String = "secret") -> UserAgentSettings {
        Stage.settings {
            var account = Account(name: "pbx", address: Stage.uri(address))
            account.registrar = Stage.uri("sip:pbx.example")
            account.credentials = Credentials(username: "door", password: password)
            account.expires = expires
            $0.accounts = [account]
        }
    }

    /// The door registers at a registrar with this policy; nothing has happened yet.
    private func stage(
        seed: UInt64 = 1, settings: UserAgentSettings = Self.settings(),
        _ change: (inout SimulatedRegistrar.Policy) -> Void = { _ in }
    ) -> (Stage, SimulatedRegistrar) {
        let stage = Stage(seed: seed, settings: settings, starts: false)
        var policy = SimulatedRegistrar.Policy()
        policy.passwords = ["door": "secret"]
        change(&policy)
        return (stage, SimulatedRegistrar(on: stage.network, at: Stage.pbxAddress, policy: policy))
    }

    @Test(
        "Every challenge that can be answered is answered, with the best algorithm",
        arguments: [
            ([SimulatedRegistrar.Algorithm](), "auth", false, ""),
            ([.md5], "auth", false, "MD5"), ([.md5], nil, false, "MD5"), ([.md5], "auth,auth-int", false, "MD5"),
            ([.sha256], "auth", false, "SHA-256"), ([.sha256, .md5], "auth", false, "SHA-256"),
            ([.md5, .sha256], "auth", false, "SHA-256"), ([.unknown, .md5], "auth", false, "MD5"),
            ([.sha256], "auth", true, "SHA-256"),
        ] as [([SimulatedRegistrar.Algorithm], String?, Bool, String)])
    func challenges(algorithms: [SimulatedRegistrar.Algorithm], qop: String?, asProxy: Bool, used: String) throws {
        let (stage, registrar) = stage {
            $0.algorithms = algorithms
            $0.qop = qop
            $0.asProxy = asProxy
        }
        stage.door.start()
        stage.network.advance(by: .seconds(2))
        #expect(registrar.isRegistered(Self.address))
        #expect(registrar.peer.summaries.count == (algorithms.isEmpty ? 1 : 2))
        let last = try #require(registrar.peer.received.last?.message)
        let credentials = last[asProxy ? "proxy-authorization" : "authorization"] ?? ""
        #expect(used.isEmpty || used == "MD5" || credentials.contains("algorithm=" + used))
        #expect(registrar.violations.isEmpty)
        #expect(stage.door.registrations.map(\.state) == [.registering, .registered(expires: .seconds(600))])
    }

    @Test("A challenge that cannot be answered is a failure, not a loop")
    func unanswerable() {
        let (stage, registrar) = stage { $0.algorithms = [.unknown] }
        stage.door.start()
        stage.network.advance(by: .seconds(20))
        #expect(registrar.peer.summaries.count <= 2)
        guard case .failed(status: 401, _, _)? = stage.door.registrations.last?.state else {
            Issue.record("\(stage.door.registrations)")
            return
        }
    }

    @Test("For three days the binding never runs out")
    func days() {
        let (stage, registrar) = stage(settings: Self.settings(expires: .seconds(300))) { $0.usesOfNonce = 50 }
        stage.door.start()
        stage.network.advance(by: .seconds(2))
        for _ in 0..<(3 * 24 * 60) {
            stage.network.advance(by: .seconds(60))
            guard registrar.isRegistered(Self.address) else {
                Issue.record("not registered at \(stage.network.now)")
                return
            }
        }
        #expect((865...2_000).contains(registrar.accepted.count))
        #expect(registrar.violations.isEmpty)
        #expect(Set(registrar.peer.received.map(\.message.callID)).count == 1)
    }

    @Test("A stale nonce costs one more request, and no failure")
    func stale() {
        let (stage, registrar) = stage { $0.usesOfNonce = 1 }
        stage.door.start()
        stage.network.advance(by: .seconds(3_600))
        let count = registrar.accepted.count
        #expect(count >= 6)
        #expect(registrar.peer.summaries.count == 2 * count)
        #expect(!stage.door.registrations.contains { if case .failed = $0.state { true } else { false } })
    }

    @Test("Too short an interval is made longer, as 423 says")
    func tooBrief() {
        let (stage, registrar) = stage(settings: Self.settings(expires: .seconds(60))) { $0.minimumExpires = 900 }
        stage.door.start()
        stage.network.advance(by: .seconds(3))
        #expect(registrar.accepted.map(\.expires) == [900])
        #expect(stage.door.registrations.last?.state == .registered(expires: .seconds(900)))
    }

    @Test("The registrar's shorter time counts")
    func granted() {
        let (stage, registrar) = stage(settings: Self.settings(expires: .seconds(3_600))) { $0.maximumExpires = 120 }
        stage.door.start()
        stage.network.advance(by: .seconds(3))
        #expect(stage.door.registrations.last?.state == .registered(expires: .seconds(120)))
        stage.network.advance(by: .seconds(3_600))
        #expect(registrar.isRegistered(Self.address))
        #expect(registrar.accepted.count >= 30)
    }

    @Test("Retry-After is kept")
    func retryAfter() throws {
        let (stage, registrar) = stage()
        registrar.faults = [.status(503, fields: ["Retry-After: 45"])]
        stage.door.start()
        stage.network.advance(by: .seconds(44))
        #expect(registrar.peer.summaries == ["REGISTER"])
        stage.network.advance(by: .seconds(60))
        #expect(registrar.isRegistered(Self.address))
    }

    @Test("A registrar that is away for a day is asked again and again, and is found when it is back")
    func away() {
        let (stage, registrar) = stage()
        stage.door.start()
        stage.network.advance(by: .seconds(5))
        stage.network.detach(Stage.pbxAddress)
        stage.network.advance(by: .seconds(86_400))
        #expect(!registrar.isRegistered(Self.address))
        let tries = stage.network.packets.filter { $0.time > Instant() + .seconds(600) }
        #expect(tries.count > 100)
        let gaps = zip(tries.dropFirst(), tries).map { $0.time - $1.time }
        #expect(gaps.allSatisfy { $0 <= .seconds(900) })
        stage.network.attach(registrar.peer, at: Stage.pbxAddress)
        stage.network.advance(by: .seconds(900))
        #expect(registrar.isRegistered(Self.address))
        #expect(registrar.violations.isEmpty)
    }

    @Test("Two doors that fail together do not try again together")
    func jitter() {
        let attempts = [UInt64(1), 2].map { seed -> [Instant] in
            let (stage, registrar) = stage(seed: seed)
            registrar.faults = Array(repeating: .status(500, fields: []), count: 20)
            stage.door.start()
            stage.network.advance(by: .seconds(1_200))
            return registrar.peer.times("REGISTER")
        }
        #expect(attempts[0].count >= 4 && attempts[1].count >= 4)
        #expect(attempts[0].dropFirst() != attempts[1].dropFirst())
    }

    @Test("A wrong password is said loudly, tried rarely, and never given up", arguments: [true, false])
    func wrongPassword(forbids: Bool) {
        let (stage, registrar) = stage(settings: Self.settings(password: "wrong")) { $0.forbids = forbids }
        stage.door.start()
        stage.network.advance(by: .seconds(2))
        guard case .failed(status: forbids ? 403 : 401, _, let retry)? = stage.door.registrations.last?.state else {
            Issue.record("\(stage.door.registrations)")
            return
        }
        #expect(retry >= .seconds(60))
        stage.network.advance(by: .seconds(3_600))
        // Fewer than what makes fail2ban ban: five in ten minutes.
        let requests = registrar.peer.received.filter { $0.message["authorization"] != nil }
        for first in requests {
            #expect(requests.filter { $0.time >= first.time && $0.time < first.time + .seconds(600) }.count <= 4)
        }
        stage.network.advance(by: .seconds(3 * 86_400))
        registrar.policy.passwords["door"] = "wrong"
        stage.network.advance(by: .seconds(4 * 3_600))
        #expect(registrar.isRegistered(Self.address))
    }

    @Test("A name that cannot be found is looked up again")
    func unknownName() {
        let (stage, registrar) = stage()
        stage.door.names = [:]
        stage.door.start()
        stage.network.advance(by: .seconds(600))
        #expect(registrar.peer.received.isEmpty)
        stage.door.names = ["pbx.example": [Stage.pbxAddress.address]]
        stage.network.advance(by: .seconds(900))
        #expect(registrar.isRegistered(Self.address))
    }

    @Test("Stopping takes the binding back")
    func stop() {
        let (stage, registrar) = stage()
        stage.door.start()
        stage.network.advance(by: .seconds(2))
        stage.door.perform(.stop)
        stage.network.advance(by: .seconds(2))
        #expect(!registrar.isRegistered(Self.address))
        #expect(stage.door.registrations.last?.state == .unregistered)
        #expect(stage.door.isStopped)
        #expect(registrar.violations.isEmpty)
    }

    @Test("The registrar that knows us may call us")
    func trusted() throws {
        let (stage, registrar) = stage()
        stage.door.start()
        stage.network.advance(by: .seconds(2))
        let call = ScriptedCall(registrar.peer, calls: "sip:door@10.0.0.1", at: Stage.doorAddress)
        call.invite(sdp: ScriptedSDP.audio(stage.phoneSound))
        stage.network.advance(by: .seconds(1))
        let id = try #require(stage.door.incoming.first)
        guard case .incoming(let details)? = stage.door.events(of: id).first else { return }
        #expect(details.account == "pbx")
    }

    @Test("Nothing that is logged or printed shows the password")
    func secrets() {
        let (stage, _) = stage(settings: Self.settings(password: "hunter2-hunter2"))
        stage.door.start()
        stage.network.advance(by: .seconds(100))
        #expect(!"\(stage.door.log)".contains("hunter2"))
        #expect(!"\(stage.door.agent.snapshot(at: stage.network.now))".contains("hunter2"))
        #expect(!"\(stage.door.registrations)".contains("hunter2"))
    }
}
