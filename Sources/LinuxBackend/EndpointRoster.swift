import MetricSchema
import Observability

/// Gives endpoints their numbers, and takes them back when nothing refers to them any more. Number 0 is
/// never given: the programs use it for what belongs to no endpoint.
struct EndpointRoster {
    private(set) var rows: [AttachmentPlan.Owner: EndpointBoard.Row] = [:]
    private var free: [UInt16]

    /// `capacity` counts number 0.
    init(capacity: Int) {
        free = (1..<UInt16(capacity)).reversed()
    }

    /// The owner's number, old or new; nil where all are taken.
    mutating func number(for owner: AttachmentPlan.Owner) -> UInt16? {
        if let row = rows[owner] {
            rows[owner]?.retired = nil
            return row.number
        }
        guard let number = free.popLast() else { return nil }
        rows[owner] = EndpointBoard.Row(number: number, owner: owner, links: [])
        return number
    }

    mutating func set(links: [String], of owner: AttachmentPlan.Owner) {
        rows[owner]?.links = links
    }

    /// Whether an owner may be called so, whose row it is that has to go first. A pod is one endpoint at a time: who
    /// comes while another has the name waits until that one is gone, and is its successor only as another object of
    /// the same name, for else its address may still be listed as the old one's.
    enum Naming: Equatable {
        case done, waits
        case succeeds(EndpointBoard.Row)
    }

    mutating func name(_ owner: AttachmentPlan.Owner, _ name: EndpointName) -> Naming {
        guard let row = rows[owner], row.name != name else { return .done }
        let holder = rows.values.first { $0.owner != owner && $0.identity == name.identity }
        if let holder {
            guard holder.retired != nil, let held = holder.name, held.object != name.object else {
                return .waits
            }
            return .succeeds(holder)
        }
        rows[owner]?.name = name
        return .done
    }

    /// Marks everybody who is not present, and returns who has been gone for longer than the grace. An
    /// uplink keeps its number for good: the node's totals must not go back when a cable is pulled.
    mutating func retire(
        allBut present: Set<AttachmentPlan.Owner>, now: ContinuousClock.Instant
    ) -> [EndpointBoard.Row] {
        for owner in rows.keys where !present.contains(owner) && rows[owner]?.retired == nil {
            rows[owner]?.retired = now
        }
        return rows.values.filter { row in
            guard case .namespace = row.owner, let retired = row.retired else { return false }
            return retired + SeriesLifetime.grace <= now
        }
    }

    mutating func release(_ row: EndpointBoard.Row) {
        rows[row.owner] = nil
        free.append(row.number)
    }
}
