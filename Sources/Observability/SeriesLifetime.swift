/// How long a series stays after what it stands for.
package enum SeriesLifetime {
    /// Enough for a last scrape or two.
    package static let grace = Duration.seconds(300)
}
