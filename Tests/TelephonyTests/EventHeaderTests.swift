import SIP
import Testing

@Suite("Event and Subscription-State: RFC 6665 §8.2")
struct EventHeaderTests {
    @Test(
        "Event names a package, and which subscription",
        arguments: [
            ("message-summary", "message-summary", nil), ("Dialog ; id=7;x", "dialog", "7"),
            ("presence.winfo", "presence.winfo", nil),
            ("", nil, nil), (";id=7", nil, nil), ("check-sync;reboot=true", "check-sync", nil),
        ] as [(String, String?, String?)])
    func event(text: String, name: String?, id: String?) {
        let event = EventPackage(reading: text)
        #expect(event?.name == name && event?.id == id)
    }

    @Test("Subscription-State: a phase, how long, why not, and when again")
    func state() throws {
        let active = try #require(SubscriptionState(reading: "Active;expires=600"))
        #expect(active.phase == .active && active.expires == 600 && active.description == "active;expires=600")
        let over = try #require(SubscriptionState(reading: "terminated;reason=Probation;retry-after=3"))
        #expect(over.phase == .terminated("probation") && over.retryAfter == 3)
        #expect(SubscriptionState(reading: "pending;expires=99999999999")?.expires == nil)
        #expect(SubscriptionState(reading: "somehow")?.phase == .active)
        #expect(SubscriptionState(reading: " ") == nil)
    }
}
