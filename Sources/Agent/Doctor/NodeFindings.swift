#if os(Linux)
    package import LinuxBackend

    extension Finding {
        /// What a node is made of, held against what the agent needs of it.
        package static func of(_ facts: NodeFacts) -> [Finding] {
            var findings = [kernel(facts.kernel), types(facts)] + rights(facts.capabilities)
            findings += interfaces(facts)
            findings += namespaces(facts)
            findings += [table(facts.connections), clock(facts.clockIsKept)]
            return findings
        }

        private static func kernel(_ release: String) -> Finding {
            let parts = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
            guard parts.count == 2 else {
                return .warn(
                    "kernel", "'\(release)' is no version that is understood",
                    meaning: "What it offers is seen from the checks below.",
                    advice: "Look at those.")
            }
            let version = (parts[0], parts[1])
            if version < (5, 10) {
                return .fail(
                    "kernel", release, meaning: "Nothing older than Linux 5.10 was tried.",
                    advice: "Use Linux 5.10 or newer.")
            }
            if version < (5, 17) {
                return .warn(
                    "kernel", release,
                    meaning:
                        "Before Linux 5.17 drops have no reasons: the kernel function that dropped the packet stands for one.",
                    advice: "Linux 6.10 and newer has everything.")
            }
            return .ok("kernel", release)
        }

        private static func types(_ facts: NodeFacts) -> Finding {
            facts.describesItsTypes
                ? .ok("kernel types (BTF)", "/sys/kernel/btf/vmlinux can be read")
                : .fail(
                    "kernel types (BTF)", "/sys/kernel/btf/vmlinux cannot be read",
                    meaning: "Drops and TCP sockets cannot be counted.",
                    advice:
                        "Use a kernel built with CONFIG_DEBUG_INFO_BTF, and let the agent see /sys."
                )
        }

        private static func rights(_ held: Set<String>) -> [Finding] {
            let uses: [(name: String, without: String)] = [
                ("BPF", "No packets, flows, drops, DNS, or TCP sockets."),
                ("PERFMON", "No packets, flows, drops, DNS, or TCP sockets."),
                ("NET_ADMIN", "No packets, flows, DNS, connection tables, or nftables rules."),
                ("SYSLOG", "Drops do not say in which function or netfilter hook they happened."),
                ("SYS_ADMIN", "No sockets and protocol counters of pods."),
            ]
            return uses.map { name, without in
                // Linux takes SYS_ADMIN for these two.
                let stands = ["BPF", "PERFMON"].contains(name) && held.contains("SYS_ADMIN")
                if held.contains(name) || stands { return .ok("CAP_\(name)", "held") }
                return .warn(
                    "CAP_\(name)", "not held", meaning: without,
                    advice: "Run as root, or add \(name) to linux.capabilities of the chart.")
            }
        }

        private static func interfaces(_ facts: NodeFacts) -> [Finding] {
            if let problem = facts.interfaceProblem {
                return [
                    .fail(
                        "interfaces", problem, meaning: "Nothing can be counted at.",
                        advice: "Netlink has to be allowed (seccomp).")
                ]
            }
            var findings = facts.missingUplinks.map { name in
                Finding.fail(
                    "uplink \(name)", "no interface has this name",
                    meaning: "The node's own traffic there is not counted.",
                    advice: "Correct packets.uplinks, or leave it away to have them found.")
            }
            if !facts.uplinks.isEmpty {
                findings.append(.ok("uplinks", facts.uplinks.joined(separator: ", ")))
            } else if facts.missingUplinks.isEmpty {
                findings.append(
                    .warn(
                        "uplinks", "none was found",
                        meaning: "fovea_node_forward_… and the node's DNS and TCP are absent.",
                        advice: "Name them with packets.uplinks."))
            }
            findings.append(
                .ok("endpoints", "\(facts.endpointLinks) links into other network namespaces"))
            return findings
        }

        private static func namespaces(_ facts: NodeFacts) -> [Finding] {
            let there = facts.folders.filter { $0.namespaces != nil }
            if there.isEmpty {
                let names = facts.folders.map(\.path).joined(separator: ", ")
                return [
                    .warn(
                        "network namespaces", "no folder of \(names)",
                        meaning: "Pods are found by their processes only, and named by them.",
                        advice:
                            "Mount the folder that the container runtime keeps them in, and name it in endpoints.namespace-directories."
                    )
                ]
            }
            return there.map { .ok($0.path, "\($0.namespaces ?? 0) network namespaces") }
        }

        private static func table(_ connections: NodeFacts.Connections?) -> Finding {
            guard let connections else {
                return .ok("connection table", "none: nothing has connections tracked here")
            }
            let found = "\(connections.entries) of \(connections.limit) connections"
            // In tenths, without a product that could overflow.
            if connections.entries / 9 * 10 < connections.limit {
                return .ok("connection table", found)
            }
            return .warn(
                "connection table", found,
                meaning: "It is nearly full; then packets of new connections are dropped.",
                advice: "Raise net.netfilter.nf_conntrack_max.")
        }

        /// What is measured is not of this clock; what is written down is.
        private static func clock(_ isKept: Bool?) -> Finding {
            if isKept == true { return .ok("time server", "the kernel's clock is kept by one") }
            return .warn(
                "time server",
                isKept == nil ? "the kernel does not say" : "none keeps the kernel's clock",
                meaning:
                    "Logs of nodes do not line up, and tokens and certificates may be refused.",
                advice: "Run chrony, systemd-timesyncd or another on the node.")
        }
    }
#endif
