import Agent
import Observability
import Testing

struct NegotiationTests {
    @Test(
        "a client gets the format it likes best of the two",
        arguments: [
            // Prometheus 3: scrape_protocols' default, and with native histograms before it.
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                    + "application/openmetrics-text;version=0.0.1;q=0.4,"
                    + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
                    + "text/plain;version=0.0.4;q=0.2,*/*;q=0.1", .openMetrics
            ),
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
                    + "encoding=delimited;q=0.6,"
                    + "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                    + "application/openmetrics-text;version=0.0.1;q=0.4,"
                    + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
                    + "text/plain;version=0.0.4;q=0.2,*/*;q=0.1", .openMetrics
            ),
            // The same with scrape_protocols: [PrometheusText0.0.4].
            ("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .text),
            // Prometheus 2.43 to 2.48, 2.5 to 2.42, before 2.5.
            (
                "application/openmetrics-text;version=1.0.0,"
                    + "application/openmetrics-text;version=0.0.1;q=0.75,"
                    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetrics
            ),
            (
                "application/openmetrics-text; version=0.0.1,"
                    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetrics
            ),
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
                    + "encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3,*/*;q=0.1", .text
            ),
            // vmagent, curl, a browser.
            ("text/plain;version=0.0.4;q=1,*/*;q=0.1", .text), ("*/*", .text),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", .text),
        ] as [(String, ExpositionFormat)])
    func clients(_ accept: String, _ expected: ExpositionFormat) {
        #expect(Negotiation.format(accept: accept) == expected)
    }

    @Test(
        "the higher quality wins, and the earlier of two that are equal",
        arguments: [
            ("application/openmetrics-text", .openMetrics),
            ("text/plain", .text), ("text/*", .text),
            ("text/plain;q=0.4,application/openmetrics-text;q=0.5", .openMetrics),
            ("text/plain;q=0.5,application/openmetrics-text;q=0.4", .text),
            ("text/plain,application/openmetrics-text", .text),
            ("application/openmetrics-text,text/plain", .openMetrics),
            ("application/openmetrics-text;q=0.001,text/html", .openMetrics),
            ("application/openmetrics-text;q=0.5,*/*", .text),
            ("application/openmetrics-text;q=0,text/plain;q=0.1", .text),
            ("application/openmetrics-text;q=0", .text),
            ("application/openmetrics-text;q=0.0,*/*;q=0.1", .text),
            ("text/plain;q=0,application/openmetrics-text;q=0.1", .openMetrics),
            ("text/plain;q=0", .text),
            // Versions that nobody here writes.
            ("application/openmetrics-text;version=2.0.0", .text),
            (
                "application/openmetrics-text;version=2.0.0,application/openmetrics-text;q=0.1",
                .openMetrics
            ),
        ] as [(String, ExpositionFormat)])
    func qualities(_ accept: String, _ expected: ExpositionFormat) {
        #expect(Negotiation.format(accept: accept) == expected)
    }

    @Test(
        "capitals and spaces make no difference",
        arguments: [
            "Application/OpenMetrics-Text",
            "  application/openmetrics-text ; version=1.0.0 ; q=0.9 ",
            "text/plain; Q=0.1, application/openmetrics-text; Version=1.0.0; Q=0.2",
            "\tapplication/openmetrics-text\t;\tq=1,\ttext/plain;q=0.5",
        ])
    func spelling(_ accept: String) {
        #expect(Negotiation.format(accept: accept) == .openMetrics)
    }

    @Test(
        "who says nothing that can be understood gets text",
        arguments: [
            nil, "", " ", ",", ",,,", ";", ";;q=1", "q=1", "/", "nonsense", "image/png",
            "application/json", "application/openmetrics-text;q=much",
            "application/openmetrics-text;q=-1", "application/openmetrics-text;q=nan",
            "application/openmetrics-textual",
        ])
    func malformed(_ accept: String?) {
        #expect(Negotiation.format(accept: accept) == .text)
    }

    @Test(
        "gzip is sent to whom takes it by name",
        arguments: [
            ("gzip", true), ("gzip, deflate", true), ("deflate, gzip;q=1.0, *;q=0.5", true),
            ("br;q=1, GZIP;q=0.001", true), ("identity;q=0.5, gzip ; q=0.3", true),
            ("gzip;q=0", false), ("gzip;q=0.0", false), ("gzip; q=0, deflate", false),
            ("gzip;q=little", false), ("identity", false), ("deflate, br", false),
            ("notgzip", false), ("gzipped", false), ("", false), (",;,", false), (nil, false),
        ] as [(String?, Bool)])
    func encodings(_ acceptEncoding: String?, _ expected: Bool) {
        #expect(Negotiation.takesGzip(acceptEncoding: acceptEncoding) == expected)
    }
}
