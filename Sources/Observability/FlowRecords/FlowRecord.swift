import MetricSchema

/// A flow as people and programs are told of it.
package struct FlowRecord: Sendable, Equatable, Codable {
    /// One of the two who talk, by the names of the time when it was judged.
    package struct Peer: Sendable, Equatable, Codable {
        package let address: String
        /// Nil for whoever is no pod, and where there is no cluster.
        package let namespace: String?
        /// A pod, or who else: `reserved:world`, `service:NAME`, `node:NAME`.
        package let name: String
        package let workloadKind: String?
        package let workload: String?

        init(_ address: IPAddress, _ identity: Identity) {
            self.address = address.description
            namespace = identity.namespace.isEmpty ? nil : identity.namespace
            name = identity.pod
            workloadKind = identity.workload?.kind
            workload = identity.workload?.name
        }
    }

    /// What network policies say of a flow.
    package struct Policy: Sendable, Equatable, Codable {
        /// `denied`, `allowed`, `unselected` or `unknown`.
        package let verdict: String
        /// Of the policies that deny it: `egress` are the client's, `ingress` the server's.
        package let direction: String?
        /// All of that pod's namespace that select it in that direction, in alphabetical order; none allows the flow.
        package let policies: [String]?
        /// From the policies' text, and not told by what enforces them.
        package let isComputed: Bool

        package init(_ judgement: PolicyJudgement) {
            isComputed = true
            switch judgement {
            case .denied(let end, let names):
                verdict = "denied"
                direction = end.policyDirection.rawValue
                policies = names
            case .notDenied(let acquittal):
                verdict = acquittal.rawValue
                direction = nil
                policies = nil
            }
        }
    }

    package let client: Peer
    package let server: Peer
    /// `tcp`, `udp`, `sctp`, `icmp` or `other`.
    package let `protocol`: String
    /// The server's.
    package let port: UInt16?
    /// `client` or `server`: whose packets they were, going out or coming in, or whose connection failed.
    package let lostAt: String?
    /// `egress` or `ingress`: which way the packets went, as that one sees it.
    package let direction: String
    /// What `count` counts: `packets` that were dropped, or `connections` that failed.
    package let lost: String
    package let reason: String
    package let policy: Policy
    package let count: UInt64
    /// Seconds since 1970.
    package let firstSeen: Double
    package let lastSeen: Double

    package init(_ flow: LostFlow, count: UInt64, firstSeen: Double, lastSeen: Double) {
        client = Peer(flow.attempt.client, flow.client)
        server = Peer(flow.attempt.server, flow.server)
        `protocol` = TransportProtocol(number: flow.attempt.protocolNumber).rawValue
        port = flow.attempt.port
        lostAt = flow.end.map { $0 == .client ? "client" : "server" }
        direction = flow.direction.rawValue
        switch flow.loss {
        case .packets(let reason):
            lost = "packets"
            self.reason = reason
        case .connections(let failure):
            lost = "connections"
            reason = failure.rawValue
        }
        policy = Policy(flow.judgement)
        self.count = count
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
    }

    /// So that those of one moment come in the same order each time.
    var order: String {
        "\(client.address) \(server.address) \(`protocol`) \(port ?? 0) \(lostAt ?? "") \(direction) \(reason)"
    }
}

/// The flows that one agent lost last, and how far that goes.
package struct FlowsDocument: Sendable, Equatable, Codable {
    /// By the agent's clock, in seconds since 1970.
    package let time: Double
    /// False where no policies are followed, and so no flows are kept.
    package let isFollowed: Bool
    /// So many flows are kept.
    package let capacity: Int
    /// And so many made room for others since the agent started.
    package let madeRoom: UInt64
    package let flows: [FlowRecord]

    package init(
        time: Double, isFollowed: Bool, capacity: Int = 0, madeRoom: UInt64 = 0,
        flows: [FlowRecord] = []
    ) {
        self.time = time
        self.isFollowed = isFollowed
        self.capacity = capacity
        self.madeRoom = madeRoom
        self.flows = flows
    }
}
