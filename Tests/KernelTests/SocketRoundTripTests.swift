import LinuxBackend
import MetricSchema
import Testing

@testable import traffic

extension KernelTier {
    /// Smoothed round trips of sockets that are open, over a link of known latency.
    @Suite
    struct SocketRoundTripTests {
        @Test(arguments: [false, true])
        func `Open sockets are counted by the round trip that their link was given`(six: Bool)
            async throws
        {
            let lab = try Lab(six ? "srtt6" : "srtt4")
            let delay = 0.020
            try lab.delay(milliseconds: delay * 1000)
            var settings = LinuxSettings()
            settings.readingInterval = 0
            settings.readingBudget = 10_000
            try await Observed.during(settings) { observed in
                let server = try HeldSocket(lab, 1, .stream, six: six, port: 7000)
                try server.listen(backlog: 16)
                var clients: [HeldSocket] = []
                for _ in 0..<3 {
                    clients.append(try HeldSocket(lab, 0, .stream, six: six))
                    try clients.last?.connect(to: server)
                }
                func count(_ reading: Reading, _ place: Int, _ range: RoundTripRange) -> UInt64 {
                    reading.sum(
                        Catalog.roundTripSockets.pod, "pod=\"\(lab.hosts[place])\"",
                        "round_trip=\"\(range.rawValue)\"")
                }
                let start = ContinuousClock.now
                var reading = try observed.scrape()
                while (0..<2).contains(where: { count(reading, $0, .under100ms) < 3 }),
                    .now - start < .seconds(20)
                {
                    reading = try observed.scrape()
                }
                for place in 0..<2 {
                    for range in RoundTripRange.allCases {
                        #expect(count(reading, place, range) == (range == .under100ms ? 3 : 0))
                    }
                    let longest = reading.total(
                        Catalog.longestRoundTrip.pod, ["pod=\"\(lab.hosts[place])\""])
                    #expect(abs(longest / (2 * delay) - 1) < 0.1, "\(place): \(longest)")
                }
                withExtendedLifetime((server, clients)) {}
            }
        }

        @Test func `Where round trips are not asked for, none is measured`() async throws {
            let lab = try Lab("srtt0")
            var settings = LinuxSettings()
            settings.readingInterval = 0
            settings.readingBudget = 10_000
            settings.socketRoundTrips = false
            try await Observed.during(settings) { observed in
                let server = try HeldSocket(lab, 1, .stream, six: false, port: 7000)
                try server.listen(backlog: 16)
                let client = try HeldSocket(lab, 0, .stream, six: false)
                try client.connect(to: server)
                let pod = "pod=\"\(lab.hosts[0])\""
                let start = ContinuousClock.now
                var reading = try observed.scrape()
                while reading.sum(Catalog.roundTripSockets.pod, pod) < 1,
                    .now - start < .seconds(20)
                {
                    reading = try observed.scrape()
                }
                #expect(reading.sum(Catalog.roundTripSockets.pod, pod, "unmeasured") == 1)
                #expect(reading.sum(Catalog.roundTripSockets.pod, pod) == 1)
                withExtendedLifetime((server, client)) {}
            }
        }
    }
}
