import MetricSchema
import Observability
import Testing

@testable import LinuxBackend

/// Which links are the node's ways out.
struct UplinkTests {
    struct Host: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var links: [Link]
        var hardware: Set<String> = []
        var defaults: Set<UInt32> = []
        var named: [String]?
        let uplinks: [String]
    }

    private static let lo = Link(ifindex: 1, hardwareType: 772, name: "lo")

    private static func link(
        _ ifindex: UInt32, _ name: String, kind: String = "", master: UInt32? = nil,
        lower: UInt32? = nil,
        namespace: Int32? = nil, type: UInt16 = 1
    ) -> Link {
        var link = Link(ifindex: ifindex, hardwareType: type, name: name)
        link.kind = kind
        link.master = master
        link.lower = lower
        link.lowerNamespace = namespace
        return link
    }

    static let hosts: [Host] = [
        Host(
            testDescription: "hardware is an uplink, with a default route or without",
            links: [lo, link(2, "eth0"), link(3, "eth1")], hardware: ["eth0", "eth1"],
            defaults: [2],
            uplinks: ["eth0", "eth1"]),
        Host(
            testDescription: "a bond of hardware is one uplink, and its parts are none",
            links: [
                lo, link(2, "eth0", master: 4), link(3, "eth1", master: 4),
                link(4, "bond0", kind: "bond"),
            ], hardware: ["eth0", "eth1"], defaults: [4], uplinks: ["bond0"]),
        Host(
            testDescription: "a team is like a bond",
            links: [lo, link(2, "eth0", master: 4), link(4, "team0", kind: "team")],
            hardware: ["eth0"],
            uplinks: ["team0"]),
        Host(
            testDescription: "a bridge over hardware carries what the hardware carries",
            links: [lo, link(2, "eth0", master: 4), link(4, "br0", kind: "bridge")],
            hardware: ["eth0"],
            defaults: [4], uplinks: ["eth0"]),
        Host(
            testDescription: "a bridge over a bond carries what the bond carries",
            links: [
                lo, link(2, "eth0", master: 3), link(3, "bond0", kind: "bond", master: 4),
                link(4, "br0", kind: "bridge"),
            ], hardware: ["eth0"], defaults: [4], uplinks: ["bond0"]),
        Host(
            testDescription: "a VLAN over hardware carries what the hardware carries",
            links: [lo, link(2, "eth0"), link(4, "eth0.7", kind: "vlan", lower: 2)],
            hardware: ["eth0"],
            defaults: [4], uplinks: ["eth0"]),
        Host(
            testDescription: "a VLAN over a bond carries what the bond carries",
            links: [
                lo, link(2, "eth0", master: 3), link(3, "bond0", kind: "bond"),
                link(4, "bond0.7", kind: "vlan", lower: 3),
            ], hardware: ["eth0"], defaults: [4], uplinks: ["bond0"]),
        Host(
            testDescription: "where there is no hardware, the default route says",
            links: [
                lo, link(2, "eth0", kind: "veth", lower: 9, namespace: 0),
                link(3, "docker0", kind: "bridge"),
            ],
            defaults: [2], uplinks: ["eth0"]),
        Host(
            testDescription: "a default route to nowhere adds nothing",
            links: [lo, link(2, "eth0")], hardware: ["eth0"], defaults: [99], uplinks: ["eth0"]),
        Host(
            testDescription: "loopback is none, though the default route leaves by it",
            links: [lo, link(2, "eth0")], hardware: ["eth0"], defaults: [1], uplinks: ["eth0"]),
        Host(
            testDescription: "a bridge for pods is none",
            links: [
                lo, link(2, "eth0"), link(3, "cni0", kind: "bridge"),
                link(4, "tap0", kind: "tun", master: 3),
            ],
            hardware: ["eth0"], defaults: [2], uplinks: ["eth0"]),
        Host(
            testDescription: "names outdo what would be found",
            links: [lo, link(2, "eth0"), link(3, "eth1"), link(4, "wg0", type: 0xfffe)],
            hardware: ["eth0", "eth1"], defaults: [2], named: ["wg0", "eth1", "absent"],
            uplinks: ["eth1", "wg0"]),
        Host(
            testDescription: "no names wanted is no uplinks",
            links: [lo, link(2, "eth0")], hardware: ["eth0"], named: [], uplinks: []),
    ]

    @Test("uplinks are the ways out, each packet once", arguments: hosts)
    func uplinks(_ host: Host) {
        let plan = AttachmentPlan(
            links: host.links, namespaces: [], hardware: host.hardware,
            defaultRoutes: host.defaults,
            uplinks: host.named)
        #expect(plan.points.map(\.name) == host.uplinks)
        #expect(plan.points.allSatisfy { $0.owner == .uplink($0.name) && $0.namespace == nil })
        #expect(plan.points.allSatisfy { $0.owner.identity == .node })
        #expect(plan.addresses.isEmpty)
    }

    static let towers: [Host] = [
        Host(
            testDescription: "a bridge over a VLAN over hardware",
            links: [
                lo, link(2, "eth0"), link(3, "eth0.7", kind: "vlan", master: 4, lower: 2),
                link(4, "br0", kind: "bridge"),
            ], hardware: ["eth0"], defaults: [4], uplinks: ["eth0"]),
        Host(
            testDescription: "a VLAN over a bridge over hardware",
            links: [
                lo, link(2, "eth0", master: 3), link(3, "br0", kind: "bridge"),
                link(4, "br0.7", kind: "vlan", lower: 3),
            ], hardware: ["eth0"], defaults: [4], uplinks: ["eth0"]),
    ]

    @Test("what stands on an uplink over more than one storey is none", arguments: towers)
    func storeys(_ host: Host) {
        let plan = AttachmentPlan(
            links: host.links, namespaces: [], hardware: host.hardware,
            defaultRoutes: host.defaults,
            uplinks: host.named)
        #expect(plan.points.map(\.name) == host.uplinks)
    }

    @Test("an uplink without a link layer says so")
    func layer3() {
        let plan = AttachmentPlan(
            links: [Self.link(2, "eth0"), Self.link(4, "wg0", type: 0xfffe)], namespaces: [],
            hardware: ["eth0"], defaultRoutes: [4], uplinks: nil)
        #expect(plan.points.map(\.marks) == [[], .layer3])
    }
}
