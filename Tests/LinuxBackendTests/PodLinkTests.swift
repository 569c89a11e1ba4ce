import MetricSchema
import Observability
import Testing

@testable import LinuxBackend

/// Which links lead to endpoints.
struct PodLinkTests {
    private let address = IPAddress(v4: 0x0a09_0002)

    @Test("a namespace is counted at the host's end of its veth, directions turned")
    func hostSide() throws {
        let links = try Link.all(in: Fixture.netlink("links"))
        let pod = NetworkNamespace.at(inode: 4026, name: "blue", number: 5, addresses: [address])
        let plan = AttachmentPlan(
            links: links, namespaces: [pod], hardware: [], defaultRoutes: [], uplinks: nil)
        #expect(
            plan.points == [
                AttachmentPlan.Point(
                    ifindex: 10, name: "pod1", owner: .namespace("blue"), namespace: 4026,
                    marks: .hostSide)
            ])
        #expect(plan.addresses == [.namespace("blue"): [address]])
        #expect(plan.points.first?.owner.identity == Identity(pod: "blue"))
    }

    @Test("a link to a namespace nobody names is counted for nobody")
    func unknown() throws {
        let links = try Link.all(in: Fixture.netlink("links"))
        let others = [
            NetworkNamespace.at(inode: 1, name: "elsewhere", number: 6, addresses: [address]),
            NetworkNamespace.at(inode: 2, name: "unrelated", number: nil, addresses: [address]),
        ]
        let plan = AttachmentPlan(
            links: links, namespaces: others, hardware: [], defaultRoutes: [], uplinks: nil)
        #expect(plan.points.isEmpty && plan.addresses.isEmpty)
    }

    @Test(
        "a way out of the node is nobody's endpoint, whatever namespace is at its other end",
        arguments: [nil, ["pod1"]])
    func uplinkFirst(_ named: [String]?) throws {
        let links = try Link.all(in: Fixture.netlink("links"))
        let plan = AttachmentPlan(
            links: links, namespaces: [NetworkNamespace.at(inode: 4026, name: "blue", number: 5)],
            hardware: [], defaultRoutes: named == nil ? [10] : [], uplinks: named)
        #expect(plan.points.map(\.owner) == [.uplink("pod1")])
        #expect(plan.namespacePaths.isEmpty)
    }

    @Test("a link to a namespace is no uplink for being hardware, or for others being named")
    func notUplink() throws {
        let links = try Link.all(in: Fixture.netlink("links"))
        let namespaces = [NetworkNamespace.at(inode: 4026, name: "blue", number: 5)]
        for (named, defaults) in [(nil, []), (["eth7"], [10])] as [([String]?, Set<UInt32>)] {
            let plan = AttachmentPlan(
                links: links, namespaces: namespaces, hardware: ["pod1"], defaultRoutes: defaults,
                uplinks: named)
            #expect(plan.points.map(\.owner) == [.namespace("blue")])
        }
    }

    @Test("a namespace with two links is one endpoint with two points")
    func twoLinks() {
        let links = [Self.veth(2, "a", to: 5), Self.veth(3, "b", to: 5), Self.veth(4, "c", to: 6)]
        let plan = AttachmentPlan(
            links: links,
            namespaces: [
                NetworkNamespace.at(inode: 50, name: "blue", number: 5),
                NetworkNamespace.at(inode: 60, name: "green", number: 6),
            ], hardware: [], defaultRoutes: [], uplinks: nil)
        #expect(
            plan.points.map(\.owner) == [
                .namespace("blue"), .namespace("blue"), .namespace("green"),
            ])
    }

    @Test("two namespaces of the same name are one endpoint with the addresses of both")
    func sameName() {
        let plan = AttachmentPlan(
            links: [Self.veth(2, "a", to: 5), Self.veth(3, "b", to: 6)],
            namespaces: [
                NetworkNamespace.at(
                    inode: 50, name: "blue", number: 5, addresses: [IPAddress(v4: 1)]),
                NetworkNamespace.at(
                    inode: 60, name: "blue", number: 6, addresses: [IPAddress(v4: 2)]),
            ], hardware: [], defaultRoutes: [], uplinks: nil)
        #expect(Set(plan.points.map(\.owner)) == [.namespace("blue")])
        #expect(plan.points.map(\.namespace) == [50, 60])
        #expect(plan.addresses == [.namespace("blue"): [IPAddress(v4: 1), IPAddress(v4: 2)]])
    }

    @Test("a namespace found twice is the first")
    func sameNumber() {
        let plan = AttachmentPlan(
            links: [Self.veth(2, "a", to: 5)],
            namespaces: [
                NetworkNamespace.at(inode: 50, name: "blue", number: 5),
                NetworkNamespace.at(inode: 50, name: "alias", number: 5),
            ], hardware: [], defaultRoutes: [], uplinks: nil)
        #expect(plan.points.map(\.owner) == [.namespace("blue")])
    }

    @Test("a tunnel into a namespace has no link layer")
    func layer3() {
        var tunnel = Self.veth(2, "tun", to: 5)
        tunnel = Link(ifindex: tunnel.ifindex, hardwareType: 0xfffe, name: tunnel.name)
        tunnel.lowerNamespace = 5
        let plan = AttachmentPlan(
            links: [tunnel], namespaces: [NetworkNamespace.at(inode: 50, name: "blue", number: 5)],
            hardware: [], defaultRoutes: [], uplinks: nil)
        #expect(plan.points.map(\.marks) == [[.hostSide, .layer3]])
    }

    private static func veth(_ ifindex: UInt32, _ name: String, to namespace: Int32) -> Link {
        var link = Link(ifindex: ifindex, name: name)
        link.kind = "veth"
        link.lower = 2
        link.lowerNamespace = namespace
        return link
    }
}

extension NetworkNamespace {
    fileprivate static func at(
        inode: UInt32, name: String, number: Int32?, addresses: [IPAddress] = []
    ) -> NetworkNamespace {
        NetworkNamespace(
            inode: inode, name: name, path: "/run/netns/\(name)", number: number,
            addresses: addresses)
    }
}
