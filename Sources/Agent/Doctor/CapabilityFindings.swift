package import Observability

extension Finding {
    /// Without these there is nothing to be an agent for.
    private static let essential: Set<String> = ["packet counting", "drop counting"]

    /// What the agent's own check of the system says, as the agent would say it at its start.
    package static func of(_ capability: Capability) -> Finding {
        guard let missing = capability.missing else { return .ok(capability.name, "available") }
        let absent = capability.absentMetrics
        let meaning =
            absent.isEmpty
            ? "The agent does without it."
            : "\(absent.count) metrics are absent: \(absent.prefix(3).joined(separator: ", "))"
                + (absent.count > 3 ? " and others." : ".")
        let advice =
            "docs/security.md for rights, README.md (Where it runs) for kernels; "
            + "fovea_capability_available{capability=\"\(capability.name)\"} is 0 meanwhile."
        return essential.contains(capability.name)
            ? .fail(
                capability.name, "not available: \(missing)", meaning: meaning, advice: advice)
            : .warn(
                capability.name, "not available: \(missing)", meaning: meaning, advice: advice)
    }
}
