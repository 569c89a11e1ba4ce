import MetricSchema
import Observability
import Testing

@testable import WindowsBackend

@Suite struct EndpointResolverTests {
    static let sandbox = "df0a2aa4b779b5b4ab864330553bce7f7a87a45fc46771d402a5dd1f42c67447"
    static let id = "3F2C6E0A-8D44-4F27-9A5B-0C6F1D7E2A01"
    static let namespace = "7CB720C0-AC4C-4266-92E1-DC277B2A9B94"

    private func endpoint(_ members: String) throws -> HNSEndpoint {
        var unreadable = UnreadableValues()
        let value = try JSONValue(
            parsing: Array(#"{"ID":"\#(Self.id)","State":3,\#(members)}"#.utf8))
        return try HNSEndpoint(parsing: HNSFields(value, from: "x"), noting: &unreadable)
    }

    private func namespace(_ members: String) throws -> HNSNamespace {
        var unreadable = UnreadableValues()
        let value = try JSONValue(
            parsing: Array(#"{"ID":"\#(Self.namespace)",\#(members)}"#.utf8))
        return try #require(HNSNamespace(value, noting: &unreadable))
    }

    private func pod(_ name: String, _ container: String = sandbox, _ address: String? = nil)
        -> LocalPod
    {
        LocalPod(
            identity: Identity(namespace: "shop", pod: name), containers: [container],
            addresses: address.flatMap { IPAddress($0) }.map { [$0] } ?? [])
    }

    static let rules: [(String, EndpointRule)] = [
        (#""SharedContainers":["\#(sandbox)"]"#, .sandbox),
        (#""SharedContainers":["DF0A2AA4B779"]"#, .sandbox),
        (#""SharedContainers":["df0a2aa4"],"Namespace":{"ID":"\#(namespace)"}"#, .namespace),
        (#""SharedContainers":["df0a2aa4b77a"]"#, .ownName),
        (#""IPAddress":"10.0.0.9""#, .address),
        (#""Name":"\#(sandbox)_flannel.4096""#, .endpointName),
        (#""Name":"df0a2aa4-eth0""#, .endpointName),
        (#""Name":"cid-\#(sandbox)""#, .endpointName),
        (#""Name":"Ethernet""#, .ownName),
        (#""Name":"df0a2aa-eth0""#, .ownName),
    ]

    @Test("an endpoint is a pod's by the most trusted rule that says so", arguments: rules)
    func appliesRules(_ members: String, _ rule: EndpointRule) throws {
        let resolver = EndpointResolver(
            pods: [
                pod("cart", Self.sandbox, "10.0.0.9"),
                LocalPod(identity: Identity(pod: "other"), containers: ["ffff2aa4b779b5b4"]),
            ], namespaces: [try namespace(#""Containers":["DF0A2AA4B779"]"#)])
        let owner = resolver.owner(of: try endpoint(members))
        #expect(owner.rule == rule)
        #expect((owner.identity.pod == "cart") == (rule != .ownName))
    }

    @Test(
        "what contradicts is settled by trust: sandbox before namespace before address before name")
    func prefersTrust() throws {
        let endpoint = try endpoint(
            #"""
            "SharedContainers":["\#(Self.sandbox)"],"Namespace":{"ID":"\#(Self.namespace)"},
            "IPAddress":"10.0.0.9","Name":"cccccccc-eth0"
            """#)
        let namespace = try namespace(#""Containers":["aaaaaaaaaaaaaaaa"]"#)
        var pods = [
            pod("sandbox"), pod("namespace", "aaaaaaaaaaaaaaaa"),
            pod("address", "bbbbbbbbbbbbbbbb", "10.0.0.9"), pod("name", "cccccccccccccccc"),
        ]
        for name in ["sandbox", "namespace", "address", "name"] {
            let resolver = EndpointResolver(pods: pods, namespaces: [namespace])
            #expect(resolver.owner(of: endpoint).identity.pod == name)
            pods.removeFirst()
        }
    }

    @Test("a rule that two pods answer to says nothing")
    func refusesAmbiguity() throws {
        let resolver = EndpointResolver(pods: [
            pod("one", Self.sandbox, "10.0.0.9"), pod("two", "df0a2aa4ffff", "10.0.0.9"),
        ])
        let byName = resolver.owner(of: try endpoint(#""Name":"df0a2aa4-eth0""#))
        #expect(byName.rule == .ownName && byName.identity.pod == "df0a2aa4-eth0")
        let owner = resolver.owner(
            of: try endpoint(#""IPAddress":"10.0.0.9","SharedContainers":["\#(Self.sandbox)"]"#))
        #expect(owner.rule == .sandbox && owner.identity.pod == "one")
    }

    @Test("a sandbox that no API server tells is known by the container it shares a namespace with")
    func knowsSandboxes() throws {
        let namespace = try namespace(
            #""Resources":[{"Type":"Container","Data":{"Id":"\#(Self.sandbox)"}},"#
                + #"{"Type":"Container","Data":{"Id":"eeeeeeeeeeeeeeee"}},"#
                + #"{"Type":"Endpoint","Data":{"Id":"\#(Self.id)"}}]"#)
        let resolver = EndpointResolver(
            pods: [pod("cart", "eeeeeeeeeeeeeeee")], namespaces: [namespace])
        for (members, rule) in [
            (#""SharedContainers":["\#(Self.sandbox)"]"#, EndpointRule.sandbox),
            // Only its namespace says that it is in it.
            (#""Name":"default-test_nat""#, .namespace),
        ] {
            #expect(resolver.owner(of: try endpoint(members)).rule == rule)
        }
        // An endpoint of another namespace that is named by the same sandbox.
        let other = try endpoint(
            #""Name":"df0a2aa4-eth1","Namespace":{"ID":"00000000-0000-4000-8000-000000000001"}"#)
        #expect(resolver.owner(of: other).rule == .endpointName)
    }

    @Test("an address that two endpoints have says nothing of either")
    func refusesSharedAddresses() throws {
        let mine = try endpoint(#""IPAddress":"10.0.0.9""#)
        let pods = [pod("cart", Self.sandbox, "10.0.0.9")]
        for (endpoints, rule) in [([mine], EndpointRule.address), ([mine, mine], .ownName)] {
            let resolver = EndpointResolver(pods: pods, endpoints: endpoints)
            #expect(resolver.owner(of: mine).rule == rule)
        }
    }

    @Test(
        "an endpoint stays its pod's as long as it is there, unless a rule as good says otherwise")
    func staysItsPods() throws {
        let mine = try endpoint(
            #""IPAddress":"10.0.0.9","SharedContainers":["\#(Self.sandbox)"]"#)
        let names = EndpointNames()
        func owner(_ pods: [LocalPod]) -> String {
            let resolver = EndpointResolver(pods: pods, endpoints: [mine])
            return names.owned(mine, by: resolver).owner.pod
        }
        let next = pod("next", "aaaaaaaaaaaaaaaa", "10.0.0.9")
        #expect(owner([]) == Self.id)
        #expect(owner([pod("other", "cccccccccccccccc", "10.0.0.9")]) == "other")
        #expect(owner([]) == "other")
        #expect(owner([next]) == "next")
        #expect(owner([pod("cart"), next]) == "cart")
        // The cluster has forgotten its pod, and has given the address to another.
        #expect(owner([next]) == "cart")
        names.forget(allBut: [])
        #expect(owner([next]) == "next")
    }
}
