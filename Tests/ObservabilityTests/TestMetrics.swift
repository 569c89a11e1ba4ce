import MetricSchema

/// Labels that say nothing, for metrics that are only written.
struct First: OpenLabel {
    static var name: String { "first" }
    let value: String
    init(_ value: String) { self.value = value }
}

struct Second: OpenLabel {
    static var name: String { "second" }
    let value: String
    init(_ value: String) { self.value = value }
}

/// One metric of every shape.
enum TestMetrics {
    static let requests = Metric(
        "test_requests_total", .counter, labels: First.self, help: "Requests by first.")
    static let sent = Metric(
        "test_sent_bytes_total", .counter, .bytes, labels: First.self, Second.self,
        help: "Bytes by first and second.")
    static let age = Metric("test_age_seconds", .gauge, .seconds, help: "Age of the test.")
    static let wait = Histogram("test_wait_seconds", labels: First.self, help: "Wait by first.")
    static let level = Metric("test_level", .gauge, labels: First.self, help: "Level by first.")
}
