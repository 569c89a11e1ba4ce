import Testing

@testable import LinuxBackend

struct KernelVersionTests {
    @Test(
        "a release begins with its version",
        arguments: [
            ("5.10.0-46-cloud-amd64", 5, 10), ("6.18.0", 6, 18), ("7.2-rc1+", 7, 2), ("6", 6, 0),
            ("", 0, 0),
        ])
    func release(_ text: String, _ major: Int, _ minor: Int) {
        #expect(KernelVersion(release: text) == KernelVersion(major: major, minor: minor))
    }

    @Test("versions are numbers and not texts")
    func order() {
        #expect(KernelVersion(release: "5.17") > KernelVersion(release: "5.9"))
        #expect(KernelVersion(release: "6.1") < .followsTCP)
        #expect(KernelVersion(release: "6.18") >= .followsTCP)
    }
}
