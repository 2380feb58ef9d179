import Base

/// Requests that a transaction derives from its own: the ACK to a refusal, and CANCEL.
extension Request {
    /// The ACK to a 300 to 699: same branch, the To of the response (RFC 3261 §17.1.1.3).
    public func acknowledging(refusal response: Message) -> Request {
        derived(.ack, to: response.header("To"))
    }

    /// The CANCEL of this request: same branch, no bodies and no credentials (RFC 3261 §9.1).
    public var cancelling: Request { derived(.cancel, to: nil) }

    private func derived(_ method: Method, to: String?) -> Request {
        var fields: [HeaderField] = []
        var hasVia = false
        for field in headers {
            switch field.name {
            case "Via" where !hasVia:
                hasVia = true
                fields.append(field)
            case "Route", "From", "Call-ID", "Max-Forwards":
                fields.append(field)
            case "To":
                fields.append(HeaderField(name: "To", value: to ?? field.value))
            case "CSeq":
                let number = field.value.prefix { $0 != " " }
                fields.append(HeaderField(name: "CSeq", value: "\(number) \(method.description)"))
            default:
                break
            }
        }
        return Request(method: method, uri: uri, headers: fields)
    }
}
