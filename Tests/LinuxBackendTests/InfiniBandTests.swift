import Observability
import Testing

@testable import LinuxBackend

struct InfiniBandTests {
    private func series(_ root: String) throws -> [String] {
        var samples = SampleBuffer()
        try InfiniBandCollector(root: root).collect(into: &samples)
        return Exposition(samples, as: .text).text().split(separator: "\n").filter {
            $0.first != "#"
        }.map { String($0.dropFirst("fovea_infiniband_".count)) }
    }

    @Test("ports' counters, words of four as bytes, and what is absent left out")
    func ports() throws {
        let series = try series(Fixture.path("infiniband/sys"))
        for expected in [
            #"bytes_total{device="mlx5_0",port="1",direction="ingress"} 4000"#,
            #"bytes_total{device="mlx5_0",port="1",direction="egress"} 18446744073709551612"#,
            #"packets_total{device="mlx5_0",port="1",direction="ingress"} 250"#,
            #"errors_total{device="mlx5_0",port="1",error="link_downed"} 1"#,
            #"errors_total{device="mlx5_0",port="1",error="vl15_dropped"} 11"#,
            #"errors_total{device="mlx5_1",port="1",error="link_downed"} 3"#,
            #"port_up{device="mlx5_0",port="1"} 1"#, #"port_up{device="mlx5_1",port="1"} 0"#,
            #"status{interface="ib0",parameter="lro_timeout"} 60"#,
            #"status{interface="ib0",parameter="link_down_reason"} 2"#,
        ] {
            #expect(series.contains(expected), "\(expected)")
        }
        // Four of traffic, two states, two parameters; twelve errors, and the one that mlx5_1 can count.
        #expect(series.count == 4 + 2 + 2 + 12 + 1)
    }

    @Test("a machine without such a device says nothing")
    func absent() throws {
        #expect(try series(Fixture.path("netlink")) == [])
        #expect(!InfiniBandCollector(root: Fixture.path("netlink")).isPresent)
        #expect(InfiniBandCollector(root: Fixture.path("infiniband/sys")).isPresent)
    }
}
