package import MetricSchema
package import Observability
import Synchronization

/// The endpoints that numbers exist for, as the collectors see them.
package final class EndpointBoard: Sendable {
    package struct Row: Sendable, Equatable {
        package let number: UInt16
        package let owner: AttachmentPlan.Owner
        /// Who it turned out to be; kept until the number is forgotten.
        package var name: EndpointName?
        package var links: [String]
        /// When it vanished; its last numbers stay for a while.
        package var retired: ContinuousClock.Instant?

        package init(
            number: UInt16, owner: AttachmentPlan.Owner, name: EndpointName? = nil, links: [String],
            retired: ContinuousClock.Instant? = nil
        ) {
            self.number = number
            self.owner = owner
            self.name = name
            self.links = links
            self.retired = retired
        }

        /// No two rows that are pods have the same.
        package var identity: Identity { name?.identity ?? owner.identity }
    }

    private let state = Mutex<[Row]>([])

    package init() {}

    package var rows: [Row] { state.withLock { $0 } }

    /// The endpoints that are not the node itself, by number.
    var podIdentities: [UInt16: Identity] {
        let numbered = rows.map { ($0.number, $0.identity) }
        return Dictionary(
            numbered.filter { $0.1 != .node }, uniquingKeysWith: { first, _ in first })
    }

    package func replace(_ rows: [Row]) {
        state.withLock { $0 = rows }
    }
}
