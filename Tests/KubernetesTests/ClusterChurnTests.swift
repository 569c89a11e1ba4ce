import Kubernetes
import Logging
import Observability
import TestAPIServer
import Testing

/// Ten thousand pods that all give way to others, over a server whose watches break off meanwhile.
@Suite(.timeLimit(.minutes(5)))
struct ClusterChurnTests {
    private static let pods = 10_000

    @Test(
        "after ten thousand pods were replaced each address is its new pod's, and the old ones are nobody's"
    )
    func churn() async throws {
        let server = FakeAPIServer()
        for number in 0..<Self.pods {
            await server.put("/api/v1/pods", "old-\(number)", Self.pod("old-\(number)", number))
        }
        try await server.serve { url in
            var log = Logger(label: "churn")
            log.logLevel = .critical
            let follower = ClusterFollower(
                try APIClient(ClusterAccess(server: url), userAgent: "fovea-tests"), node: "n1",
                log: log, backoff: Backoff(first: .milliseconds(10), most: .milliseconds(50)))
            let running = Task { await follower.run() }
            let index = IdentityIndex()
            let directory = follower.naming.directory
            // Names follow what the directory knows by a moment.
            try await Self.until {
                index.change(directory: follower.naming.takeChanges())
                return directory.sizes["pods"] == Self.pods
                    && Self.wrong(index.current, as: "old", by: 0) == []
            }
            for number in 0..<Self.pods {
                // The new pod has the address of an old one that is still there, or has gone already.
                let place = (number + 7) % Self.pods
                if number % 2 == 0 { await server.delete("/api/v1/pods", "old-\(place)") }
                await server.put("/api/v1/pods", "new-\(number)", Self.pod("new-\(number)", place))
                if number % 2 == 1 { await server.delete("/api/v1/pods", "old-\(place)") }
                if number % 2_500 == 2_499 { await server.disconnect() }
                if number == 6_000 { await server.forget() }
            }
            try await Self.until {
                index.change(directory: follower.naming.takeChanges())
                return directory.sizes["pods"] == Self.pods
                    && Self.wrong(index.current, as: "new", by: 7) == []
            }
            // Whoever was there until now is let go of.
            index.forget(retiredBefore: .now + .seconds(1))
            #expect(index.current.count <= Self.pods + 10)
            running.cancel()
            await running.value
            await follower.shutdown()
        }
    }

    /// Addresses that have another name than they should, the first few.
    private static func wrong(
        _ view: IdentityIndex.View, as prefix: String, by shift: Int
    ) -> [String] {
        let all = (0..<pods).compactMap { number -> String? in
            let place = (number + shift) % pods
            let name = view[view.identity(of: address(place))].pod
            return name == "\(prefix)-\(number)" ? nil : "\(prefix)-\(number): \(name)"
        }
        return Array(all.prefix(5))
    }

    private static func address(_ number: Int) -> IPAddress {
        IPAddress(v4: 0x0a00_0000 + UInt32(number))
    }

    private static func pod(_ name: String, _ place: Int) -> String {
        #"{"metadata":{"name":"\#(name)","namespace":"a","uid":"\#(name)","labels":{"app":"x"}},"spec":{"nodeName":"n1"},"status":{"phase":"Running","podIP":"\#(address(place))"}}"#
    }

    private static func until(_ condition: () -> Bool) async throws {
        while !condition() { try await Task.sleep(for: .milliseconds(50)) }
    }
}
