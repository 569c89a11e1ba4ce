import Testing

@testable import LinuxBackend

/// Names from Tests/Fixtures/linux/kallsyms, which is not sorted, as the kernel's is not.
struct KernelSymbolsTests {
    private let symbols = KernelSymbols(path: Fixture.path("kallsyms"))

    @Test(
        "an address has the name of the function it lies in",
        arguments: [
            (0xffff_ffff_8203_31c0, "tcp_v4_rcv"), (0xffff_ffff_8203_31d9, "tcp_v4_rcv"),
            (0xffff_ffff_8204_628f, "tcp_v4_rcv"), (0xffff_ffff_8204_6290, "__udp4_lib_rcv"),
            (0xffff_ffff_81ff_5fff, "ip_rcv_core"), (0xffff_ffff_8204_ffff, "icmp_rcv"),
        ] as [(UInt64, String)])
    func function(_ address: UInt64, _ name: String) {
        #expect(symbols.names(for: [address]) == [address: name])
    }

    @Test("a module's function has its name without the module's")
    func module() {
        #expect(
            symbols.names(for: [0xffff_ffff_c040_1234]) == [0xffff_ffff_c040_1234: "nft_do_chain"])
    }

    @Test("an address below every function has none")
    func below() {
        #expect(symbols.names(for: [1, 0xffff_ffff_81f2_85cf]).isEmpty)
    }

    @Test("many addresses are answered at once, and only they")
    func many() {
        _ = symbols.names(for: [0xffff_ffff_8204_edb0])
        let names = symbols.names(for: [0xffff_ffff_8203_31c5, 0xffff_ffff_81f2_85d0, 5])
        #expect(
            names == [0xffff_ffff_8203_31c5: "tcp_v4_rcv", 0xffff_ffff_81f2_85d0: "nf_hook_slow"])
    }

    @Test("a function's code ends where the next one begins; aliases and data do not end it")
    func ranges() {
        let symbols = KernelSymbols(path: Fixture.path("kallsyms-ranges"))
        #expect(
            symbols.ranges(of: ["nf_hook_slow", "nf_hook_slow_list", "nft_do_chain", "nobody"]) == [
                "nft_do_chain": 0xffff_ffff_c040_1000..<0xffff_ffff_c040_1100,
                "nf_hook_slow": 0xffff_ffff_81f2_85d0..<0xffff_ffff_81f2_86c0,
                "nf_hook_slow_list": 0xffff_ffff_81f2_86c0..<0xffff_ffff_81f2_8780,
            ])
        #expect(KernelSymbols(path: Fixture.path("no such file")).ranges(of: ["a"]).isEmpty)
    }

    @Test("without the file there are no names")
    func missing() {
        #expect(KernelSymbols(path: Fixture.path("no such file")).names(for: [1, 2]).isEmpty)
    }
}
