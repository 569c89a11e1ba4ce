/// A piece of text under way to the network. Owns its memory and keeps it between uses, so that a scrape
/// of a million series needs no more than one of these.
package struct TextChunk: ~Copyable {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    package private(set) var count = 0

    package init(capacity: Int = 96 * 1024) {
        base = .allocate(byteCount: capacity, alignment: 1)
        self.capacity = capacity
    }

    deinit {
        base.deallocate()
    }

    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    package mutating func removeAll() {
        count = 0
    }

    mutating func reserve(_ extra: Int) {
        if count + extra <= capacity { return }
        capacity = max(capacity * 2, count + extra)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 1)
        larger.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = larger
    }

    /// Room must have been reserved, as for all that follow.
    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if let start = bytes.baseAddress {
            (base + count).copyMemory(from: start, byteCount: bytes.count)
            count += bytes.count
        }
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    mutating func append(_ value: SampleValue) {
        switch value {
        case .count(let number): append(digitsOf: number)
        case .number(let number): append(number)
        case .histogram: break  // written by HistogramText, as many lines
        }
    }

    mutating func append(text: String) {
        var text = text
        text.withUTF8 {
            reserve($0.count)
            append(UnsafeRawBufferPointer($0))
        }
    }

    /// The longest value takes 24 bytes.
    private mutating func append(_ number: Double) {
        if number >= 0, number < 9_007_199_254_740_992, number.rounded(.towardZero) == number {
            append(digitsOf: UInt64(number))
        } else if number.isNaN {
            append(text: "NaN")
        } else if number.isInfinite {
            append(text: number < 0 ? "-Inf" : "+Inf")
        } else {
            append(text: "\(number)")
        }
    }

    private mutating func append(digitsOf number: UInt64) {
        var length = 1
        var rest = number
        while rest >= 10 {
            rest /= 10
            length += 1
        }
        rest = number
        for place in (0..<length).reversed() {
            let digit = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            base.storeBytes(of: digit, toByteOffset: count + place, as: UInt8.self)
            rest /= 10
        }
        count += length
    }
}
