import Glibc

/// A kernel's version, for what cannot be found out by trying.
struct KernelVersion: Comparable {
    let major: Int
    let minor: Int

    static let followsTCP = KernelVersion(major: 6, minor: 12)

    /// The running kernel's; 0.0 where it says none.
    static let running: KernelVersion = {
        var names = utsname()
        guard uname(&names) == 0 else { return KernelVersion(major: 0, minor: 0) }
        return withUnsafeBytes(of: names.release) {
            KernelVersion(release: String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self))
        }
    }()

    init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// `6.1.0-56-cloud-amd64`
    init(release: String) {
        let numbers = release.split { !$0.isNumber }.prefix(2).map { Int($0) ?? 0 }
        major = numbers.first ?? 0
        minor = numbers.count > 1 ? numbers[1] : 0
    }

    static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}
