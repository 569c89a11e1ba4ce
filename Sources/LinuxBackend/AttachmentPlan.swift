package import MetricSchema
package import Observability

/// Where packets are counted, and for whom: what follows from the links and namespaces of this moment.
package struct AttachmentPlan: Sendable, Equatable {
    /// One place that counts, by who it counts for.
    package enum Owner: Hashable, Sendable {
        /// A network namespace, counted at the host's end of its links. Made anew under the same name it is
        /// the same endpoint, as its series are the same series.
        case namespace(String)
        /// A way out of the node.
        case uplink(String)

        package var identity: Identity {
            switch self {
            case .namespace(let name): Identity(pod: name)
            case .uplink: .node
            }
        }
    }

    package struct Point: Sendable, Equatable {
        package let ifindex: UInt32
        package let name: String
        package let owner: Owner
        /// Inode of the namespace at the other end; nil for an uplink.
        package let namespace: UInt32?
        package let marks: InterfaceMarks
    }

    package let points: [Point]
    /// Addresses of each owner that has any.
    package let addresses: [Owner: [IPAddress]]
    /// The file that stands for each point's namespace, by inode.
    package let namespacePaths: [UInt32: String]

    /// `uplinks` names the uplinks outright; nil finds them: hardware, bonds of hardware, and what the
    /// default route leaves by unless that stands on one of them. An uplink is nobody's endpoint, whatever
    /// namespace is at its other end: a node may itself be a container.
    package init(
        links: [Link], namespaces: [NetworkNamespace], hardware: Set<String>,
        defaultRoutes: Set<UInt32>,
        uplinks: [String]?
    ) {
        var points: [Point] = []
        var addresses: [Owner: [IPAddress]] = [:]
        var paths: [UInt32: String] = [:]
        let byNumber = Dictionary(
            namespaces.compactMap { namespace in namespace.number.map { ($0, namespace) } },
            uniquingKeysWith: { first, _ in first })
        for link in links
        where !(uplinks?.contains(link.name) ?? defaultRoutes.contains(link.ifindex)) {
            guard let number = link.lowerNamespace, let namespace = byNumber[number] else {
                continue
            }
            let owner = Owner.namespace(namespace.name)
            points.append(
                Point(
                    ifindex: link.ifindex, name: link.name, owner: owner,
                    namespace: namespace.inode,
                    marks: link.isEthernet ? .hostSide : [.hostSide, .layer3]))
            addresses[owner, default: []] += namespace.addresses
            paths[namespace.inode] = namespace.path
        }
        let taken = Set(points.map(\.ifindex))
        let chosen =
            uplinks.map { names in links.filter { names.contains($0.name) } }
            ?? Self.uplinks(
                among: links.filter { !taken.contains($0.ifindex) && !$0.isLoopback },
                hardware: hardware, defaultRoutes: defaultRoutes)
        for link in chosen where !taken.contains(link.ifindex) {
            points.append(
                Point(
                    ifindex: link.ifindex, name: link.name, owner: .uplink(link.name),
                    namespace: nil,
                    marks: link.isEthernet ? [] : .layer3))
        }
        self.points = points
        self.addresses = addresses
        namespacePaths = paths
    }

    private static func uplinks(
        among links: [Link], hardware: Set<String>, defaultRoutes: Set<UInt32>
    ) -> [Link] {
        let byIndex = Dictionary(
            links.map { ($0.ifindex, $0) }, uniquingKeysWith: { first, _ in first })
        var chosen: Set<UInt32> = []
        for link in links where hardware.contains(link.name) {
            // The parts of a bond carry the bond's packets; counting both would count them twice.
            let master = link.master.flatMap { byIndex[$0] }
            if let master, master.kind == "bond" || master.kind == "team" {
                chosen.insert(master.ifindex)
            } else {
                chosen.insert(link.ifindex)
            }
        }
        let physical = chosen
        for ifindex in defaultRoutes where byIndex[ifindex] != nil {
            let below = Self.devices(below: ifindex, among: links, byIndex)
            if below.isDisjoint(with: physical) { chosen.insert(ifindex) }
        }
        return links.filter { chosen.contains($0.ifindex) }
    }

    /// What a device's packets go through: the device under a VLAN or tunnel, the ports of a bridge, and so on
    /// down.
    private static func devices(
        below ifindex: UInt32, among links: [Link], _ byIndex: [UInt32: Link]
    ) -> Set<UInt32> {
        var found: Set<UInt32> = []
        var next = [ifindex]
        while let current = next.popLast() {
            if let link = byIndex[current], link.lowerNamespace == nil, let lower = link.lower,
                found.insert(lower).inserted
            {
                next.append(lower)
            }
            for port in links where port.master == current && found.insert(port.ifindex).inserted {
                next.append(port.ifindex)
            }
        }
        return found
    }
}
