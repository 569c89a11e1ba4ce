/// Values of an answer that are not what they should be. Each reads as missing, and costs nothing but
/// itself.
package struct UnreadableValues: Equatable, Sendable {
    package private(set) var count: UInt64 = 0
    /// Where the first of them was.
    package private(set) var first: String?

    package init() {}

    package mutating func note(_ place: @autoclosure () -> String) {
        count += 1
        if first == nil { first = place() }
    }

    package static func += (all: inout Self, more: Self) {
        all.count += more.count
        all.first = all.first ?? more.first
    }
}
