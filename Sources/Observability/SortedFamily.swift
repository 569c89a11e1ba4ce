/// One family in the order of its label texts, ready to be written.
struct SortedFamily: Sendable {
    let family: SampleFamily
    /// Sample numbers in order; nil where they came in order, as from most collectors.
    private let order: [Int]?
    let hasDuplicates: Bool

    init(_ family: SampleFamily) {
        let count = family.values.count
        let ends = family.ends
        var sorted = true
        var equal = false
        var order: [Int]?
        family.labels.bytes.withUnsafeBytes { text in
            func compare(_ left: Int, _ right: Int) -> Int {
                Self.compare(Self.labels(left, in: text, ends), Self.labels(right, in: text, ends))
            }
            for sample in 1..<max(count, 1) {
                let step = compare(sample - 1, sample)
                if step == 0 { equal = true }
                if step > 0 {
                    sorted = false
                    break
                }
            }
            if sorted { return }
            let permutation = (0..<count).sorted { compare($0, $1) < 0 }
            equal = zip(permutation, permutation.dropFirst()).contains { compare($0, $1) == 0 }
            order = permutation
        }
        self.family = family
        self.order = order
        hasDuplicates = equal
    }

    /// Writes samples from number `first` on until the chunk is full, and at least one, so that no header is
    /// written twice; returns the next number.
    func write(from first: Int, as format: ExpositionFormat, into chunk: inout TextChunk) -> Int {
        let form = family.descriptor.histogramForm
        let bounds = family.histograms.isEmpty ? [] : HistogramText.bounds(format, form)
        let name = Array(family.descriptor.name.utf8)
        let ends = family.ends
        let values = family.values
        var position = first
        name.withUnsafeBytes { name in
            family.labels.bytes.withUnsafeBytes { text in
                while position < values.count,
                    chunk.count < Exposition.chunkSize || position == first
                {
                    let sample = order?[position] ?? position
                    let labels = Self.labels(sample, in: text, ends)
                    position += 1
                    if case .histogram(let place) = values[sample] {
                        let text = HistogramText(
                            name: name, labels: labels, bounds: bounds, form: form)
                        text.write(family.histograms[place], into: &chunk)
                        continue
                    }
                    chunk.reserve(name.count + labels.count + 32)
                    chunk.append(name)
                    if labels.count > 0 {
                        chunk.append(UInt8(ascii: "{"))
                        chunk.append(labels)
                        chunk.append(UInt8(ascii: "}"))
                    }
                    chunk.append(UInt8(ascii: " "))
                    chunk.append(values[sample])
                    chunk.append(UInt8(ascii: "\n"))
                }
            }
        }
        return position
    }

    private static func labels(
        _ sample: Int, in text: UnsafeRawBufferPointer, _ ends: [Int]
    ) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: text[(sample == 0 ? 0 : ends[sample - 1])..<ends[sample]])
    }

    private static func compare(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer)
        -> Int
    {
        let shared = min(left.count, right.count)
        var place = 0
        // Eight bytes at a time: neighbours share long beginnings.
        while place + 8 <= shared {
            let a = left.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            let b = right.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            if a != b { return UInt64(bigEndian: a) < UInt64(bigEndian: b) ? -1 : 1 }
            place += 8
        }
        while place < shared {
            if left[place] != right[place] { return left[place] < right[place] ? -1 : 1 }
            place += 1
        }
        return left.count - right.count
    }
}
