import CLibBPF
import Glibc

/// An options struct of libbpf while a call lasts. libbpf refuses options whose unused bytes are not zero, and
/// counts padding among them, which Swift does not keep at zero in a struct of its own; so this is memory from
/// C, and only single fields are ever written.
func withOptions<Options: LibBPFOptions, Result>(
    _: Options.Type, _ body: (UnsafeMutablePointer<Options>) throws -> Result
) rethrows -> Result {
    let size = MemoryLayout<Options>.stride
    let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    memset(memory, 0, size)
    defer { memory.deallocate() }
    let options = memory.bindMemory(to: Options.self, capacity: 1)
    options.pointee.sz = size
    return try body(options)
}

/// Every such struct begins with its own size.
protocol LibBPFOptions {
    var sz: Int { get set }
}

extension bpf_object_open_opts: LibBPFOptions {}
extension bpf_link_create_opts: LibBPFOptions {}
extension bpf_test_run_opts: LibBPFOptions {}
extension bpf_tc_hook: LibBPFOptions {}
extension bpf_tc_opts: LibBPFOptions {}
