/// What came of asking the API server about a token.
package enum TokenVerdict: String, ClosedLabel {
    case allowed
    /// Nobody's token.
    case unknown
    /// Somebody's, who may not.
    case forbidden
    /// The server was not to be asked, or too much is being asked of it.
    case unavailable

    package static var name: String { "verdict" }
}

extension Catalog {
    package static let tokenReviews = Metric(
        "fovea_agent_token_reviews_total", .counter, labels: TokenVerdict.self, budget: 4,
        help:
            "Bearer tokens that the API server was asked about (server.review-tokens), by what it said; verdicts are kept for up to a minute."
    )

    package static let access: [MetricDescriptor] = [tokenReviews.descriptor]
}
