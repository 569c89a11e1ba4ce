import Glibc
import Observability

extension AttachmentPlan {
    /// What follows from this host as it is now, and the links that it follows from. `uplinks` as in the initializer.
    static func live(
        _ namespaces: LiveNamespaces, uplinks: [String]?, netlink: borrowing LiveNetlink
    ) throws -> (plan: AttachmentPlan, links: [Link]) {
        let links = try Link.all(in: netlink.links(statistics: false))
        let found = try namespaces.all(
            wanted: Set(links.compactMap(\.lowerNamespace).filter { $0 >= 0 }), netlink: netlink)
        let plan = try AttachmentPlan(
            links: links, namespaces: found, hardware: hardware(among: links),
            defaultRoutes: DefaultRoute.interfaces(in: netlink.routes()), uplinks: uplinks)
        return (plan, links)
    }

    /// Devices with hardware under them.
    private static func hardware(among links: [Link]) -> Set<String> {
        Set(links.map(\.name).filter { access("/sys/class/net/\($0)/device", F_OK) == 0 })
    }
}
