import MetricSchema

/// The series of one metric in its context, with what has been counted for each.
///
/// What a series of a collector's has grown by since the last scrape is added to the series it belongs to now. So all
/// of them together have grown by just as much, a counter never goes back when pods come, go or change their labels, and
/// what pods that are gone have counted stays with their workload.
struct ContextLedger {
    private struct Account {
        var last: SampleAmount
        var placement: SeriesRewriter.Placement
        var seen: ContinuousClock.Instant
    }

    private struct Series {
        var amount: SampleAmount
        var grown: ContinuousClock.Instant
        /// When a collector's series was last part of it.
        var present: ContinuousClock.Instant
    }

    private let rewriter: SeriesRewriter
    private let keepsAccounts: Bool
    private var accounts: [[UInt8]: Account] = [:]
    private var series: [[UInt8]: Series] = [:]
    private var generation: UInt64?
    /// Series of collectors that are part of shared ones, as of the last scrape.
    private(set) var unselected = 0
    /// Series that are not written since they have not grown for too long.
    private(set) var expired = 0

    init(_ rewriter: SeriesRewriter) {
        self.rewriter = rewriter
        // A gauge is what it is now. Names that lose their place go over to another series, which has counted them then.
        keepsAccounts =
            rewriter.metric.kind != .gauge
            && !Catalog.movingSeries.contains { $0 === rewriter.metric }
    }

    /// `isOld`: a later scrape has been here before, and what is less than then did not begin anew.
    mutating func fold(
        _ family: SampleFamily, isOld: Bool, now: ContinuousClock.Instant
    ) -> SampleFamily {
        let newGeneration = rewriter.facts?.factsGeneration ?? 0
        let isMoved = newGeneration != generation
        generation = newGeneration
        unselected = 0
        var written: [[UInt8]: SampleAmount] = [:]
        for (key, amount) in family.keyed {
            let before = accounts[key]
            var placement = before?.placement
            if isMoved || placement?.isSettled != true {
                let new = rewriter.placement(of: key)
                // Who is gone stays where it was.
                if placement == nil || new.isSettled { placement = new }
            }
            guard let placement else { continue }
            switch placement.place {
            case .apart: written[key] = amount.adding(written[key])
            case .series(let place), .unselected(let place):
                if case .unselected = placement.place { unselected += 1 }
                if keepsAccounts {
                    add(amount, of: key, to: place, isOld: isOld, now: now)
                } else if rewriter.metric.kind != .gauge || amount.isCount {
                    written[place] = amount.adding(written[place])
                } else if case .series = placement.place {
                    written[place] = amount.larger(written[place])
                }
                accounts[key, default: Account(last: amount, placement: placement, seen: now)]
                    .placement = placement
                if !isOld || before == nil || amount.contains(before?.last ?? amount) {
                    accounts[key]?.last = amount
                }
                accounts[key]?.seen = now
            }
        }
        // A flow that is not there was forgotten, and begins at nought; of others the reader may be late.
        let patience = rewriter.metric.level == .remote ? .zero : SeriesLifetime.grace
        accounts = accounts.filter { now - $0.value.seen <= patience }
        if keepsAccounts { write(to: &written, now: now) }
        var result = SampleFamily(family.descriptor)
        for (labels, amount) in written { result.add(amount, labels: labels) }
        return result
    }

    private mutating func add(
        _ amount: SampleAmount, of key: [UInt8], to place: [UInt8], isOld: Bool,
        now: ContinuousClock.Instant
    ) {
        let last = accounts[key]?.last
        if isOld, let last, !amount.contains(last) {
            series[place]?.present = now
            return
        }
        let growth = amount.since(last)
        var current = series[place] ?? Series(amount: growth.none, grown: now, present: now)
        if growth.size > 0 { current.grown = now }
        current.amount = growth.adding(current.amount)
        current.present = now
        series[place] = current
    }

    private mutating func write(
        to written: inout [[UInt8]: SampleAmount], now: ContinuousClock.Instant
    ) {
        expired = 0
        for (labels, one) in series {
            let age =
                rewriter.context.ttl.map { (now - one.grown, $0) }
                ?? (now - one.present, SeriesLifetime.grace)
            if age.0 <= age.1 {
                written[labels] = one.amount.adding(written[labels])
            } else if one.present == now {
                expired += 1
            } else {
                series[labels] = nil
            }
        }
    }
}
