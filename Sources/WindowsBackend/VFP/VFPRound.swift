/// What one scrape reads of VFP, within a number of processes.
struct VFPRound {
    private let vfp: any VFPTransport
    private let budget: Int
    private let readsRules: Bool
    private(set) var started = 0
    private(set) var rows: [(OwnedEndpoint, CounterRow<VFPCounter>)] = []
    private(set) var rules: [(OwnedEndpoint, [VFPRuleCounters.Rule])] = []
    /// Endpoints whose turn it was, whatever came of it.
    private(set) var asked: [String] = []
    private(set) var unreadable = UnreadableValues()
    private(set) var failed = 0
    private(set) var firstError: (any Error)?

    init(_ vfp: any VFPTransport, budget: Int, readsRules: Bool) {
        self.vfp = vfp
        self.budget = budget
        self.readsRules = readsRules
    }

    /// Whether another port can be read.
    var goesOn: Bool { started + (readsRules ? 2 : 1) <= budget }

    /// Asks vfpctrl for its list only where some endpoint's port is not known yet. Without an answer those
    /// that are known will do.
    mutating func ports(of list: EndpointReader.List, known: VFPPortMap) -> VFPPortMap {
        if list.endpoints.allSatisfy({ known.port(of: $0.endpoint) != nil }) { return known }
        started += 1
        do {
            let ports = try VFPPortList(parsing: vfp.ask(.ports))
            unreadable += ports.unreadable
            return VFPPortMap(ports.ports)
        } catch {
            fail(error)
            return known
        }
    }

    mutating func read(_ port: GUID, of endpoint: OwnedEndpoint) {
        asked.append(endpoint.endpoint.key)
        if let bytes = ask(.counters(of: port)) {
            do {
                let counters = try VFPPortCounters(parsing: bytes)
                unreadable += counters.unreadable
                rows.append((endpoint, counters.row))
            } catch {
                fail(error)
            }
        }
        if readsRules, let bytes = ask(.ruleCounters(of: port)) {
            do {
                let counters = try VFPRuleCounters(parsing: bytes)
                unreadable += counters.unreadable
                rules.append((endpoint, counters.rules))
            } catch {
                fail(error)
            }
        }
    }

    /// Nil for a failure, and for a port that is gone since HNS listed it: the next list will say so.
    private mutating func ask(_ request: VFPRequest) -> [UInt8]? {
        started += 1
        do {
            return try vfp.ask(request)
        } catch {
            if !error.isNotFound { fail(error) }
            return nil
        }
    }

    private mutating func fail(_ error: any Error) {
        failed += 1
        firstError = firstError ?? error
    }
}
