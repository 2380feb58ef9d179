import Base
import Intercom
import JSON
import Media
import Runtime
import Telephony

/// What `portier state` shows: the house, the telephone and the sound as one JSON object. No secrets.
struct StateReport {
    var house: HouseSnapshot
    var phone: UserAgentSnapshot
    var figures: [CallID: LegStatistics]
    var card: CardState
    var periods: UInt64
    var configuration: String
    var streams: StreamTransport.Figures
    var connections: Int
    /// How often SIP's port heard itself.
    var echoes: UInt64

    var json: JSONValue {
        [
            "configuration": .string(configuration),
            "accounts": .array(phone.accounts.map(account)),
            "calls": .array(phone.calls.map(call)),
            "buttons": .array(house.buttons.map(button)),
            "chords": .array(house.chords.map { ["name": .string($0.name), "held": .bool($0.isHeld)] }),
            "lamps": .array(
                house.lamps.map {
                    [
                        "name": .string($0.name), "shows": .string($0.shows), "lit": .bool($0.light.isLit),
                        "light": .array($0.light.levels.map { .integer(Int64($0)) }),
                    ]
                }),
            "doors": .array(house.doors.map(door)),
            "outputs": .array(
                house.outputs.map { ["name": .string($0.name), "mode": .string($0.mode), "active": .bool($0.isActive)] }),
            "contacts": .array(
                house.contacts.map { contact in
                    [
                        "name": .string(contact.name), "kind": .string(contact.kind),
                        "active": contact.isActive.map { .bool($0) } ?? .null,
                    ]
                }),
            "alarms": .array(house.alarms.map { ["alarm": .string($0.kind), "name": .string($0.name)] }),
            "active_lines": .array(house.activeLines.map { .string($0) }),
            "faults": .array(house.faults.map { .string($0) }),
            "sound": sound,
            "sip": counters,
            "connections": [
                "open": .integer(Int64(connections)), "made": .integer(Int64(streams.made)),
                "accepted": .integer(Int64(streams.accepted)),
                "refused": .integer(Int64(streams.refused)), "cut": .integer(Int64(streams.cut)),
            ],
        ]
    }

    private func button(_ button: HouseSnapshot.Button) -> JSONValue {
        ["name": .string(button.name), "down": .bool(button.isDown), "last_press": button.lastPress.map { .string($0) } ?? .null]
    }

    private var sound: JSONValue {
        let figures = card.figures
        var object: JSONObject = [
            "card": .string(card.fault ?? "open"), "microphone": card.isMicrophoneSilent ? "silent" : "ok",
            "microphone_peak_db": .number(CallLedger.rounded(Double(figures.peak), 1)),
            "capture_delay_ms": .number(CallLedger.rounded(Double(figures.captureDelay), 1)),
            "playback_delay_ms": .number(CallLedger.rounded(Double(figures.playbackDelay), 1)),
            "clock_drift_ppm": .number(CallLedger.rounded(Double(figures.drift), 1)),
            "capture_interruptions": .integer(Int64(figures.interruptions.capture)),
            "playback_interruptions": .integer(Int64(figures.interruptions.playback)),
            "periods": .integer(Int64(clamping: periods)),
        ]
        // There is one canceller for all calls; it tells of itself while there are any.
        if let call = self.figures.min(by: { $0.key < $1.key })?.value {
            object["clipping_percent"] = number(100 * call.echo.clipping, 2)
            if call.echo.tail > 0 { object["echo_tail_ms"] = number(call.echo.tail, 0) }
            object["howling"] = .bool(call.echo.isHowling)
            if call.echoReturnLossEnhancement != 0 {
                object["erle_db"] = number(call.echoReturnLossEnhancement, 1)
                object["echo_delay_ms"] = number(call.echo.delay, 1)
                object["drift_ppm"] = number(call.echo.drift, 0)
                object["double_talk_percent"] = number(100 * call.echo.doubleTalk, 0)
            }
        }
        if !card.problems.isEmpty { object["problems"] = .array(card.problems.map { .string($0) }) }
        return .object(object)
    }

    private func account(_ account: UserAgentSnapshot.Account) -> JSONValue {
        var object: JSONObject = [
            "name": .string(account.name), "address": .string(account.address), "state": .string(account.state),
        ]
        object["expires_in"] = account.remaining.map(seconds)
        object["retry_in"] = account.retry.map(seconds)
        object["failure"] = account.failure.map { .string($0) }
        object["contact"] = account.learntAddress.map { .string($0) }
        object["messages_waiting"] = account.mailbox.map { .bool($0.isWaiting) }
        object["messages_new"] = account.mailbox?.new.map { .integer(Int64($0)) }
        object["messages_old"] = account.mailbox?.old.map { .integer(Int64($0)) }
        return .object(object)
    }

    private func call(_ call: UserAgentSnapshot.Call) -> JSONValue {
        var object: JSONObject = [
            "call": .string(call.id.description), "peer": .string(call.peer),
            "direction": call.isOutgoing ? "outgoing" : "incoming", "state": .string(call.state), "held": .bool(call.isHeld),
            "held_by_peer": .bool(call.isHeldByPeer), "seconds": seconds(call.age),
        ]
        object["talking"] = call.talking.map(seconds)
        object["account"] = call.account.map { .string($0) }
        object["codec"] = call.codec.map { .string($0) }
        object["encryption"] = call.encryption.map { .string($0) }
        guard let figures = figures[call.id] else { return .object(object) }
        object["packets_received"] = .integer(Int64(figures.packetsReceived))
        object["packets_lost"] = .integer(Int64(figures.packetsLost))
        object["jitter_ms"] = .number(CallLedger.rounded(Double(figures.jitter), 2))
        if figures.mouthToEar > 0 {
            object["mouth_to_ear_ms"] = .number(CallLedger.rounded(Double(figures.mouthToEar), 0))
        }
        object["packets_recovered"] = .integer(Int64(figures.packetsRecovered))
        object["mos"] = number(figures.meanOpinionScore, 2)
        object["listening_mos"] = number(figures.listeningOpinionScore, 2)
        if figures.peerMetrics != nil {
            object["remote_r_factor"] = number(figures.peerRFactor, 0)
            object["remote_mos"] = number(figures.peerMeanOpinionScore, 1)
        }
        if call.encryption != nil {
            object["authentication_failures"] = .integer(Int64(figures.authenticationFailures))
            object["replays"] = .integer(Int64(figures.replays))
        }
        return .object(object)
    }

    private func door(_ door: HouseSnapshot.Door) -> JSONValue {
        [
            "name": .string(door.name), "released": .bool(door.isReleased), "open": door.isOpen.map { .bool($0) } ?? .null,
            "wrong_codes": .integer(Int64(door.wrongCodes)), "locked_out": seconds(door.lockedOut),
        ]
    }

    private var counters: JSONValue {
        let counters = phone.counters
        func number(_ value: UInt64) -> JSONValue { .integer(Int64(clamping: value)) }
        return [
            "messages_in": number(counters.messagesIn), "messages_out": number(counters.messagesOut),
            "parse_errors": number(counters.parseErrors), "refused_untrusted": number(counters.refusedUntrusted),
            "ignored_untrusted": number(counters.ignoredUntrusted), "unread": number(counters.unread),
            "challenged": number(counters.challenged), "authenticated": number(counters.authenticated),
            "wrong_passwords": number(counters.wrongPasswords), "spoofed": number(counters.spoofed),
            "blocked_sources": .integer(Int64(phone.blockedSources)),
            "strays": number(counters.strays), "refused": number(counters.refused),
            "retransmissions": number(counters.retransmissions), "calls_in": number(counters.callsIn),
            "calls_out": number(counters.callsOut), "transactions": .integer(Int64(phone.transactions)),
            "echoes": number(echoes),
        ]
    }

    private func number(_ value: Float, _ places: Int) -> JSONValue { .number(CallLedger.rounded(Double(value), places)) }

    private func seconds(_ duration: Duration) -> JSONValue { .number(CallLedger.rounded(duration.inSeconds, 1)) }
}
