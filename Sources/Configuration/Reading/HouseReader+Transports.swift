extension HouseReader {
    /// The transports of `[sip]`, and what TLS needs.
    func readTransports(_ table: inout TableReader) {
        let transports = table.list("transports", .oneOf) as [HouseConfiguration.Transport]?
        if let port = table.value("tls_port", .integer(1...65535)) { house.sip.tlsPort = UInt16(port) }
        house.sip.tls.certificate = document("tls_certificate_file", holding: "CERTIFICATE", in: &table)
        house.sip.tls.authorities = document("tls_authorities_file", holding: "CERTIFICATE", in: &table)
        let inline = table.value("tls_key", .anyText, isSecret: true)
        house.sip.tls.key = (secretText("tls_key", in: &table) ?? inline).map { Secret($0) }
        if let minimum = table.value("tls_minimum", .oneOf) as HouseConfiguration.TLS.Version? { house.sip.tls.minimum = minimum }
        checkTLS(transports, table)
        guard let transports else {
            if house.sip.tls.certificate != nil { house.sip.transports.append(.tls) }
            return
        }
        if transports.isEmpty || Set(transports).count < transports.count {
            report.add(
                table.position(of: "transports"), "\(table.name(of: "transports")) is empty, wrong, or has one twice",
                expected: "at least one")
        }
        house.sip.transports = transports
    }

    private func checkTLS(_ transports: [HouseConfiguration.Transport]?, _ table: TableReader) {
        let hasCertificate = table.has("tls_certificate_file")
        let hasKey = ["tls_key", "tls_key_file", "tls_key_credential"].contains(where: table.has)
        if hasCertificate != hasKey {
            report.add(
                table.position, "\(table.path) has \(hasKey ? "a TLS key but no certificate" : "a TLS certificate but no key")",
                expected: "tls_certificate_file with tls_key_file or tls_key_credential")
        } else if transports?.contains(.tls) == true, !hasCertificate {
            report.add(
                table.position(of: "transports"), "\(table.path) listens by TLS without a certificate",
                expected: "tls_certificate_file and tls_key_file")
        }
        if let key = house.sip.tls.key?.revealed, !key.contains("PRIVATE KEY-----") {
            report.add(table.position, "the TLS key is none", expected: "a private key in PEM, without a password")
        }
    }

    /// The text of a file that need not be secret; reported when it cannot be had or holds nothing of that kind in PEM.
    private func document(_ key: String, holding kind: String, in table: inout TableReader) -> String? {
        guard let path = table.value(key, .text) else { return nil }
        let position = table.position(of: key)
        do throws(SecretError) {
            let text = String(decoding: try secrets.document(path), as: UTF8.self)
            if text.contains("-----BEGIN \(kind)-----") { return text }
            report.add(position, "the file \"\(path)\" holds no \(kind.lowercased())", expected: "PEM")
        } catch {
            let (what, _) = Self.words(for: error)
            report.add(position, "the file \"\(path)\" \(what)", expected: "a file in PEM")
        }
        return nil
    }
}
