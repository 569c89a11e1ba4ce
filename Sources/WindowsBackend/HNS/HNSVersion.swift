/// A version of HNS or of one of its objects.
package struct HNSVersion: Comparable, Sendable, CustomStringConvertible {
    package let major: UInt32
    package let minor: UInt32

    package init(_ major: UInt32, _ minor: UInt32) {
        self.major = major
        self.minor = minor
    }

    /// An object's `Version`: the major number in the upper half. 5.1 is of Windows 1803, 9.2 of Server 2019,
    /// 13.3 of Server 2022, 15.0 of later updates.
    package init(packed: UInt64) {
        self.init(UInt32(packed >> 32), UInt32(truncatingIfNeeded: packed))
    }

    /// `Output` of `GET /globals/version`.
    package init(parsing fields: HNSFields) throws(HNSError) {
        guard let major = try fields.count("Major").flatMap(UInt32.init(exactly:)) else {
            throw fields.malformed("no version")
        }
        self.init(major, try fields.count("Minor").flatMap(UInt32.init(exactly:)) ?? 0)
    }

    package var description: String { "\(major).\(minor)" }

    package static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}
