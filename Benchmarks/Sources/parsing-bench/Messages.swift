/// The messages that are parsed: each as a phone or a PBX of today sends it.
enum Messages {
    static func text(_ lines: [String], body: [String] = []) -> [UInt8] {
        let body = body.map { $0 + "\r\n" }.joined()
        return Array((lines + ["Content-Length: \(body.utf8.count)", "", body]).joined(separator: "\r\n").utf8)
    }

    static let invite = text(
        [
            "INVITE sip:door@192.0.2.20:5060;transport=udp SIP/2.0",
            "Via: SIP/2.0/UDP 192.0.2.5:5060;branch=z9hG4bK2d4790.1;rport",
            "Via: SIP/2.0/UDP 192.0.2.101:5066;received=192.0.2.101;rport=5066;branch=z9hG4bK-524287-1---8f3b0c1d",
            "Record-Route: <sip:192.0.2.5;lr;ftag=a73kszlfl>",
            "Max-Forwards: 69",
            "From: \"Flat 4, second floor\" <sip:204@house.example>;tag=a73kszlfl",
            "To: <sip:door@house.example>",
            "Call-ID: f81d4fae-7dec-11d0-a765-00a0c91e6bf6@192.0.2.101",
            "CSeq: 314159 INVITE",
            "Contact: <sip:204@192.0.2.101:5066;ob>;+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000a95a0e128>\"",
            "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY, MESSAGE",
            "Supported: replaces, 100rel, timer, norefersub",
            "User-Agent: Telephone/1.4",
            "Session-Expires: 1800",
            "Min-SE: 90",
            "Content-Type: application/sdp",
        ],
        body: [
            "v=0",
            "o=- 3890844526 3890844526 IN IP4 192.0.2.101",
            "s=call",
            "c=IN IP4 192.0.2.101",
            "t=0 0",
            "m=audio 4000 RTP/AVP 8 0 9 101",
            "a=rtpmap:8 PCMA/8000",
            "a=rtpmap:0 PCMU/8000",
            "a=rtpmap:9 G722/8000",
            "a=rtpmap:101 telephone-event/8000",
            "a=fmtp:101 0-16",
            "a=ptime:20",
            "a=sendrecv",
        ])

    static let register = text([
        "REGISTER sip:house.example SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKnashds7;rport",
        "Max-Forwards: 70",
        "From: \"Door\" <sip:door@house.example>;tag=456248",
        "To: <sip:door@house.example>",
        "Call-ID: 843817637684230998sdasdh09@192.0.2.20",
        "CSeq: 1827 REGISTER",
        "Contact: <sip:door@192.0.2.20:5060;transport=udp>;expires=3600",
        "Expires: 3600",
        "Authorization: Digest username=\"door\", realm=\"house.example\", nonce=\"84a4cc6f3082121f32b42a2187831a9e\","
            + " uri=\"sip:house.example\", response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\","
            + " algorithm=SHA-256, opaque=\"5ccc069c403ebaf9f0171e9517f40e41\", qop=auth, nc=00000001, cnonce=\"0a4f113b\"",
        "Supported: path, outbound, gruu",
        "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO",
        "User-Agent: Portier",
    ])

    static let ok = text(
        [
            "SIP/2.0 200 OK",
            "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKnashds8;received=192.0.2.20;rport=5060",
            "Record-Route: <sip:p2.house.example:5070;lr;ftag=9fxced76sl>",
            "Record-Route: <sip:192.0.2.5;lr;ftag=9fxced76sl>",
            "Record-Route: <sip:p0.house.example;lr>",
            "From: \"Door\" <sip:door@house.example>;tag=9fxced76sl",
            "To: <sip:204@house.example>;tag=8321234356",
            "Call-ID: 3848276298220188511@192.0.2.20",
            "CSeq: 2 INVITE",
            "Contact: <sip:204@192.0.2.101:5066;transport=udp>",
            "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY, MESSAGE",
            "Supported: replaces, 100rel, timer",
            "Server: Telephone/1.4",
            "Content-Type: application/sdp",
        ],
        body: [
            "v=0",
            "o=- 2890844527 2890844527 IN IP4 192.0.2.101",
            "s=call",
            "c=IN IP4 192.0.2.101",
            "t=0 0",
            "m=audio 4002 RTP/AVP 8 101",
            "a=rtpmap:8 PCMA/8000",
            "a=rtpmap:101 telephone-event/8000",
            "a=fmtp:101 0-16",
        ])

    static let all: [(name: String, bytes: [UInt8])] = [
        ("INVITE with SDP", invite), ("REGISTER with Authorization", register), ("200 OK with Record-Route", ok),
    ]
}
