package import Observability

/// Reads what a client says it takes (RFC 9110 §12.5).
package enum Negotiation {
    /// The format the client likes best of those we write; text where it says nothing.
    package static func format(accept: String?) -> ExpositionFormat {
        var best: (format: ExpositionFormat, quality: Double)?
        for choice in choices(accept ?? "") {
            let format: ExpositionFormat
            switch choice.name {
            case "application/openmetrics-text":
                if let version = choice.parameters["version"], version != "1.0.0",
                    version != "0.0.1"
                {
                    continue
                }
                format = .openMetrics
            case "text/plain", "text/*", "*/*": format = .text
            default: continue
            }
            if choice.quality > best?.quality ?? 0 { best = (format, choice.quality) }
        }
        return best?.format ?? .text
    }

    package static func takesGzip(acceptEncoding: String?) -> Bool {
        choices(acceptEncoding ?? "").contains { $0.name == "gzip" && $0.quality > 0 }
    }

    private struct Choice {
        let name: String
        let parameters: [String: String]
        let quality: Double
    }

    private static func choices(_ header: String) -> [Choice] {
        header.split(separator: ",").map { part in
            let pieces = part.split(separator: ";").map { trimmed($0) }
            var parameters: [String: String] = [:]
            for piece in pieces.dropFirst() {
                let pair = piece.split(separator: "=", maxSplits: 1)
                if pair.count == 2 { parameters[trimmed(pair[0]).lowercased()] = trimmed(pair[1]) }
            }
            return Choice(
                name: (pieces.first ?? "").lowercased(), parameters: parameters,
                quality: parameters["q"].map { Double($0) ?? 0 } ?? 1)
        }
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        String(
            text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }
                .reversed())
    }
}
