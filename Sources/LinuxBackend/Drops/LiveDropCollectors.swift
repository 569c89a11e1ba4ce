import MetricSchema
import Observability

extension LiveLinuxBackend {
    /// What the node's protocols say, once for all collectors of a scrape; and what endpoints' say, by survey.
    struct StackSources {
        let host: SharedReading<StackReading>
        let survey: NamespaceSurvey<StackReading>?

        init(_ settings: LinuxSettings, enters: Bool) {
            host = SharedReading { try StackReading.live() }
            survey = enters ? .live(settings, read: { try StackReading.live() }) : nil
        }
    }

    /// What was dropped, once for all collectors of a scrape.
    static func reading(
        of drops: LiveDropProgram, _ stack: StackSources?
    ) -> SharedReading<DropReading> {
        SharedReading {
            let host = stack.map { stack in
                Result { try stack.host.latest(for: CollectorName("drops")) }
            }
            let namespaces = stack?.survey?.readings() ?? []
            return DropReading(
                stack: host, namespaces: namespaces, rows: try drops.rows(), lost: try drops.lost())
        }
    }

    /// Collectors of drops: what the drop program sees, and what it does not.
    static func drops(
        _ drops: LiveDropProgram, _ reading: SharedReading<DropReading>,
        reasons: DropReasonNames, symbols: KernelSymbols, board: EndpointBoard,
        countsListeners: Bool, _ followers: inout [any EndpointFollower],
        _ capabilities: inout [Capability]
    ) throws -> [any Collector] {
        followers.append(drops)
        var collectors: [any Collector] = [
            DropCollector(board: board, reasons: reasons, symbols: symbols) {
                try reading.latest(for: $0)
            },
            try DeviceDropCollector.live(),
            NetfilterDropCollector(board: board, symbols: symbols) {
                (try drops.netfilterRows(), try drops.lostHooks())
            },
        ]
        guard countsListeners else { return collectors }
        let source =
            reasons.listenOverflow.map { ListenOverflows.Source.reason($0) } ?? .functions(symbols)
        capabilities.append(
            Capability(
                "refused SYNs as drops",
                missing: source.isExact
                    ? nil
                    : "the drop reason tcp_listen_overflow; only those are counted that are certain"
            ))
        // The other way round than later, so that nothing in between counts.
        let before = ListenOverflows(try drops.rows(), by: source)
        let listeners = ListenDropCollector(
            board: board, source: source, before: before, host: try StackReading.live()
        ) {
            try reading.latest(for: $0)
        }
        followers.append(listeners)
        collectors.append(listeners)
        return collectors
    }
}
