import MetricSchema

/// What is known of one namespace's table.
package struct ConntrackTable: Sendable {
    package var size: ConntrackSize?
    package var statistics = ConntrackStatisticsTotal()
    /// Of the last dump that was complete.
    package var census: ConntrackCensus?
    package var dumped: ContinuousClock.Instant?
    package var dumpTook = Duration.zero

    package init() {}
}
