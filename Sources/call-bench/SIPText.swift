import Rig

/// The few messages of a call as text, written by hand so that no stack of ours is on both sides.
struct SIPText {
    private let caller: UDPPeer
    private let target: String
    private let callID: String

    init(caller: UDPPeer, user: String, host: String, port: UInt16, number: Int) {
        self.caller = caller
        target = "sip:\(user)@\(host):\(port)"
        callID = "\(user)-\(number)-\(caller.port)"
    }

    private var own: String { "\(caller.address):\(caller.port)" }

    private func head(_ method: String, _ sequence: Int, to: String, branch: String) -> String {
        """
        \(method) \(target) SIP/2.0
        Via: SIP/2.0/UDP \(own);branch=z9hG4bK\(callID)\(branch);rport
        Max-Forwards: 70
        From: <sip:caller@\(own)>;tag=c\(callID)
        To: \(to)
        Call-ID: \(callID)
        CSeq: \(sequence) \(method)
        Contact: <sip:caller@\(own)>

        """
    }

    var invite: String {
        let body = """
            v=0
            o=- 1 1 IN IP4 \(caller.address)
            s=-
            c=IN IP4 \(caller.address)
            t=0 0
            m=audio 39990 RTP/AVP 8 0
            a=rtpmap:8 PCMA/8000
            a=rtpmap:0 PCMU/8000

            """.onTheWire
        let text = head("INVITE", 1, to: "<\(target)>", branch: "i") + "Content-Type: application/sdp\n"
        return text.onTheWire + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
    }

    /// ACK or BYE in the dialog that `answer` made.
    func request(_ method: String, _ sequence: Int, _ answer: String) -> String {
        let to = Self.header("To", of: answer) ?? "<\(target)>"
        return (head(method, sequence, to: to, branch: method) + "Content-Length: 0\n\n").onTheWire
    }

    /// A final response without a body, with more of the request's headers if need be.
    static func response(to request: String, _ status: String, copying more: [String] = []) -> String {
        let copied = (["Via", "From", "Call-ID", "CSeq"] + more).map { "\($0): \(header($0, of: request) ?? "")" }
        let to = "To: \(header("To", of: request) ?? "");tag=bench"
        return (["SIP/2.0 \(status)"] + copied + [to, "Content-Length: 0", "", ""]).joined(separator: "\r\n")
    }

    private static func header(_ name: String, of text: String) -> String? {
        text.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ":") }.map {
            String($0.dropFirst(name.count + 1)).trimmingPrefix(while: { $0 == " " }).description
        }
    }
}

extension String {
    /// With the line ends of SIP.
    fileprivate var onTheWire: String { split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n") }
}
