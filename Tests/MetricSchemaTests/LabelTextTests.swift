import MetricSchema
import Testing

struct LabelTextTests {
    @Test(
        "values are escaped as the exposition wants them, and nothing else is touched",
        arguments: [
            ("plain", #"x="plain""#),
            (#"back\slash"#, #"x="back\\slash""#),
            (#"a "quote""#, #"x="a \"quote\"""#),
            ("two\nlines", #"x="two\nlines""#),
            ("\\\"\n", #"x="\\\"\n""#),
            ("grüße, 世界 🔭", #"x="grüße, 世界 🔭""#),
            ("e\u{301}", "x=\"e\u{301}\""),
            ("tab\tand {braces}=,", "x=\"tab\tand {braces}=,\""),
        ])
    func escaping(_ value: String, _ text: String) {
        var labels = LabelText()
        labels.append(name: "x", value: value)
        #expect(Array(text.utf8) == labels.bytes)
    }

    @Test("pairs are parted by commas")
    func pairs() {
        #expect(
            text { $0.append(PodLabel(Identity(namespace: "shop", pod: "cart"))) }
                == #"namespace="shop",pod="cart""#)
    }

    @Test(
        "an empty value is left out with its comma",
        arguments: [
            (["", "b", "c"], #"l1="b",l2="c""#), (["a", "", "c"], #"l0="a",l2="c""#),
            (["a", "b", ""], #"l0="a",l1="b""#), (["", "", "c"], #"l2="c""#), (["", "", ""], ""),
        ])
    func empty(_ values: [String], _ expected: String) {
        let written = text { text in
            for (place, value) in values.enumerated() {
                text.append(name: "l\(place)", value: value)
            }
        }
        #expect(written == expected)
    }

    @Test("a host without Kubernetes has no namespace label")
    func noNamespace() {
        #expect(text { $0.append(PodLabel(Identity(pod: "blue"))) } == #"pod="blue""#)
        #expect(text { $0.append(SourceLabel(.world)) } == #"source_pod="reserved:world""#)
        #expect(text { $0.append(DestinationLabel(.node)) } == #"destination_pod="reserved:node""#)
    }

    @Test("the next sample begins without a comma")
    func begin() {
        var labels = LabelText()
        labels.append(name: "a", value: "1")
        labels.begin()
        labels.append(name: "b", value: "2")
        #expect(String(decoding: labels.bytes, as: UTF8.self) == #"a="1"b="2""#)
    }

    @Test("a label writes the names it declares, in their order")
    func names() {
        #expect(pairs(of: Direction.egress) == Direction.names)
        let pod = Identity(
            namespace: "n", pod: "p", workload: Workload(kind: "Deployment", name: "w"))
        #expect(pairs(of: PodLabel(pod)) == PodLabel.names)
        #expect(pairs(of: SourceLabel(pod)) == SourceLabel.names)
        #expect(pairs(of: DestinationLabel(pod)) == DestinationLabel.names)
        #expect(pairs(of: InterfaceName("eth0")) == InterfaceName.names)
    }

    private func text(_ write: (inout LabelText) -> Void) -> String {
        var labels = LabelText()
        write(&labels)
        return String(decoding: labels.bytes, as: UTF8.self)
    }

    private func pairs(of label: some Label) -> [String] {
        text { $0.append(label) }.split(separator: ",").map { String($0.prefix { $0 != "=" }) }
    }
}

extension LabelText {
    fileprivate mutating func append(_ label: some Label) {
        label.write(to: &self)
    }
}
