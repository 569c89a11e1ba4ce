/// One line of a watch. A line that says why the watch ends throws that as an `APIStatus`.
package enum WatchEvent<Record: KubernetesRecord>: Sendable, Decodable {
    case set(Record)
    case removed(Record)
    /// Nothing changed up to this version. `endsInitial`: what a watch that began with everything had to say
    /// first is said.
    case bookmark(version: String, endsInitial: Bool)

    private enum Key: CodingKey { case type, object }
    private struct Bookmark: Decodable {
        struct Metadata: Decodable {
            let resourceVersion: String
            let annotations: [String: String]?
        }
        let metadata: Metadata
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        switch try fields.decode(String.self, forKey: .type) {
        case "ADDED", "MODIFIED": self = .set(try fields.decode(Record.self, forKey: .object))
        case "DELETED": self = .removed(try fields.decode(Record.self, forKey: .object))
        case "BOOKMARK":
            let metadata = try fields.decode(Bookmark.self, forKey: .object).metadata
            self = .bookmark(
                version: metadata.resourceVersion,
                endsInitial: metadata.annotations?["k8s.io/initial-events-end"] == "true")
        case "ERROR": throw try fields.decode(APIStatus.self, forKey: .object)
        case let other:
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: fields, debugDescription: "no event is of the type \(other)")
        }
    }
}

/// A page of a list. An object that cannot be read costs itself and not the page.
package struct ListPage<Record: KubernetesRecord>: Sendable, Decodable {
    package let version: String
    /// Empty on the last page.
    package let next: String
    package let records: [Record]
    package let malformed: [String]

    private enum Key: CodingKey { case metadata, items }
    private struct Metadata: Decodable {
        let resourceVersion: String?
        let `continue`: String?
    }
    private struct Item: Decodable {
        let result: Result<Record, any Error>
        init(from decoder: any Decoder) throws {
            result = Result { try Record(from: decoder) }
        }
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let metadata = try fields.decode(Metadata.self, forKey: .metadata)
        version = metadata.resourceVersion ?? ""
        next = metadata.continue ?? ""
        var records: [Record] = []
        var malformed: [String] = []
        for item in try fields.decodeIfPresent([Item].self, forKey: .items) ?? [] {
            switch item.result {
            case .success(let record): records.append(record)
            case .failure(let error as DecodingError): malformed.append(error.place)
            case .failure(let error): malformed.append("\(error)")
            }
        }
        self.records = records
        self.malformed = malformed
    }
}
