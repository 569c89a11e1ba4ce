import CLibBPF
import Glibc

/// A map in the kernel. Copies refer to the same map; it lives as long as the program that owns it.
package struct BPFMap: Sendable {
    package let name: String
    package let descriptor: Int32
    package let keySize: Int
    package let valueSize: Int
    package let entries: Int

    package func set<Key: BitwiseCopyable, Value: BitwiseCopyable>(_ key: Key, to value: Value)
        throws
    {
        let result = withUnsafeBytes(of: key) { key in
            withUnsafeBytes(of: value) { value in
                bpf_map_update_elem(descriptor, key.baseAddress, value.baseAddress, 0)
            }
        }
        if result != 0 { throw SystemCallError("bpf_map_update_elem", name, code: result) }
    }

    /// Absent keys are no error: gone is what was asked for. True where it was there until now.
    @discardableResult
    package func remove<Key: BitwiseCopyable>(_ key: Key) throws -> Bool {
        let result = withUnsafeBytes(of: key) { bpf_map_delete_elem(descriptor, $0.baseAddress) }
        if result != 0, result != -ENOENT {
            throw SystemCallError("bpf_map_delete_elem", name, code: result)
        }
        return result == 0
    }

    /// Nil where the key is absent.
    package func value<Key: BitwiseCopyable, Value: BitwiseCopyable>(
        of key: Key, as: Value.Type
    ) throws -> Value? {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: valueSize, alignment: 8)
        defer { memory.deallocate() }
        let result = withUnsafeBytes(of: key) {
            bpf_map_lookup_elem(descriptor, $0.baseAddress, memory.baseAddress)
        }
        if result == -ENOENT { return nil }
        if result != 0 { throw SystemCallError("bpf_map_lookup_elem", name, code: result) }
        return memory.loadUnaligned(as: Value.self)
    }

    package func value<Value: BitwiseCopyable>(_ key: UInt32, as: Value.Type) throws -> Value {
        try perCPU(key, as: Value.self, cpus: 1)[0]
    }

    /// A value that is kept once per CPU, for each possible CPU.
    package func perCPU<Value: BitwiseCopyable>(_ key: UInt32, as: Value.Type, cpus: Int) throws
        -> [Value]
    {
        var key = key
        let stride = (valueSize + 7) / 8 * 8
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: stride * cpus, alignment: 8)
        defer { memory.deallocate() }
        let result = bpf_map_lookup_elem(descriptor, &key, memory.baseAddress)
        if result != 0 { throw SystemCallError("bpf_map_lookup_elem", name, code: result) }
        return (0..<cpus).map { memory.loadUnaligned(fromByteOffset: $0 * stride, as: Value.self) }
    }

    /// Hands every entry to `body` as raw bytes, `batch` entries to a system call; with `removing` the map
    /// is empty afterwards. Exact only while nobody writes to the map.
    package func forEach(
        removing: Bool = false, valueBytes: Int? = nil, batch: Int = 2048,
        _ body: (UnsafeRawPointer, UnsafeRawPointer) throws -> Void
    ) throws {
        let valueSize = valueBytes ?? self.valueSize
        let keys = UnsafeMutableRawPointer.allocate(byteCount: batch * keySize, alignment: 8)
        let values = UnsafeMutableRawPointer.allocate(byteCount: batch * valueSize, alignment: 8)
        var cursor = (UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0))
        defer {
            keys.deallocate()
            values.deallocate()
        }
        var first = true
        while true {
            var count = UInt32(batch)
            let result = withUnsafeMutableBytes(of: &cursor) { cursor in
                let from = first ? nil : cursor.baseAddress
                return removing
                    ? bpf_map_lookup_and_delete_batch(
                        descriptor, from, cursor.baseAddress, keys, values, &count, nil)
                    : bpf_map_lookup_batch(
                        descriptor, from, cursor.baseAddress, keys, values, &count, nil)
            }
            if result != 0, result != -ENOENT {
                throw SystemCallError("bpf_map_lookup_batch", name, code: result)
            }
            for entry in 0..<Int(count) {
                try body(keys + entry * keySize, values + entry * valueSize)
            }
            if result == -ENOENT { return }
            first = false
        }
    }

    /// Kernel memory of the map in bytes, from the descriptor's fdinfo.
    package var memory: UInt64? {
        guard let file = fopen("/proc/self/fdinfo/\(descriptor)", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(
                decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            let words = text.split(whereSeparator: \.isWhitespace)
            if words.count == 2, words[0] == "memlock:" { return UInt64(words[1]) }
        }
        return nil
    }
}

/// An array map's memory, seen through mmap: reading it costs no system call.
///
/// Unchecked because it owns the mapping; what lies in it is written by the kernel, so each reader
/// decides what a racing read may mean.
package final class MappedArray<Element: BitwiseCopyable>: @unchecked Sendable {
    package let elements: UnsafeMutablePointer<Element>
    package let count: Int
    private let length: Int

    /// Maps `count` elements from number `first` on, which must begin a page.
    package init(_ map: BPFMap, from first: Int = 0, count: Int) throws {
        let page = Int(getpagesize())
        let offset = first * MemoryLayout<Element>.stride
        precondition(offset % page == 0)
        length = (count * MemoryLayout<Element>.stride + page - 1) / page * page
        let memory = mmap(
            nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, map.descriptor, off_t(offset))
        guard let memory, memory != MAP_FAILED else { throw SystemCallError("mmap", map.name) }
        elements = memory.bindMemory(to: Element.self, capacity: count)
        self.count = count
    }

    deinit {
        munmap(elements, length)
    }

    package subscript(_ index: Int) -> Element {
        precondition(index >= 0 && index < count)
        return elements[index]
    }
}
