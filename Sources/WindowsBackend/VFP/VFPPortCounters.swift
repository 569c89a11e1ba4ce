package import MetricSchema

/// What VFP has counted at one port since it was enabled there: the answer to
/// `vfpctrl /port … /get-port-counter`, text of any layout or JSON of `/format 1`. Directions are the
/// port's: OUT is what leaves the pod. A counter that is not there is nil.
package struct VFPPortCounters: Equatable, Sendable {
    package private(set) var row = CounterRow<VFPCounter>()
    package private(set) var unreadable = UnreadableValues()

    package init(parsing bytes: [UInt8]) throws(VFPError) {
        if bytes.isJSON {
            try read(json: bytes)
        } else {
            read(text: bytes)
        }
        // An error in the system's language has none of the keys.
        if unreadable.count == 0, row.values.allSatisfy({ $0 == nil }) {
            throw VFPError(unexpected: bytes, in: "port counters")
        }
    }

    package subscript(_ quantity: VFPQuantity, _ direction: Direction) -> UInt64? {
        row[VFPCounter(quantity, direction)]
    }

    private mutating func read(text bytes: [UInt8]) {
        var direction: Direction?
        for line in VFPText(bytes).lines {
            guard let quantity = VFPQuantity.byName[line.key.lowercased()] else {
                // `Direction - OUT`: the last word is the name of a constant and is not translated.
                switch line.value.isEmpty ? line.text.split(separator: " ").last : nil {
                case "OUT": direction = .egress
                case "IN": direction = .ingress
                default: break
                }
                continue
            }
            guard let direction else { continue }
            if let count = UInt64(line.value) {
                row[VFPCounter(quantity, direction)] = count
            } else {
                unreadable.note("\(direction) \(line.key)")
            }
        }
    }

    private mutating func read(json bytes: [UInt8]) throws(VFPError) {
        guard let document = try? JSONValue(parsing: bytes), let object = SparseObject(document)
        else { throw VFPError(unexpected: bytes, in: "port counters") }
        // Some builds wrap each answer in an array, some do not.
        let information: JSONValue? =
            if case .array(let several) = object.value["InformationArray"] {
                several.first
            } else {
                object.value["InformationArray"]
            }
        let holder = SparseObject(information) ?? object
        let counters = holder.list("PortCounters", noting: &unreadable) { value, _ in
            SparseObject(value)
        }
        for object in counters {
            let direction: Direction? =
                switch object.value["Direction"] {
                case .count(0), .string("OUT"): .egress
                case .count(1), .string("IN"): .ingress
                // The zero may be left out.
                case nil: .egress
                default: nil
                }
            guard let direction else {
                unreadable.note("Direction")
                continue
            }
            for quantity in VFPQuantity.allCases {
                guard let name = quantity.names.last, object.value[name] != nil else { continue }
                row[VFPCounter(quantity, direction)] = object.count(name, noting: &unreadable)
            }
        }
    }
}
