import CLibBPF
import Glibc
import KernelABI

extension LivePacketProgram {
    /// The programs that a frame can be given to without an interface.
    package enum Entry: String, Sendable {
        case ingress = "fovea_ingress"
        case egress = "fovea_egress"
        /// Does nothing: what the harness itself costs.
        case nothing = "fovea_nothing"
    }

    /// Gives one Ethernet frame to a program, `times` over (BPF_PROG_TEST_RUN); returns nanoseconds for each
    /// run and the program's verdict. The frame seems to arrive on the loopback interface, ifindex 1.
    @discardableResult
    package func testRun(
        _ entry: Entry, frame: [UInt8], times: Int = 1, gsoSegments: UInt32 = 0
    ) throws -> (nanoseconds: Int, verdict: Int32) {
        let program = try program.program(entry.rawValue)
        var context = __sk_buff()
        context.gso_segs = gsoSegments
        if gsoSegments > 0 { context.gso_size = 1000 }
        return try withOptions(bpf_test_run_opts.self) { options in
            options.pointee.repeat = Int32(times)
            options.pointee.data_size_in = UInt32(frame.count)
            let result = frame.withUnsafeBytes { frame in
                withUnsafeMutableBytes(of: &context) { context in
                    options.pointee.data_in = frame.baseAddress
                    if gsoSegments > 0 {
                        options.pointee.ctx_in = UnsafeRawPointer(context.baseAddress)
                        options.pointee.ctx_size_in = UInt32(context.count)
                    }
                    return bpf_prog_test_run_opts(program, options)
                }
            }
            if result != 0 {
                throw SystemCallError("bpf_prog_test_run", entry.rawValue, code: result)
            }
            return (Int(options.pointee.duration), Int32(bitPattern: options.pointee.retval))
        }
    }
}
