import Rig

// What Asterisk is told of each seat, for either of its SIP channels.

extension Exchange {
    static func pjsip(_ seats: [Seat], address: String) -> String {
        let head = """
            [global]
            type=global
            user_agent=exchange
            debug=yes
            endpoint_identifier_order=auth_username,username,ip

            [udp]
            type=transport
            protocol=udp
            bind=\(address):5060

            [tcp]
            type=transport
            protocol=tcp
            bind=\(address):5060

            [tls]
            type=transport
            protocol=tls
            bind=\(address):5061
            cert_file=/peer/keys/certificate.pem
            priv_key_file=/peer/keys/key.pem
            method=tlsv1_2


            """
        return head + seats.map { seat in seat.all.map { pjsip(seat, $0, address) }.joined() }.joined()
    }

    private static func pjsip(_ seat: Seat, _ number: String, _ address: String) -> String {
        let isDoor = number == seat.door
        var (endpoint, auth, aor): ([String], [String], [String]) = ([], [], [])
        switch seat.kind {
        case .direct: endpoint += ["direct_media=yes"]
        case .sha256 where isDoor: auth += ["supported_algorithms_uas=SHA-256", "supported_algorithms_uac=SHA-256"]
        case .timers where isDoor: endpoint += ["timers=always", "timers_min_se=90", "timers_sess_expires=90"]
        case .reliable where isDoor: endpoint += ["100rel=required"]
        case .info where isDoor: endpoint += ["dtmf_mode=info"]
        case .qualified where isDoor: aor += ["qualify_frequency=1"]
        case .encrypted where isDoor: endpoint += ["media_encryption=sdes"]
        default: break
        }
        if seat.kind != .direct { endpoint.append("direct_media=no") }
        return """
            [\(number)]
            type=endpoint
            context=house
            disallow=all
            allow=alaw,ulaw,g722
            auth=\(number)
            aors=\(number)
            callerid="House \(number)" <\(number)>
            media_address=\(address)
            bind_rtp_to_media_address=yes
            rtp_symmetric=yes
            force_rport=yes
            rewrite_contact=yes
            send_pai=yes
            allow_subscribe=yes
            sub_min_expiry=10
            named_call_group=\(seat.digits)
            named_pickup_group=\(seat.digits)
            mailboxes=\(number)@default
            \(endpoint.joined(separator: "\n"))

            [\(number)]
            type=auth
            auth_type=digest
            username=\(number)
            password=\(Seat.password)
            \(auth.joined(separator: "\n"))

            [\(number)]
            type=aor
            max_contacts=3
            minimum_expiration=10
            default_expiration=120
            \(aor.joined(separator: "\n"))


            """
    }

    static func sip(_ seats: [Seat], address: String) -> String {
        let head = """
            [general]
            context=nobody
            useragent=exchange
            realm=exchange
            udpbindaddr=\(address):5060
            tcpenable=yes
            tcpbindaddr=\(address):5060
            tlsenable=yes
            tlsbindaddr=\(address):5061
            tlscertfile=/peer/keys/certificate.pem
            tlsprivatekey=/peer/keys/key.pem
            media_address=\(address)
            srvlookup=no
            sipdebug=yes
            allowguest=no
            alwaysauthreject=yes
            minexpiry=10
            defaultexpiry=120
            transport=udp,tcp,tls
            sendrpid=pai
            trustrpid=yes
            notifyringing=yes
            allowsubscribe=yes
            subscribecontext=house


            """
        return head + seats.map { seat in seat.all.map { sip(seat, $0) }.joined() }.joined()
    }

    private static func sip(_ seat: Seat, _ number: String) -> String {
        let isDoor = number == seat.door
        var more: [String] = []
        switch seat.kind {
        case .direct: more.append("directmedia=yes")
        case .timers where isDoor: more += ["session-timers=originate", "session-expires=90", "session-minse=90"]
        case .info where isDoor: more.append("dtmfmode=info")
        case .qualified where isDoor: more += ["qualify=yes", "qualifyfreq=1"]
        case .encrypted where isDoor: more.append("encryption=yes")
        default: break
        }
        if seat.kind != .direct { more.append("directmedia=no") }
        if seat.kind != .timers || !isDoor { more.append("session-timers=accept") }
        if seat.kind != .info || !isDoor { more.append("dtmfmode=rfc2833") }
        return """
            [\(number)]
            type=friend
            host=dynamic
            context=house
            secret=\(Seat.password)
            callerid="House \(number)" <\(number)>
            disallow=all
            allow=alaw,ulaw,g722
            nat=force_rport,comedia
            namedcallgroup=\(seat.digits)
            namedpickupgroup=\(seat.digits)
            mailbox=\(number)@default
            \(more.joined(separator: "\n"))


            """
    }
}
