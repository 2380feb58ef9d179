import Foundation
import Rig

/// A registrar that takes everybody, so that the board has somewhere to register.
final class Registrar: @unchecked Sendable {
    private let peer: UDPPeer
    var address: String { "\(peer.address):\(peer.port)" }

    init(address: String, port: UInt16) throws {
        peer = try UDPPeer(address: address, port: port)
        Thread.detachNewThread { [self] in serve() }
    }

    private func serve() {
        while true {
            guard let request = peer.receive(within: 3_600), request.firstLine.hasPrefix("REGISTER ") else { continue }
            let contacts = request.lines(of: "Contact").map { $0 + ";expires=600" }
            peer.send(request.response("200 OK", contacts), to: request.host, request.port)
        }
    }
}
