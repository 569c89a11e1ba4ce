import ArgumentParser
import Foundation
import Kubernetes
import Observability

/// What a cluster's pods cost an agent that knows them all: memory, and time for each event of a rollout. Events are
/// JSON, as a watch has them, of a pod with what a real one has in it.
struct ClusterBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Memory of a cluster's pods, and time for a rollout's events.")

    @Option(help: "Pods in the cluster.") var pods = 100_000
    @Option(help: "Pods that a rollout replaces.") var replaced = 5_000

    func run() throws {
        let naming = ClusterNaming(node: "node-7")
        let index = IdentityIndex()
        let before = Self.memory("VmRSS")
        let start = ContinuousClock.now
        try know(naming)
        index.change(directory: naming.takeChanges())
        let took = ContinuousClock.now - start
        let after = Self.memory("VmRSS")
        print(
            "\(pods) pods known: \((after - before) >> 10) MB more, peak of the process",
            terminator: " ")
        print("\(Self.memory("VmHWM") >> 10) MB, \(Int(took.seconds * 1e6) / pods) µs a pod")

        var events = 0
        let rollout = ContinuousClock.now
        for number in 0..<replaced {
            // Pending, running with an address, and the end of the one it takes the place of.
            for line in [
                line("ADDED", pods + number, address: nil, version: 1),
                line("MODIFIED", pods + number, address: pods + number, version: 2),
                line("DELETED", number, address: number, version: 3),
            ] {
                try take(line, naming)
                events += 1
            }
            // The backend takes what has come 20 times a second; here after every hundred pods.
            if number % 100 == 0 { index.change(directory: naming.takeChanges()) }
        }
        index.change(directory: naming.takeChanges())
        let each = (ContinuousClock.now - rollout).seconds / Double(max(1, events))
        print("rollout of \(replaced): \(Int(each * 1e6)) µs an event, \(Int(1 / each)) events/s")
        let new = Self.address(pods + replaced - 1)
        let known = IPAddress(new).map { index.current[index.current.identity(of: $0)].pod } ?? ""
        print("the last one is known as \(known)")
    }

    /// As a reflector does at first: one by one, and then all at once.
    private func know(_ naming: ClusterNaming) throws {
        var found: [PodRecord] = []
        let decoder = JSONDecoder()
        for number in 0..<pods {
            let event = try decoder.decode(
                WatchEvent<PodRecord>.self,
                from: Data(line("ADDED", number, address: number, version: 1).utf8))
            if case .set(let record) = event { found.append(record) }
        }
        naming.directory.apply(pods: .replaced(found))
    }

    private func take(_ line: String, _ naming: ClusterNaming) throws {
        switch try JSONDecoder().decode(WatchEvent<PodRecord>.self, from: Data(line.utf8)) {
        case .set(let record): naming.directory.apply(pods: .set(record))
        case .removed(let record):
            naming.directory.apply(pods: .removed(record.key, uid: record.uid))
        case .bookmark: break
        }
    }

    private static func address(_ number: Int) -> String {
        "10.\(number >> 16).\(number >> 8 & 255).\(number & 255)"
    }

    /// Four kilobytes, as a small pod's status and its managed fields make it.
    private func line(_ type: String, _ number: Int, address: Int?, version: Int) -> String {
        let app = "service-\(number / 50)"
        let status =
            address.map {
                #"{"phase":"Running","podIP":"\#(Self.address($0))","podIPs":[{"ip":"\#(Self.address($0))"}],"conditions":[\#(Self.conditions)]}"#
            }
            ?? #"{"phase":"Pending"}"#
        return
            #"{"type":"\#(type)","object":{"metadata":{"name":"\#(app)-6d4b75cb6d-\#(number)","namespace":"team-\#(number / 1000)","uid":"7a1f0c1e-9f4b-4c62-8d1f-\#(100_000_000_000 + number)","resourceVersion":"\#(number * 4 + version)","labels":{"app":"\#(app)","pod-template-hash":"6d4b75cb6d"},"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"\#(app)-6d4b75cb6d","uid":"u","controller":true,"blockOwnerDeletion":true}],"managedFields":[\#(Self.fields)]},"spec":{"nodeName":"node-\#(number % 1000)","containers":[\#(Self.container)]},"status":\#(status)}}"#
    }

    private static let conditions = ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map
    {
        #"{"type":"\#($0)","status":"True","lastProbeTime":null,"lastTransitionTime":"2026-01-01T00:00:00Z"}"#
    }.joined(separator: ",")

    private static let fields = (0..<2).map {
        #"{"manager":"m\#($0)","operation":"Update","fieldsV1":{\#((0..<30).map { #""f:field\#($0)":{".":{},"f:value":{}}"# }.joined(separator: ","))}}"#
    }.joined(separator: ",")

    private static let container =
        #"{"name":"main","image":"registry.example/team/service:1.2.3","env":[\#((0..<12).map { #"{"name":"VARIABLE_\#($0)","value":"something that is set"}"# }.joined(separator: ","))]}"#

    /// In kilobytes.
    private static func memory(_ name: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        return line.flatMap { $0.split(separator: " ").compactMap { Int($0) }.first } ?? 0
    }
}
