import Testing

@testable import LinuxBackend

struct DropReasonNamesTests {
    private let names = DropReasonNames(kernelNames: [
        0: "SKB_NOT_DROPPED_YET", 1: "SKB_CONSUMED", 2: "SKB_DROP_REASON_NOT_SPECIFIED",
        3: "SKB_DROP_REASON_NO_SOCKET",
    ])

    @Test(
        "a reason is the kernel's own, in lower case",
        arguments: [(2, "not_specified"), (3, "no_socket"), (1, "skb_consumed")]
            as [(UInt32, String)])
    func known(_ reason: UInt32, _ name: String) {
        #expect(names[reason] == name)
    }

    @Test(
        "a reason without a name is its number, with its subsystem's if it has one",
        arguments: [
            (77, "reason_77"), (0xffff, "reason_65535"), (0x1_0005, "subsystem_1_5"),
            (0xffff_ffff, "subsystem_65535_65535"),
        ] as [(UInt32, String)])
    func unknown(_ reason: UInt32, _ name: String) {
        #expect(names[reason] == name)
    }

    @Test("the reason that says nothing has the number it has in this kernel")
    func notSpecified() {
        #expect(names.notSpecified == 2)
        // Linux 5.17.
        #expect(
            DropReasonNames(kernelNames: [1: "SKB_DROP_REASON_NOT_SPECIFIED"]).notSpecified == 1)
    }

    @Test("a kernel without the enumeration has no reasons")
    func none() {
        let none = DropReasonNames(kernelNames: [:])
        #expect(!none.isKnown && none.notSpecified == 0 && names.isKnown)
    }

    @Test(
        "every kernel's own numbers, which shift, lead to the same names",
        arguments: [
            ("5.10", [:]),
            (
                "6.1",
                ["not_specified": 1, "netfilter_drop": 7, "cpu_backlog": 46, "qdisc_drop": 45]
            ),
            (
                "6.12",
                ["not_specified": 2, "netfilter_drop": 11, "cpu_backlog": 61, "qdisc_drop": 57]
            ),
            (
                "6.18",
                ["not_specified": 2, "netfilter_drop": 12, "cpu_backlog": 71, "qdisc_drop": 64]
            ),
        ] as [(String, [String: UInt32])])
    func recorded(_ kernel: String, _ known: [String: UInt32]) throws {
        let names = DropReasonNames(kernelNames: try Recording(kernel: kernel).dropReasons())
        #expect(names.isKnown == (kernel != "5.10"))
        for (name, number) in known { #expect(names[number] == name) }
        #expect(names.notSpecified == known["not_specified"] ?? 0)
        #expect(names.netfilterDrop == known["netfilter_drop"] ?? 0)
        #expect(names.listenOverflow == (kernel == "6.18" ? 40 : nil))
    }
}
