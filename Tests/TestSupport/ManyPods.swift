import Foundation

/// A Windows node with as many pods as are asked for, made of the recording of one with 30: pod 31 is pod 1
/// with an identity of its own. Gives the bytes of a recording's files by name.
package struct ManyPods: Sendable {
    package let pods: Int
    private let folder = Repository.url("Tests/Fixtures/windows/server2022-calico-30-pods")
    private static let written = 30

    private var lists: [String: [UInt8]] = [:]

    package init(_ pods: Int) {
        self.pods = pods
        for name in ["hns/endpoints.json", "hns/namespaces.json"] { lists[name] = list(name) }
    }

    package func file(_ name: String) -> [UInt8]? {
        if let list = lists[name] { return list }
        if let compartment = name.wholeMatch(of: /iphelper\/compartment-(\d+)\/(.*)/),
            let number = Int(compartment.1), (2...pods + 1).contains(number)
        {
            let template = (number - 2) % Self.written + 2
            return bytes("iphelper/compartment-\(template)/\(compartment.2)")
        }
        // The file of the pod this one is made from.
        guard let dash = name.lastIndex(of: "-"), let dot = name.lastIndex(of: "."), dash < dot,
            let pod = Int(name[name.index(after: dash)..<dot], radix: 16), (1...pods).contains(pod)
        else { return bytes(name) }
        let template = Self.digits((pod - 1) % Self.written + 1).lowercased()
        return bytes("\(name[...dash])\(template)\(name[dot...])")
    }

    private func bytes(_ name: String) -> [UInt8]? {
        (try? Data(contentsOf: folder.appending(path: name))).map { Array($0) }
    }

    private func list(_ name: String) -> [UInt8]? {
        guard let bytes = bytes(name),
            let document = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any],
            let values = document["Output"] as? [Any]
        else { return nil }
        let templates = values.prefix(Self.written).compactMap { value in
            (try? JSONSerialization.data(withJSONObject: value)).map {
                String(decoding: $0, as: UTF8.self)
            }
        }
        let all = (1...pods).map { pod in
            let template = (pod - 1) % Self.written + 1
            return templates[template - 1]
                .replacing("-" + Self.digits(template), with: "-" + Self.digits(pod))
                .replacing(
                    "10.244.2.\(template + 10)", with: "10.244.\(2 + pod / 200).\(pod % 200 + 10)"
                )
                .replacing(Self.prefix(template), with: Self.prefix(pod))
                .replacing(
                    "\"CompartmentId\":\(template + 1)", with: "\"CompartmentId\":\(pod + 1)")
        }
        return Array("{\"Success\":true,\"Output\":[\(all.joined(separator: ","))]}".utf8)
    }

    private static func digits(_ pod: Int) -> String {
        let digits = String(pod, radix: 16, uppercase: true)
        return String(repeating: "0", count: 12 - digits.count) + digits
    }

    /// How the pod's sandbox begins.
    private static func prefix(_ pod: Int) -> String {
        let digits = String(pod, radix: 16)
        return String(repeating: "0", count: max(0, 2 - digits.count)) + digits + "5eed"
    }
}
