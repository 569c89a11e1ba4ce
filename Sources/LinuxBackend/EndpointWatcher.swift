import Glibc
import Logging
import MetricSchema
import Observability

/// Follows links and namespaces, and keeps the programs' view of them current: which interface counts for
/// which endpoint, and who is who.
actor EndpointWatcher {
    private let packets: LivePacketProgram?
    private let traffic: LiveTrafficControl?
    private let flows: LiveFlowCache?
    private let followers: [any EndpointFollower]
    private let identities: IdentityIndex
    private let naming: (any EndpointNaming)?
    private let board: EndpointBoard
    private let namespaces: LiveNamespaces
    private let uplinks: [String]?
    private let log: Logger
    private var roster: EndpointRoster
    private var attachments: [UInt32: (point: AttachmentPlan.Point, attachment: Attachment)] = [:]
    private var places = EndpointPlaces()
    private var present = Present()
    private var known: Known?
    private var refused: Set<AttachmentPlan.Owner> = []
    private var missingUplinks: Set<String> = []

    /// What the last look at the system found.
    private struct Present {
        var addresses: [AttachmentPlan.Owner: [IPAddress]] = [:]
        var nodeAddresses: [IPAddress] = []
    }

    /// What the identity index was told last.
    private struct Known: Equatable {
        let endpoints: [Endpoint]
        let nodeAddresses: [IPAddress]
    }

    init(
        packets: LivePacketProgram?, flows: LiveFlowCache?, followers: [any EndpointFollower],
        identities: IdentityIndex, naming: (any EndpointNaming)?, board: EndpointBoard,
        settings: LinuxSettings, log: Logger
    ) {
        self.packets = packets
        traffic = packets.map { LiveTrafficControl($0, tcx: settings.tcx) }
        self.flows = flows
        self.followers = followers
        self.identities = identities
        self.naming = naming
        self.board = board
        self.log = log
        namespaces = LiveNamespaces(folders: settings.namespaceFolders)
        uplinks = settings.uplinks.isEmpty ? nil : settings.uplinks
        roster = EndpointRoster(capacity: settings.endpoints)
    }

    /// Follows changes until cancelled. Links are looked at again half a minute apart even when nothing
    /// said that they changed: a namespace can get its name after its link.
    func run(_ events: LiveLinkEvents) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in events.changes {
                    await self.synchronizeOrLog()
                    // One look for a burst of changes.
                    try? await Task.sleep(for: .milliseconds(20))
                }
            }
            group.addTask {
                while (try? await Task.sleep(for: .seconds(30))) != nil {
                    await self.synchronizeOrLog()
                }
            }
            if let naming {
                group.addTask {
                    for await _ in naming.changes {
                        await self.renameOrLog(naming)
                        // One reading of flows for a burst of changes.
                        try? await Task.sleep(for: .milliseconds(50))
                    }
                }
            }
            await group.waitForAll()
        }
    }

    /// Takes the programs off every interface.
    func detachAll() {
        for (ifindex, attached) in attachments { attached.attachment.detach(from: ifindex) }
        attachments.removeAll()
    }

    private func synchronizeOrLog() {
        do {
            try synchronize()
        } catch {
            log.error("cannot follow interfaces", metadata: ["error": "\(error)"])
        }
    }

    /// Looks at the system once and makes everything fit.
    func synchronize() throws {
        let netlink = try LiveNetlink()
        let (plan, links) = try AttachmentPlan.live(
            namespaces, uplinks: uplinks, netlink: netlink)
        for name in uplinks ?? [] where !links.contains(where: { $0.name == name }) {
            if missingUplinks.insert(name).inserted {
                log.warning("no such interface", metadata: ["packets.uplinks": "\(name)"])
            }
        }
        let nodeAddresses = try InterfaceAddress.all(in: netlink.addresses()).filter(\.namesItsHost)
        try apply(plan, nodeAddresses: nodeAddresses.map(\.address))
    }

    /// New endpoints are known before they are counted for, and counted before anything slow is done. Addresses
    /// change hands only after what was seen until now is reported: it belongs to who was there until now.
    private func apply(_ plan: AttachmentPlan, nodeAddresses: [IPAddress]) throws {
        try detachGone(keeping: Set(plan.points.map(\.ifindex)))
        let numbers = numberedOwners(of: plan)
        present = Present(
            addresses: numbers.reduce(into: [:]) { $0[$1.key] = plan.addresses[$1.key] ?? [] },
            nodeAddresses: nodeAddresses)
        identities.introduce(endpoints)
        try tellFollowers(plan, numbers)
        for point in plan.points where attachments[point.ifindex]?.point != point {
            if let number = numbers[point.owner] { count(point, for: number) }
        }
        for row in roster.retire(allBut: Set(numbers.keys), now: .now) { _ = release(row) }
        defer { showRows() }
        try tellIdentities()
        try nameEndpoints()
    }

    private func detachGone(keeping wanted: Set<UInt32>) throws {
        for (ifindex, attached) in attachments
        where !wanted.contains(ifindex) || !attached.attachment.isAlive {
            attached.attachment.detach(from: ifindex)
            attachments[ifindex] = nil
            try packets?.forget(ifindex)
            log.info("interface gone", metadata: ["interface": "\(attached.point.name)"])
        }
    }

    private func numberedOwners(of plan: AttachmentPlan) -> [AttachmentPlan.Owner: UInt16] {
        var numbers: [AttachmentPlan.Owner: UInt16] = [:]
        for owner in Set(plan.points.map(\.owner)) {
            guard let number = roster.number(for: owner) else {
                if refused.insert(owner).inserted {
                    log.error(
                        "no room for another endpoint; raise packets.endpoints",
                        metadata: ["endpoint": "\(owner.identity.pod)"])
                }
                continue
            }
            roster.set(links: plan.points.filter { $0.owner == owner }.map(\.name), of: owner)
            numbers[owner] = number
        }
        return numbers
    }

    /// An interface that only changes its owner stays attached: no packet goes by uncounted.
    private func count(_ point: AttachmentPlan.Point, for number: UInt16) {
        guard let packets, let traffic else { return }
        do {
            try packets.set(point.ifindex, endpoint: number, marks: point.marks)
            let attachment =
                try attachments[point.ifindex]?.attachment ?? traffic.attach(point.ifindex)
            attachments[point.ifindex] = (point, attachment)
            log.info(
                "counting packets",
                metadata: ["interface": "\(point.name)", "endpoint": "\(point.owner.identity.pod)"])
        } catch let error as SystemCallError where error.code == ENODEV {
            try? packets.forget(point.ifindex)  // it vanished meanwhile; the next event says so
        } catch {
            log.error(
                "cannot count packets on interface",
                metadata: ["interface": "\(point.name)", "error": "\(error)"])
        }
    }

    private func tellFollowers(
        _ plan: AttachmentPlan, _ numbers: [AttachmentPlan.Owner: UInt16]
    ) throws {
        var places = EndpointPlaces()
        for point in plan.points {
            guard let inode = point.namespace, let number = numbers[point.owner],
                let path = plan.namespacePaths[inode]
            else { continue }
            places.links[point.ifindex] = number
            places.namespaces[inode] = .init(endpoint: number, path: path)
        }
        for (owner, number) in numbers where owner.identity != .node {
            for address in plan.addresses[owner] ?? [] { places.addresses[address] = number }
        }
        if places == self.places { return }
        for follower in followers { try follower.follow(places) }
        self.places = places
    }

    /// False where the number has to be kept.
    private func release(_ row: EndpointBoard.Row) -> Bool {
        do {
            try packets?.reset(row.number)
        } catch {
            // What is left would be the next one's; so nobody gets the number.
            log.error("cannot empty an endpoint's counters", metadata: ["error": "\(error)"])
            return false
        }
        flows?.forget(row.number)
        for follower in followers { follower.forget(row.number) }
        roster.release(row)
        return true
    }

    // MARK: Names

    /// Those that are present, by the names they have so far.
    private var endpoints: [Endpoint] {
        present.addresses.compactMap { owner, addresses in
            roster.rows[owner].map { row in
                Endpoint(
                    number: row.number, identity: row.identity, provisional: owner.identity,
                    addresses: addresses)
            }
        }
    }

    private func showRows() {
        board.replace(roster.rows.values.sorted { $0.number < $1.number })
    }

    private func tellIdentities() throws {
        let endpoints = endpoints.sorted { $0.number < $1.number }
        let known = Known(endpoints: endpoints, nodeAddresses: present.nodeAddresses)
        if known == self.known { return }
        try flows?.bringUpToDate()
        identities.update(endpoints: endpoints, nodeAddresses: present.nodeAddresses)
        self.known = known
    }

    /// Asks who the present endpoints are. Who has been named keeps the name for as long as nobody else is said to
    /// have its address.
    private func nameEndpoints() throws {
        guard let naming else { return }
        for (owner, addresses) in present.addresses {
            guard case .namespace = owner, let name = naming.name(at: addresses) else { continue }
            if case .succeeds(let row) = roster.name(owner, name) {
                // Its last packets are its own.
                try flows?.bringUpToDate()
                if release(row) { _ = roster.name(owner, name) }
            }
        }
        try tellIdentities()
    }

    private func renameOrLog(_ naming: any EndpointNaming) {
        do {
            let newcomers = naming.newcomers
            let names = naming.takeChanges()
            defer {
                identities.change(podRanges: naming.podRanges)
                identities.expect(newcomers)
            }
            try rename(names)
            let held = Set(present.addresses.values.joined())
            // Nothing says here that a namespace was given an address, but its pod is said to have it now.
            if names.keys.contains(where: { !held.contains($0) && naming.name(at: [$0]) != nil }) {
                return try synchronize()
            }
            defer { showRows() }
            try nameEndpoints()
        } catch {
            log.error("cannot name endpoints", metadata: ["error": "\(error)"])
        }
    }

    /// What was seen of an address that was nobody's until now is its new owner's. Where it was somebody's, what
    /// was seen until now is reported first.
    private func rename(_ names: [IPAddress: Identity?]) throws {
        let view = identities.current
        let gained = names.filter { !view.isNamed($0.key) }
        identities.change(directory: gained)
        if gained.count == names.count { return }
        // Names that cannot wait for a reading of flows would be lost with it.
        defer { identities.change(directory: names) }
        try flows?.bringUpToDate()
    }
}
