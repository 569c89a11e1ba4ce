/// The 64-bit sides of one stack's 32-bit counters.
struct WideStackCounters {
    private var counters = [WideningCounter](
        repeating: WideningCounter(), count: WindowsStackCounter.allCases.count)

    /// Nil are those of the sources that are left out.
    mutating func row(
        of reading: WindowsStackReading, without left: Set<StackSource> = []
    ) -> CounterRow<WindowsStackCounter> {
        var row = CounterRow<WindowsStackCounter>()
        for counter in WindowsStackCounter.allCases where !left.contains(counter.source) {
            switch reading[counter] {
            case .wide(let count): row[counter] = count
            case .narrow(let count):
                counters[counter.rawValue].read(count)
                row[counter] = counters[counter.rawValue].total
            }
        }
        return row
    }
}
