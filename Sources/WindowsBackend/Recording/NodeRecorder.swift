/// Asks every transport of a node everything there is, once, in the layout that recordings have
/// (Tests/Fixtures/windows/README.md).
package struct NodeRecorder {
    /// What came of one call.
    package struct Call: Sendable {
        /// The name of the file in the recording.
        package let file: String
        package let answer: RecordedNode.Answer
        /// For people.
        package let call: String
        package let duration: Duration
    }

    private let transports: WindowsTransports
    private let wait: () -> Void
    private let keep: (Call) throws -> Void

    /// `keep` gets each answer as it comes. `wait` is called while the packet monitor and events are listened
    /// to.
    package init(
        _ transports: WindowsTransports, wait: @escaping () -> Void,
        keep: @escaping (Call) throws -> Void
    ) {
        self.transports = transports
        self.wait = wait
        self.keep = keep
    }

    /// Blocks while it asks. Fails only where `keep` does.
    package func record() throws {
        try recordPrograms()
        let compartments = try recordHNS().union(recordHCN())
        try recordIPHelper([nil] + compartments.sorted())
        for set in PerfSet.allCases {
            try ask(set.file, set.call) { () throws(WindowsCallError) in
                try transports.perf.read(set)
            }
        }
        try recordStreams()
    }

    // MARK: Sources

    private func recordPrograms() throws {
        for request in PktmonRequest.allCases {
            try ask(request.file, request.commandLine) { () throws(WindowsCallError) in
                try transports.pktmon.ask(request)
            }
        }
        let ports = try ask(VFPRequest.ports.file, VFPRequest.ports.commandLine) {
            () throws(WindowsCallError) in try transports.vfp.ask(.ports)
        }
        for port in (try? VFPPortList(parsing: ports ?? []))?.ports ?? [] {
            for request in [
                VFPRequest.counters(of: port.name), .rules(of: port.name),
                .ruleCounters(of: port.name), .flowStatistics(of: port.name),
            ] {
                try ask(request.file, request.commandLine) { () throws(WindowsCallError) in
                    try transports.vfp.ask(request)
                }
            }
        }
    }

    /// Gives back the network compartments of containers.
    private func recordHNS() throws -> Set<UInt32> {
        var endpoints: [UInt8]?
        var compartments: Set<UInt32> = []
        for path in [
            "/endpoints/", "/networks/", "/policylists/", "/namespaces/", "/globals/version",
        ] {
            let answer = try ask(path)
            if path == "/endpoints/" { endpoints = answer }
            if path == "/namespaces/", let answer,
                let fields = try? HNSFields(parsing: answer, from: "GET \(path)"),
                case .array(let list)? = fields.value
            {
                compartments = Set(list.compactMap(Self.compartment))
            }
        }
        guard let endpoints,
            let fields = try? HNSFields(parsing: endpoints, from: "GET /endpoints/"),
            case .array(let list)? = fields.value
        else { return compartments }
        for endpoint in list {
            if case .string(let id)? = endpoint["ID"], GUID(id) != nil {
                _ = try ask("/endpointstats/\(id)")
            }
        }
        return compartments
    }

    /// Of a container that a namespace is for.
    private static func compartment(_ namespace: JSONValue) -> UInt32? {
        var unreadable = UnreadableValues()
        guard let namespace = HNSNamespace(namespace, noting: &unreadable), !namespace.isGuest,
            let number = namespace.compartment, number > NetworkCompartment.host
        else { return nil }
        return number
    }

    /// Gives back the network compartments of containers.
    private func recordHCN() throws -> Set<UInt32> {
        var compartments: Set<UInt32> = []
        for kind in HCNKind.allCases {
            let list = try ask(kind.listFile, kind.listCall) { () throws(WindowsCallError) in
                try transports.hcn.list(kind)
            }
            guard let list, case .array(let ids)? = try? JSONValue(parsing: list) else { continue }
            for case .string(let text) in ids {
                guard let id = GUID(text) else { continue }
                let document = try ask(kind.file(id), kind.propertiesCall(id)) {
                    () throws(WindowsCallError) in try transports.hcn.properties(of: kind, id)
                }
                if kind == .namespaces, let document, let value = try? JSONValue(parsing: document),
                    let compartment = Self.compartment(value)
                {
                    compartments.insert(compartment)
                }
            }
        }
        return compartments
    }

    private func recordIPHelper(_ compartments: [UInt32?]) throws {
        for compartment in compartments {
            for table in IPHelperTable.allCases {
                try ask(table.file(in: compartment), table.call(in: compartment)) {
                    () throws(WindowsCallError) in
                    try transports.ipHelper.read(table, compartment: compartment)
                }
            }
        }
    }

    /// What is listened to begins with the first reading.
    private func recordStreams() throws {
        let listens = EventProvider.allCases.filter {
            (try? transports.events.records(of: $0)) != nil
        }
        let hasPackets = (try? transports.packets.records()) != nil
        if !listens.isEmpty || hasPackets { wait() }
        for provider in EventProvider.allCases {
            try ask(provider.file, provider.call) { () throws(WindowsCallError) in
                try transports.events.records(of: provider)
            }
        }
        try ask("pktmon/stream.hex", "the packet monitor's stream") { () throws(WindowsCallError) in
            try transports.packets.records()
        }
    }

    // MARK: Asking

    private func ask(_ path: String) throws -> [UInt8]? {
        try ask(ReplayingHNS.file(path), "HNSCall(GET \(path))") { () throws(WindowsCallError) in
            do throws(HNSError) {
                return try transports.hns.call("GET", path)
            } catch {
                guard case .result(let result) = error.cause else {
                    throw WindowsCallError("HNSCall", .result(.invalidData))
                }
                throw WindowsCallError("HNSCall", .result(result))
            }
        }
    }

    @discardableResult
    private func ask(
        _ file: String, _ call: String, _ body: () throws(WindowsCallError) -> [UInt8]
    ) throws -> [UInt8]? {
        let start = ContinuousClock.now
        var bytes: [UInt8]?
        let answer: RecordedNode.Answer
        do {
            let said = try body()
            bytes = said
            answer = .bytes(said)
        } catch {
            answer = .failure(error.cause)
        }
        try keep(
            Call(file: file, answer: answer, call: call, duration: ContinuousClock.now - start))
        return bytes
    }
}
