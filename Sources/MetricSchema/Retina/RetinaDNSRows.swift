// Retina's DNS metrics of pods. Ours know a message's type or, with `dns.names`, its name; not both at once.

extension Retina {
    static let podDNS: [RetinaRow] = {
        let requests = Scoped(
            "dns_request_count", ["query_type", "query"], .counter, help: "DNS queries of pods.")
        let responses = Scoped(
            "dns_response_count",
            ["return_code", "query_type", "query", "response", "num_response"],
            .counter,
            help: "DNS responses of pods.")
        let difference =
            "With dns.names there is query and query_type is unknown; without, the other way round. A message between two pods of the node is each one's."
        return requests.rows(
            of: [
                (Catalog.podDNSNameQueries.descriptor, nil),
                (Catalog.podDNSQueries.descriptor, unless: Catalog.podDNSNameQueries.descriptor),
            ], by: "dns", difference: difference, sends: { $0["role"] == "client" }
        ) { labels, _ in [type(labels), name(labels)] }
            + responses.rows(
                of: [
                    (Catalog.podDNSNameResponses.descriptor, nil),
                    (
                        Catalog.podDNSResponses.descriptor,
                        unless: Catalog.podDNSNameResponses.descriptor
                    ),
                ], by: "dns",
                difference: difference
                    + " Answers are not read: response and num_response are unknown.",
                sends: { $0["role"] == "server" }
            ) { labels, _ in
                [
                    code(labels), type(labels), name(labels), RetinaNames.unknown,
                    RetinaNames.unknown,
                ]
            }
    }()

    /// By the names that gopacket has for types, which are those of few.
    private static func type(_ labels: SeriesLabels) -> String {
        switch labels["type"] {
        case "": RetinaNames.unknown
        case "naptr", "ds", "svcb", "https", "any", "other", "none": "Unknown"
        case let type: type.uppercased()
        }
    }

    /// Retina's end in a dot.
    private static func name(_ labels: SeriesLabels) -> String {
        let name = labels["query"]
        if name.isEmpty { return RetinaNames.unknown }
        return name.hasSuffix(".") ? name : name + "."
    }

    /// Empty for those that Retina has no name for.
    private static func code(_ labels: SeriesLabels) -> String {
        let code = labels["rcode"]
        return ["notauth", "other"].contains(code) ? "" : code.uppercased()
    }
}
