/// What Retina is asked to be: the node alone, each pod, or each pair of source and destination.
package enum RetinaContext: String, Sendable, CaseIterable {
    case basic, local, remote
}

/// One metric of Retina's as it is in one of its modes, and what we have for it. Names, labels and modes are those of
/// microsoft/retina at 532c5aa2 (2026-08, after v1.2.6).
package struct RetinaRow: Sendable {
    package enum Mode: String, Sendable {
        /// Always there.
        case basic
        /// A series for each pod of the node.
        case local
        /// A series for each source and destination.
        case remote
        /// The same in both of the latter.
        case pods
        /// About the agent itself.
        case control = "control plane"
        /// Those of Cilium's library, on a port of their own.
        case hubble
    }

    package enum Answer: Sendable {
        case rules([RetinaRule])
        /// Another plugin of Retina writes the same metric on the same system; that one's row has the rules.
        case elsewhere(plugin: String)
        /// Why it is not written.
        case nothing(String)
    }

    package let name: String
    package let kind: MetricKind
    package let labelNames: [String]
    package let platforms: Platforms
    package let mode: Mode
    /// The part of Retina that writes it; empty where none does.
    package let plugin: String
    package let answer: Answer
    /// In what our number differs from Retina's; empty where in nothing.
    package let difference: String

    init(
        _ metric: MetricDescriptor, _ mode: Mode, on platforms: Platforms = .linux,
        by plugin: String, _ answer: Answer, difference: String = ""
    ) {
        name = metric.name
        kind = metric.kind
        labelNames = metric.labelNames
        self.platforms = platforms
        self.mode = mode
        self.plugin = plugin
        self.answer = answer
        self.difference = difference
    }

    package var rules: [RetinaRule] {
        if case .rules(let rules) = answer { rules } else { [] }
    }

    /// Whether an agent of that kind writes it.
    package func applies(on platform: Platforms, _ context: RetinaContext) -> Bool {
        guard platforms.contains(platform) else { return false }
        return switch mode {
        case .basic, .control: true
        case .local: context == .local
        case .remote: context == .remote
        case .pods: context != .basic
        case .hubble: false
        }
    }
}
