import Testing

@testable import LinuxBackend

struct BPFObjectTests {
    @Test(
        "an object in the executable is a BPF ELF file",
        arguments: [BPFObject.packets, .drops, .tcp])
    func elf(_ object: BPFObject) {
        let bytes = object.bytes()
        #expect(bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2]))
        // e_machine EM_BPF.
        #expect(Array(bytes[18..<20]) == [247, 0])
        #expect(bytes.count > 1_000 && bytes.count % 8 == 0)
    }

    @Test(
        "base64 is undone as RFC 4648 has it",
        arguments: [
            ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"), ("Zm9vYmFy", "foobar"),
        ] as [(StaticString, String)])
    func base64(_ text: StaticString, _ plain: String) {
        #expect(BPFObject(name: "test", base64: text).bytes() == Array(plain.utf8))
    }

    @Test("all 64 digits are known")
    func digits() {
        let all: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        var bits: [Int] = []
        for byte in BPFObject(name: "test", base64: all).bytes() {
            bits += (0..<8).reversed().map { Int(byte) >> $0 & 1 }
        }
        let values = stride(from: 0, to: bits.count, by: 6).map {
            bits[$0..<$0 + 6].reduce(0) { $0 << 1 | $1 }
        }
        #expect(values == Array(0..<64))
    }
}
