package import MetricSchema
package import Observability

/// InfiniBand ports' counters, from /sys/class/infiniband (Documentation/ABI/stable/sysfs-class-infiniband), and what
/// some drivers put into the `debug` folder of their network devices. Says nothing where there is none.
package struct InfiniBandCollector: Collector {
    package let name = CollectorName("infiniband")
    private let root: String

    /// `root` is where /sys is.
    package init(root: String = "/sys") {
        self.root = root
    }

    /// False on most machines, where the collector has nothing to do.
    package var isPresent: Bool {
        !SmallFile.entries(of: "\(root)/class/infiniband").isEmpty
    }

    package func collect(into samples: inout SampleBuffer) throws {
        for device in SmallFile.entries(of: "\(root)/class/infiniband").sorted() {
            let ports = "\(root)/class/infiniband/\(device)/ports"
            for port in SmallFile.entries(of: ports).sorted() {
                write(
                    "\(ports)/\(port)", InfiniBandDevice(device), InfiniBandPort(port),
                    to: &samples)
            }
        }
        for device in SmallFile.entries(of: "\(root)/class/net").sorted()
        where device.hasPrefix("ib") {
            for parameter in InfiniBandParameter.allCases {
                let file = "\(root)/class/net/\(device)/debug/\(parameter.rawValue)"
                if let value = number(file) {
                    samples.add(
                        value, to: Catalog.infinibandStatus, InterfaceName(device), parameter)
                }
            }
        }
    }

    private func write(
        _ folder: String, _ device: InfiniBandDevice, _ port: InfiniBandPort,
        to samples: inout SampleBuffer
    ) {
        // `4: ACTIVE`
        if let state = SmallFile.text("\(folder)/state") {
            samples.add(
                state.hasPrefix("4:") ? 1 : 0 as UInt64, to: Catalog.infinibandUp, device, port)
        }
        let counters = "\(folder)/counters"
        for (file, direction) in [("port_rcv", Direction.ingress), ("port_xmit", .egress)] {
            if let packets = number("\(counters)/\(file)_packets") {
                samples.add(packets, to: Catalog.infinibandPackets, device, port, direction)
            }
            if let words = number("\(counters)/\(file)_data") {
                samples.add(words &* 4, to: Catalog.infinibandBytes, device, port, direction)
            }
        }
        for error in InfiniBandError.allCases {
            let file = error == .vl15Dropped ? "VL15_dropped" : error.rawValue
            if let count = number("\(counters)/\(file)") {
                samples.add(count, to: Catalog.infinibandErrors, device, port, error)
            }
        }
    }

    /// Nil where there is no such file, or what is in it is no number: a driver says `N/A (no PMA)`.
    private func number(_ path: String) -> UInt64? {
        SmallFile.text(path).flatMap { UInt64($0) }
    }
}
