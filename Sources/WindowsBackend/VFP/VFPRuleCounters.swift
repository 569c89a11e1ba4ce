/// What each rule of a port has matched: the answer to `vfpctrl /port … /get-rule-counter`, text or JSON.
package struct VFPRuleCounters: Equatable, Sendable {
    package struct Rule: Equatable, Sendable {
        package let layer: String
        package let group: String
        /// Its ID; its name where it has none.
        package let rule: String
        package let matchedPackets: UInt64?
        package let droppedPackets: UInt64?
        package let pendingPackets: UInt64?
    }

    package private(set) var rules: [Rule] = []
    package private(set) var unreadable = UnreadableValues()

    /// A port without rules is one without layers; text without either says something else.
    package init(parsing bytes: [UInt8]) throws(VFPError) {
        let isKnown = bytes.isJSON ? try read(json: bytes) : read(text: bytes)
        if !isKnown { throw VFPError(unexpected: bytes, in: "rule counters") }
    }

    private mutating func read(text bytes: [UInt8]) -> Bool {
        var layer = ""
        var group = ""
        var rule: String?
        var counts: [String: UInt64] = [:]
        var isKnown = false
        func finished() -> Rule? {
            rule.map {
                Rule(
                    layer: layer, group: group, rule: $0, matchedPackets: counts["matchedpackets"],
                    droppedPackets: counts["droppedpackets"],
                    pendingPackets: counts["pendingpackets"])
            }
        }
        for line in VFPText(bytes).lines {
            let key = line.key.lowercased()
            switch key {
            case "layer", "group", "rule":
                isKnown = true
                if let rule = finished() { rules.append(rule) }
                rule = key == "rule" ? line.value : nil
                if key == "layer" { (layer, group) = (line.value, "") }
                if key == "group" { group = line.value }
                counts = [:]
            case "matchedpackets", "droppedpackets", "pendingpackets":
                // The value is the last word.
                if let count = line.value.split(separator: " ").last.flatMap({ UInt64($0) }) {
                    counts[key] = count
                } else {
                    unreadable.note(line.key)
                }
            default: break
            }
        }
        if let rule = finished() { rules.append(rule) }
        return isKnown
    }

    private mutating func read(json bytes: [UInt8]) throws(VFPError) -> Bool {
        guard let document = try? JSONValue(parsing: bytes), let object = SparseObject(document)
        else { return false }
        var rules: [Rule] = []
        for layer in object.objects("Layers", noting: &unreadable) {
            let layerName = layer.string("Name", noting: &unreadable) ?? ""
            for group in layer.objects("Groups", noting: &unreadable) {
                let groupName = group.string("Name", noting: &unreadable) ?? ""
                for rule in group.objects("Rules", noting: &unreadable) {
                    guard
                        let id = rule.string("Id", noting: &unreadable)
                            ?? rule.string("Name", noting: &unreadable)
                    else { continue }
                    let counters = rule.objects("InformationArray", noting: &unreadable).first?
                        .object("RuleCounters", noting: &unreadable)
                    rules.append(
                        Rule(
                            layer: layerName, group: groupName, rule: id,
                            matchedPackets: counters?.count("MatchedPackets", noting: &unreadable),
                            droppedPackets: counters?.count("DroppedPackets", noting: &unreadable),
                            pendingPackets: counters?.count("PendingPackets", noting: &unreadable)))
                }
            }
        }
        self.rules = rules
        return object.value["Layers"] != nil
    }
}
