import Foundation
@testable import Kubernetes
import MetricSchema
import Observability
import Synchronization
import Testing
import TestSupport

struct ClusterDirectoryTests {
    private let names = Names()
    private let directory: ClusterDirectory

    init() {
        let names = names
        directory = ClusterDirectory { names.take($0) }
    }

    @Test("pods, services and nodes name their addresses, of both families")
    func kinds() throws {
        directory.apply(pods: .set(try Self.pod("cart", ["10.0.0.1", "fd00::1"])))
        directory.apply(
            services: .replaced([
                try Self.decode(
                    #"{"metadata":{"name":"shop","namespace":"a","uid":"s"},"spec":{"clusterIPs":["10.96.0.9","None"]}}"#
                )
            ]))
        directory.apply(
            nodes: .replaced([
                try Self.decode(
                    #"{"metadata":{"name":"n2","uid":"n"},"status":{"addresses":[{"type":"Hostname","address":"n2"},{"type":"InternalIP","address":"192.0.2.2"}]}}"#
                )
            ]))
        #expect(
            names.all == [
                "10.0.0.1": "a/cart", "fd00::1": "a/cart", "10.96.0.9": "a/service:shop",
                "192.0.2.2": "/node:n2",
            ])
    }

    @Test("an ended pod and one in the node's network have no address of their own")
    func released() throws {
        directory.apply(pods: .set(try Self.pod("job", ["10.0.0.1"])))
        directory.apply(
            pods: .set(try Self.pod("job", ["10.0.0.1"], phase: "Succeeded", version: 2)))
        directory.apply(pods: .set(try Self.pod("proxy", ["192.0.2.1"], host: true)))
        #expect(names.all.isEmpty)
    }

    @Test("an address that a new pod has while the old one ends is the new one's, in any order")
    func reuse() throws {
        let old = try Self.pod("old", ["10.0.0.1"])
        let new = try Self.pod("new", ["10.0.0.1"], version: 5)
        directory.apply(pods: .set(old))
        directory.apply(pods: .set(new))
        #expect(names.all == ["10.0.0.1": "a/new"])
        directory.apply(pods: .removed(old.key, uid: old.uid))
        #expect(names.all == ["10.0.0.1": "a/new"])
        directory.apply(pods: .set(old))
        directory.apply(pods: .removed(new.key, uid: new.uid))
        directory.apply(pods: .removed(old.key, uid: old.uid))
        #expect(names.all.isEmpty)
    }

    @Test("the late end of an earlier pod of the same name takes nothing from its successor")
    func successor() throws {
        directory.apply(pods: .set(try Self.pod("db-0", ["10.0.0.1"], uid: "first")))
        directory.apply(pods: .set(try Self.pod("db-0", ["10.0.0.2"], uid: "second", version: 9)))
        directory.apply(pods: .removed(ObjectKey(namespace: "a", name: "db-0"), uid: "first"))
        #expect(names.all == ["10.0.0.2": "a/db-0"])
    }

    @Test("a pod of this node is found by its addresses, and one of another node is not")
    func local() throws {
        directory.apply(pods: .set(try Self.pod("cart", ["10.0.0.1", "fd00::1"])))
        let addresses = [try #require(IPAddress("fd00::1"))]
        #expect(directory.pod(at: addresses, on: "n1")?.identity.pod == "cart")
        #expect(directory.pod(at: addresses, on: "n2") == nil)
    }

    @Test("pods of this node are told with the addresses that are theirs now, and their containers")
    func ownPods() throws {
        let later = try #require(IPAddress("10.0.0.2"))
        directory.apply(pods: .set(try Self.pod("old", ["10.0.0.1"])))
        directory.apply(pods: .set(try Self.pod("new", ["10.0.0.1", "10.0.0.2"], version: 5)))
        directory.apply(
            pods: .set(try Self.pod("ending", ["10.0.0.3"], version: 2, terminating: true)))
        let found = directory.pods(on: "n1").sorted { $0.identity.pod < $1.identity.pod }
        #expect(found.map(\.identity.pod) == ["ending", "new", "old"])
        #expect(found.map(\.addresses.count) == [0, 2, 0])
        #expect(found[1].addresses.last == later)
        #expect(directory.pods(on: "n2") == [])
    }

    @Test("a pod's containers are those of all its kinds that have run, without their runtime")
    func containers() throws {
        let pod: Kubernetes.PodRecord = try Self.decode(
            #"{"metadata":{"name":"p","namespace":"a","uid":"u"},"spec":{"nodeName":"n1"},"status":{"phase":"Running","#
                + #""containerStatuses":[{"containerID":"containerd://c1"},{"name":"waits"},{"containerID":""}],"#
                + #""initContainerStatuses":[{"containerID":"docker://c2"}],"ephemeralContainerStatuses":[{"containerID":"c3"}]}}"#
        )
        #expect(pod.containers == ["c1", "c2", "c3"])
        #expect(pod.withoutContainers.containers == [])
        directory.apply(pods: .set(pod))
        #expect(directory.pods(on: "n1").map(\.containers) == [["c1", "c2", "c3"]])
    }

    @Test(
        "a pod's workload is who manages its owner, as far as that is known",
        arguments: [
            (nil, "", nil), ("DaemonSet/proxy", "", "DaemonSet/proxy"),
            ("StatefulSet/db", "", "StatefulSet/db"), ("ReplicaSet/web-1", "", "Deployment/web"),
            ("ReplicaSet/bare", "", "ReplicaSet/bare"),
            ("ReplicaSet/new-5f", "5f", "Deployment/new"),
            ("ReplicaSet/new-5f", "", "ReplicaSet/new-5f"), ("Job/hello-77", "", "CronJob/hello"),
            ("Job/once", "", "Job/once"), ("Job/unheard-28472938", "", "Job/unheard-28472938"),
        ] as [(String?, String, String?)])
    func workloads(_ owner: String?, _ hash: String, _ expected: String?) throws {
        directory.apply(
            replicaSets: .replaced([
                try Self.owned("web-1", by: "Deployment/web"), try Self.owned("bare", by: nil),
            ]))
        directory.apply(jobs: .set(try Self.owned("hello-77", by: "CronJob/hello")))
        directory.apply(jobs: .set(try Self.owned("once", by: nil)))
        let address = try #require(IPAddress("10.0.0.1"))
        directory.apply(
            pods: .set(try Self.pod("p", ["10.0.0.1"], owner: owner, hash: hash)))
        func workload() -> String? {
            directory.pod(at: [address], on: "n1")?.identity.workload.map {
                "\($0.kind)/\($0.name)"
            }
        }
        #expect(workload() == expected)
        // What is heard later renames nobody, and a further address is the same pod's.
        directory.apply(jobs: .set(try Self.owned("unheard-28472938", by: "CronJob/late")))
        directory.apply(
            pods: .set(
                try Self.pod(
                    "p", ["10.0.0.1", "fd00::1"], version: 2, owner: owner, hash: hash)))
        #expect(workload() == expected)
        let second = try #require(IPAddress("fd00::1"))
        #expect(
            directory.pod(at: [second], on: "n1") == directory.pod(at: [address], on: "n1"))
    }

    @Test("a pod is in its node's zone")
    func zone() throws {
        directory.apply(
            nodes: .set(
                try Self.decode(
                    #"{"metadata":{"name":"n1","uid":"n","labels":{"topology.kubernetes.io/zone":"eu-1a"}}}"#
                )))
        directory.apply(pods: .set(try Self.pod("cart", ["10.0.0.1"])))
        let address = try #require(IPAddress("10.0.0.1"))
        #expect(directory.pod(at: [address], on: "n1")?.identity.zone == "eu-1a")
    }

    @Test("a pod's address that it has again in another zone is said anew")
    func movedZone() throws {
        let zones = Mutex<[String?]>([])
        let directory = ClusterDirectory { names in
            zones.withLock { $0 += names.values.map { $0?.zone } }
        }
        func node(_ zone: String, version: Int) throws -> NodeRecord {
            try Self.decode(
                #"{"metadata":{"name":"n1","uid":"n","resourceVersion":"\#(version)","labels":{"topology.kubernetes.io/zone":"\#(zone)"}}}"#
            )
        }
        directory.apply(nodes: .set(try node("a", version: 1)))
        directory.apply(pods: .set(try Self.pod("db-0", ["10.0.0.1"], uid: "first")))
        directory.apply(nodes: .set(try node("b", version: 2)))
        directory.apply(pods: .set(try Self.pod("db-0", ["10.0.0.1"], uid: "second", version: 3)))
        #expect(zones.withLock { $0 } == ["a", "b"])
    }

    @Test("ranges for pods are all nodes', old and new spelling, and said when they change")
    func podRanges() throws {
        let said = Mutex(0)
        let directory = ClusterDirectory { _ in said.withLock { $0 += 1 } }
        func node(_ name: String, _ spec: String, version: Int = 1) throws -> NodeRecord {
            try Self.decode(
                #"{"metadata":{"name":"\#(name)","uid":"\#(name)","resourceVersion":"\#(version)"},"spec":\#(spec)}"#
            )
        }
        let all = [
            try node("n1", #"{"podCIDR":"10.1.0.0/24","podCIDRs":["10.1.0.0/24","fd00:1::/64"]}"#),
            try node("n2", #"{"podCIDR":"10.1.1.0/24"}"#), try node("n3", "{}"),
        ]
        directory.apply(nodes: .replaced(all))
        #expect(
            directory.podRanges.map(\.description) == ["10.1.0.0/24", "10.1.1.0/24", "fd00:1::/64"])
        let before = said.withLock { $0 }
        directory.apply(nodes: .set(try node("n3", "{}", version: 2)))
        #expect(said.withLock { $0 } == before)
        directory.apply(nodes: .removed(ObjectKey(name: "n1"), uid: "n1"))
        #expect(said.withLock { $0 } == before + 1)
        #expect(directory.podRanges.map(\.description) == ["10.1.1.0/24"])
    }

    @Test("a pod that is about to end names no endpoint, and still its addresses")
    func terminating() throws {
        let address = try #require(IPAddress("10.0.0.1"))
        directory.apply(pods: .set(try Self.pod("cart", ["10.0.0.1"])))
        directory.apply(
            pods: .set(try Self.pod("cart", ["10.0.0.1"], version: 2, terminating: true)))
        #expect(directory.pod(at: [address], on: "n1") == nil)
        #expect(names.all == ["10.0.0.1": "a/cart"])
    }

    @Test(
        "after any history, names are what the last state says", arguments: 0..<50 as Range<UInt64>)
    func history(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var live: [String: PodRecord] = [:]
        for version in 1..<120 {
            let name = "p\(Int.random(in: 0..<8, using: &random))"
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<6:
                // Each pod has addresses of its own, so that the end does not depend on the order.
                let addresses = (0..<Int.random(in: 0..<3, using: &random)).map {
                    "10.0.\(name.dropFirst()).\($0)"
                }
                let pod = try Self.pod(name, addresses, version: version)
                live[name] = pod
                directory.apply(pods: .set(pod))
            case 6..<9:
                guard let pod = live.removeValue(forKey: name) else { continue }
                directory.apply(pods: .removed(pod.key, uid: pod.uid))
            default:
                directory.apply(pods: .replaced(Array(live.values)))
            }
        }
        var expected: [String: String] = [:]
        for pod in live.values {
            for address in pod.addresses { expected["\(address)"] = "a/\(pod.key.name)" }
        }
        #expect(names.all == expected)
    }

    private static func pod(
        _ name: String, _ addresses: [String], uid: String? = nil, phase: String = "Running",
        host: Bool = false, version: Int = 1, owner: String? = nil, hash: String = "",
        terminating: Bool = false
    ) throws -> PodRecord {
        let list = addresses.map { #"{"ip":"\#($0)"}"# }.joined(separator: ",")
        let more =
            references(owner) + (hash.isEmpty ? "" : #","labels":{"pod-template-hash":"\#(hash)"}"#)
            + (terminating ? #","deletionTimestamp":"2026-01-01T00:00:00Z""# : "")
        return try decode(
            #"{"metadata":{"name":"\#(name)","namespace":"a","uid":"\#(uid ?? name)","resourceVersion":"\#(version)"\#(more)},"spec":{"nodeName":"n1","hostNetwork":\#(host)},"status":{"phase":"\#(phase)","podIPs":[\#(list)]}}"#
        )
    }

    private static func owned<Record: OwnerRecord>(
        _ name: String, by owner: String?
    ) throws -> Record {
        try decode(
            #"{"metadata":{"name":"\#(name)","namespace":"a","uid":"\#(name)"\#(references(owner))}}"#
        )
    }

    /// Of `Kind/name`, with somebody before it who only looks on.
    private static func references(_ owner: String?) -> String {
        guard let parts = owner?.split(separator: "/") else { return "" }
        return
            #","ownerReferences":[{"kind":"Onlooker","name":"o"},{"kind":"\#(parts[0])","name":"\#(parts[1])","controller":true}]"#
    }

    private static func decode<Record: KubernetesRecord>(_ text: String) throws -> Record {
        try JSONDecoder().decode(Record.self, from: Data(text.utf8))
    }
}

/// What has been named so far.
private final class Names: Sendable {
    private let held = Mutex<[String: String]>([:])

    func take(_ names: ClusterDirectory.Names) {
        held.withLock { held in
            for (address, identity) in names {
                held["\(address)"] = identity.map { "\($0.namespace)/\($0.pod)" }
            }
        }
    }

    var all: [String: String] { held.withLock { $0 } }
}
