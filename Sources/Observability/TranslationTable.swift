import Synchronization

/// Translated connections that are going on, by what their local end sees of them. Bounded: the ones seen last
/// are remembered, up to twice `capacity`, and none for longer than two dumps of the connection table after it
/// was there last.
package final class TranslationTable: Sendable {
    /// Remembered since a dump began, or since there was no more room.
    private struct Generation {
        /// By connection -> place in `reals`.
        var connections: [UInt64: UInt32] = [:]
        /// By connection without the client's port, as flows are that were evicted from the cache.
        var folded: [UInt64: UInt32] = [:]
        var apparent: Set<IPAddress> = []
        var reals: [IPAddress] = []
        var places: [IPAddress: UInt32] = [:]
        /// Stands for a place in `folded` where connections went to different ends.
        static let several = UInt32.max

        mutating func remember(_ translation: Translation) {
            let connection = Connection(translation)
            let place = place(of: translation.real)
            connections[connection.fingerprint] = place
            apparent.insert(translation.apparent)
            let folded = connection.folded.fingerprint
            if let known = self.folded[folded], known != place {
                self.folded[folded] = Self.several
            } else {
                self.folded[folded] = place
            }
        }

        private mutating func place(of real: IPAddress) -> UInt32 {
            if let place = places[real] { return place }
            let place = UInt32(reals.count)
            reals.append(real)
            places[real] = place
            return place
        }

        /// Nil where it is not remembered.
        func real(_ connection: Connection) -> IPAddress? {
            connections[connection.fingerprint].map { reals[Int($0)] }
        }

        /// Nil where nothing is remembered, `.some(nil)` where there are several.
        func realOfAll(_ connection: Connection) -> IPAddress?? {
            folded[connection.fingerprint].map { $0 == Self.several ? nil : reals[Int($0)] }
        }
    }

    private struct State {
        var young = Generation()
        var old = Generation()

        mutating func rotate() {
            old = young
            young = Generation()
        }
    }

    private let capacity: Int
    private let state = Mutex(State())

    package init(capacity: Int) {
        self.capacity = capacity
    }

    package func remember(_ translations: [Translation]) {
        state.withLock { state in
            for translation in translations {
                if state.young.connections.count >= capacity { state.rotate() }
                state.young.remember(translation)
            }
        }
    }

    /// A dump of everything that is going on begins: what it does not find again is forgotten by the next.
    package func beginDump() {
        state.withLock { $0.rotate() }
    }

    package var count: Int {
        state.withLock { $0.young.connections.count + $0.old.connections.count }
    }

    /// Who is at the other end of each flow; nil where no connection is translated, so that each peer is who it
    /// seems.
    package func peers(of flows: [FlowDelta]) -> [Peer]? {
        state.withLock { state in
            if state.young.apparent.isEmpty && state.old.apparent.isEmpty { return nil }
            return flows.map { peer(of: $0, in: state) }
        }
    }

    private func peer(of flow: FlowDelta, in state: borrowing State) -> Peer {
        let seen = flow.peer
        guard state.young.apparent.contains(seen) || state.old.apparent.contains(seen) else {
            return .address(seen)
        }
        let connection = Connection(flow)
        if connection.isFolded {
            // Both count: a connection of the old generation may be the one that was evicted.
            let all = [state.young.realOfAll(connection), state.old.realOfAll(connection)]
                .compactMap { $0 }
            if let first = all.first, let real = first, all.allSatisfy({ $0 == real }) {
                return .address(real)
            }
        } else if let real = state.young.real(connection) ?? state.old.real(connection) {
            return .address(real)
        }
        return .behind(seen)
    }
}

/// A connection as one end sees it.
private struct Connection {
    var protocolNumber: UInt8
    var local: IPAddress
    var peer: IPAddress
    var localPort: UInt16
    var peerPort: UInt16

    init(_ translation: Translation) {
        protocolNumber = translation.protocolNumber
        local = translation.local
        peer = translation.apparent
        localPort = translation.localPort
        peerPort = translation.apparentPort
    }

    init(_ flow: FlowDelta) {
        let sent = flow.direction == .egress
        protocolNumber = flow.protocolNumber
        local = sent ? flow.source : flow.destination
        peer = flow.peer
        localPort = sent ? flow.sourcePort : flow.destinationPort
        peerPort = sent ? flow.destinationPort : flow.sourcePort
    }

    var isFolded: Bool { localPort == 0 || peerPort == 0 }

    /// Without the higher port, as the packet program folds what it evicts.
    var folded: Connection {
        var folded = self
        guard protocolNumber == 6 || protocolNumber == 17, !isFolded else { return folded }
        if localPort > peerPort {
            folded.localPort = 0
        } else if peerPort > localPort {
            folded.peerPort = 0
        }
        return folded
    }

    /// 64 bits that stand for it: of a hundred thousand, two are alike once in billions of runs.
    var fingerprint: UInt64 {
        var hash: UInt64 = 0x2545_f491_4f6c_dd1d
        let ports = UInt64(protocolNumber) << 32 | UInt64(localPort) << 16 | UInt64(peerPort)
        for word in [local.high, local.low, peer.high, peer.low, ports] {
            hash ^= word
            hash = (hash ^ (hash >> 32)) &* 0xd6e8_feb8_6659_fd93
            hash = (hash ^ (hash >> 29)) &* 0x9fb2_1c65_1e98_df25
        }
        return hash ^ (hash >> 32)
    }
}
