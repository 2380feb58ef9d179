import Base
import Runtime
import SIP
import Telephony

/// What comes by TCP and TLS, and what becomes of connections.
extension PhoneLine {
    func handle(_ event: StreamTransport.Event) {
        switch event {
        case .message(let bytes, let hop, let local):
            perform(agent.receive(bytes, from: hop, to: local, at: loop.now))
        case .unframed(let error, let hop):
            perform(agent.unframed(error, from: hop, at: loop.now))
        case .closed(let hop, let failure, let wasAccepted):
            if wasAccepted || failure == .ended {
                log.debug("connection-closed", ["with": hop, "why": failure])
            } else {
                log.warning("connection-failed", ["with": hop, "name": hop.serverName ?? "-", "why": failure])
            }
            perform(agent.failed(hop, at: loop.now))
        }
    }

    /// Our addresses or routes are others than before: connections from where we no longer are lead nowhere.
    func moved() {
        log.notice("addresses-changed")
        streams.moved(localAddress)
        perform(agent.moved(at: loop.now))
    }
}
