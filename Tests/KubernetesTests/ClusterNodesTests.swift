import Foundation
import Kubernetes
import Observability
import Synchronization
import Testing

struct ClusterNodesTests {
    private let naming = ClusterNaming(node: "n1")

    private func node(_ name: String, _ addresses: String, uid: String? = nil) throws -> NodeRecord
    {
        let list = addresses.split(separator: " ").map { address in
            let parts = address.split(separator: "@")
            return #"{"type":"\#(parts[0])","address":"\#(parts[1])"}"#
        }
        return try JSONDecoder().decode(
            NodeRecord.self,
            from: Data(
                #"{"metadata":{"name":"\#(name)","uid":"\#(uid ?? name)"},"status":{"addresses":[\#(list.joined(separator: ","))]}}"#
                    .utf8))
    }

    private var others: [String] { naming.otherNodes?.nodes.map(\.description) ?? [] }

    @Test("other nodes have the addresses that they know each other by, of both families")
    func addresses() throws {
        naming.directory.apply(
            nodes: .replaced([
                try node("n1", "InternalIP@192.0.2.1"),
                try node(
                    "n3", "Hostname@n3 InternalIP@2001:db8::3 InternalIP@192.0.2.3"),
                try node("n2", "ExternalIP@198.51.100.2 InternalIP@192.0.2.2 InternalDNS@n2.a"),
            ]))
        #expect(others == ["n2=192.0.2.2", "n3=2001:db8::3", "n3=192.0.2.3"])
        naming.directory.apply(nodes: .set(try node("n2", "InternalIP@192.0.2.9")))
        naming.directory.apply(nodes: .removed(ObjectKey(name: "n3"), uid: "n3"))
        #expect(others == ["n2=192.0.2.9"])
    }

    @Test("an address that two nodes are said to have is the later one's, until that one is gone")
    func shared() throws {
        naming.directory.apply(nodes: .set(try node("old", "InternalIP@192.0.2.5")))
        naming.directory.apply(nodes: .set(try node("new", "InternalIP@192.0.2.5")))
        #expect(others == ["new=192.0.2.5"])
        naming.directory.apply(nodes: .removed(ObjectKey(name: "new"), uid: "new"))
        #expect(others == ["old=192.0.2.5"])
    }

    @Test("that nodes changed is said for every change of theirs, and for nothing else")
    func said() throws {
        let said = Mutex(0)
        let directory = ClusterDirectory {
            said.withLock { $0 += 1 }
        } changed: { _ in
        }
        let node2 = try node("n2", "InternalIP@192.0.2.2")
        let steps: [(change: ReflectedChange<NodeRecord>, isSaid: Bool)] = [
            (.set(node2), true), (.set(node2), false),
            (.set(try node("n2", "InternalIP@192.0.2.2", uid: "again")), true),
            (.set(try node("n2", "InternalIP@192.0.2.3", uid: "again")), true),
            (.set(try node("n2", "InternalIP@192.0.2.3 Hostname@n2", uid: "again")), false),
            (.removed(ObjectKey(name: "n2"), uid: "another"), false),
            (.removed(ObjectKey(name: "n2"), uid: "again"), true),
        ]
        for step in steps {
            let before = said.withLock { $0 }
            directory.apply(nodes: step.change)
            #expect(said.withLock { $0 } - before == (step.isSaid ? 1 : 0), "\(step)")
        }
    }

    @Test("where nodes elsewhere are not followed there are none to watch")
    func own() {
        #expect(ClusterNaming(node: "n1", knowsAllPods: false).otherNodes == nil)
    }
}
