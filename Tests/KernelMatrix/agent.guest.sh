# Run by agent.sh inside the guest: does the agent load, attach, count exactly and leave nothing behind?
# Two namespaces, red and blue, hang on the host by veth pairs; the host routes between them.
# shellcheck shell=sh disable=SC2016,SC2317
PATH=/payload:$PATH
port=10093
work=/tmp/agent
failed=0
agent=''
kernel=$(uname -r)
# A filter that ends the chain for its packets.
foreign='protocol all pref 10 handle 0x1 matchall action ok'

# What each case sends.
udp4=20000 udp6=10000 vlan=2000 raw=300 filtered=700 refused=900 opened=20 declined=7 asked=30 nonexistent=11 hooked=60
payload=100

# --- Checks -------------------------------------------------------------------------------------------

ok() { echo "ok - $1"; }
not_ok() { # CLAIM EXPECTED GOT
    echo "not ok - $1 (expected $2, got $3)"
    failed=1
}
equal() { if [ "$2" = "$3" ]; then ok "$1: $3"; else not_ok "$@"; fi; } # CLAIM EXPECTED GOT
holds() { # CLAIM COMMAND...
    claim=$1
    shift
    if output=$("$@" 2>&1); then ok "$claim"; else not_ok "$claim" "$* to succeed" "$output"; fi
}
# At least VERSION, as two numbers: 6.6.
kernel_has() {
    echo "$kernel $1" | awk '{ split($1, a, /[.-]/); split($2, b, "."); exit !(a[1] * 1000 + a[2] >= b[1] * 1000 + b[2]) }'
}
within() { # SECONDS COMMAND...
    deadline=$(($(date +%s) + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(date +%s)" -lt "$deadline" ] || return 1
        usleep 200000
    done
}

# --- The host and its two namespaces ------------------------------------------------------------------

in_red() { ip netns exec red "$@"; }
in_blue() { ip netns exec blue "$@"; }

namespace() { # NAME NUMBER
    ip netns add "$1"
    ip link add "${1}0" address "02:00:00:00:0$2:01" type veth peer name eth0 address "02:00:00:00:0$2:02" netns "$1"
    ip address add "10.$2.0.1/24" dev "${1}0"
    ip address add "fd0$2::1/64" dev "${1}0" nodad
    ip -n "$1" address add "10.$2.0.2/24" dev eth0
    ip -n "$1" address add "fd0$2::2/64" dev eth0 nodad
    ip link set "${1}0" up
    ip -n "$1" link set lo up
    ip -n "$1" link set eth0 up
    # Emulated CPUs stand still for longer than TCP waits before it sends again.
    ip -n "$1" route add default via "10.$2.0.1" rto_min 20s
    ip -n "$1" route add default via "fd0$2::1" rto_min 20s
}

# Red reaches 10.2.0.7 of blue only by VLAN 7.
vlan_of_red() {
    ip link add link red0 name red0.7 type vlan id 7
    ip -n red link add link eth0 name eth0.7 type vlan id 7
    ip address add 10.7.0.1/24 dev red0.7
    ip -n red address add 10.7.0.2/24 dev eth0.7
    ip link set red0.7 up
    ip -n red link set eth0.7 up
    ip -n blue address add 10.2.0.7/32 dev eth0
    ip -n red route add 10.2.0.7/32 via 10.7.0.1
    ip route add 10.2.0.7/32 dev blue0
}

host() {
    echo 1 >/proc/sys/net/ipv4/ip_forward
    echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
    # Emulated CPUs fall behind; what they dropped here would never reach the host's end of the link.
    echo 100000 >/proc/sys/net/core/netdev_max_backlog
    echo 8388608 >/proc/sys/net/core/rmem_max
    echo 8388608 >/proc/sys/net/core/rmem_default
    namespace red 1
    namespace blue 2
    vlan_of_red
    nft add table inet guest
    nft add chain inet guest forward '{ type filter hook forward priority 0; }'
    nft add rule inet guest forward udp dport 7777 counter drop
    # Resolves every neighbour, so that no packet under count waits for one.
    holds 'red reaches blue over IPv4' in_red ping -c 2 -W 5 10.2.0.2
    holds 'red reaches blue over IPv6' in_red ping -6 -c 2 -W 5 fd02::2
    holds 'red reaches blue over the VLAN' in_red ping -c 2 -W 5 10.2.0.7
}

# --- The agent ----------------------------------------------------------------------------------------

get() { wget -q -O - "http://127.0.0.1:$port/$1"; }

start_agent() { # [OPTION...]
    fovea agent --set "server.port=$port" --set "state-directory=$work/state" "$@" 2>>"$work/agent.log" &
    agent=$!
    if within 240 get readyz; then return 0; fi
    not_ok 'the agent gets ready' 'ready within 240 s' "$(cat "$work/agent.log")"
    return 1
}

stop_agent() { # SIGNAL
    kill "-$1" "$agent"
    wait "$agent" 2>/dev/null # dash announces who was killed
    code=$?
    agent=''
    return "$code"
}

# The last scrape's sum over NAME's series that have every LABEL="VALUE".
metric() { # FILE NAME [LABEL=VALUE...]
    file=$1 name=$2
    shift 2
    awk -v name="$name" -v wanted="$*" '
        BEGIN { count = split(wanted, want, " ") }
        {
            split($1, parts, "{")
            if (parts[1] != name) next
            for (i = 1; i <= count; i++) {
                split(want[i], pair, "=")
                if (!match($0, "[{,]" pair[1] "=\"" pair[2] "\"")) next
            }
            sum += $NF
        }
        END { printf "%.0f\n", sum }' "$file"
}
capability() { # NAME: 0, 1, or nothing
    sed -n "s/^fovea_capability_available{capability=\"$1\"} //p" "$work/now"
}
grown() { # NAME LABEL=VALUE...: since the snapshot `before`
    echo $(($(metric "$work/now" "$@") - $(metric "$work/before" "$@")))
}

device_counters() {
    for device in red0 red0.7 blue0; do
        for counter in rx_packets rx_bytes tx_packets tx_bytes; do
            echo "$device $counter $(cat "/sys/class/net/$device/statistics/$counter")"
        done
    done
}

# A scrape, and the devices' own counters of the same moment: those that were the same before and after.
snapshot() { # NAME
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        device_counters >"$work/$1.devices"
        get metrics >"$work/$1" || break
        device_counters | cmp -s - "$work/$1.devices" && return 0
        sleep 1
    done
    not_ok "a quiet moment to read $1" 'counters that stand still' "$(device_counters)"
}
device() { # DEVICE COUNTER: grown since `before`
    for moment in now before; do
        awk -v device="$1" -v counter="$2" '$1 == device && $2 == counter { print $3 }' "$work/$moment.devices"
    done | { read -r now; read -r before; echo $((now - before)); }
}

# --- What was counted ---------------------------------------------------------------------------------

# The host's end of the link receives what the endpoint sends. A device counts a VLAN tag only within the
# frame, the agent wherever it is: IN_FRAME of red's frames had it there, the VLAN's others did not.
totals_match_devices() { # CASE IN_FRAME
    for pod in red blue; do
        for unit in packets bytes; do
            in_tags=0 out_tags=0
            if [ "$pod $unit" = 'red bytes' ]; then
                in_tags=$(($(device red0.7 tx_packets) * 4)) out_tags=$((($(device red0.7 rx_packets) - $2) * 4))
            fi
            equal "$1: $pod ingress $unit are its device's" $(($(device "${pod}0" "tx_$unit") + in_tags)) \
                "$(grown "fovea_pod_forward_${unit}_total" pod=$pod direction=ingress)"
            equal "$1: $pod egress $unit are its device's" $(($(device "${pod}0" "rx_$unit") + out_tags)) \
                "$(grown "fovea_pod_forward_${unit}_total" pod=$pod direction=egress)"
        done
    done
}

# An endpoint's egress is in flows it is the source of, its ingress in those it is the destination of.
flows_match_totals() { # CASE
    for pod in red blue; do
        for unit in packets bytes; do
            for way in ingress/destination_pod egress/source_pod; do
                direction=${way%/*} end=${way#*/}
                flows=$(grown "fovea_flow_${unit}_total" "$end=$pod" "direction=$direction")
                rest=$(grown "fovea_pod_undetailed_${unit}_total" pod=$pod "direction=$direction")
                equal "$1: $pod $direction flows and undetailed $unit are the total" \
                    "$(grown "fovea_pod_forward_${unit}_total" pod=$pod "direction=$direction")" $((flows + rest))
            done
        done
    done
}

udp_flows() { grown "fovea_flow_$1_total" source_pod=red destination_pod=blue protocol=udp "direction=$2"; }

measured() { # CASE IN_FRAME COMMAND...
    case=$1 in_frame=$2
    shift 2
    snapshot before
    "$@"
    snapshot now
    totals_match_devices "$case" "$in_frame"
    flows_match_totals "$case"
}

send() { # TO PORT COUNT
    in_red traffic udp-send --to "$1" --port "$2" --count "$3" --size "$payload" >"$work/sent" 2>&1 ||
        not_ok "sending $3 packets to $1" "exit status 0" "$(cat "$work/sent")"
}

# Has blue take in what is sent to a port meanwhile.
with_sink() { # PORT COUNT COMMAND...
    rm -f "$work/sink.log" # of the one before, which said that it listens
    in_blue traffic udp-sink --port "$1" --count "$2" --idle 10 >"$work/sunk" 2>"$work/sink.log" &
    sink=$!
    shift 2
    within 20 grep -q listening "$work/sink.log"
    "$@"
    wait "$sink"
}

# --- Cases --------------------------------------------------------------------------------------------

capabilities() {
    get metrics >"$work/now"
    tcx=0 reasons=0 resets=0
    kernel_has 6.6 && tcx=1
    kernel_has 6.10 && resets=1
    kernel_has 5.17 && reasons=1
    equal 'capability: packet counting' 1 "$(capability 'packet counting')"
    equal 'capability: drop counting' 1 "$(capability 'drop counting')"
    equal 'capability: TCP in packets' 1 "$(capability 'TCP in packets')"
    equal 'capability: DNS counting' 1 "$(capability 'DNS counting')"
    equal 'capability: TCP sockets' 1 "$(capability 'TCP sockets')"
    equal 'capability: every TCP reset, from 6.10 on' "$resets" "$(capability 'every TCP reset')"
    equal 'capability: tcx links, from 6.6 on' "$tcx" "$(capability 'tcx links')"
    equal 'capability: drop reasons, from 5.17 on' "$reasons" "$(capability 'drop reasons')"
    equal 'every collector succeeds' 0 "$(grep -c '^fovea_collector_success.* 0$' "$work/now")"
}

udp_case() { # CASE TO COUNT SENT_HEADERS [RECEIVED_HEADERS]: their bytes, Ethernet to UDP
    measured "$1" 0 with_sink 9000 "$3" send "$2" 9000 "$3"
    equal "$1: egress flow packets" "$3" "$(udp_flows packets egress)"
    equal "$1: ingress flow packets" "$3" "$(udp_flows packets ingress)"
    equal "$1: egress flow bytes" $(($3 * ($4 + payload))) "$(udp_flows bytes egress)"
    equal "$1: ingress flow bytes" $(($3 * (${5:-$4} + payload))) "$(udp_flows bytes ingress)"
}

send_from_blue() { # COUNT
    in_blue traffic udp-send --to 10.1.0.2 --port 9000 --count "$1" --size "$payload" >"$work/sent"
}
# Blue's side has the foreign filter in the way. Nobody listens.
udp_from_blue() { # CASE
    measured "$1" 0 send_from_blue 500
    equal "$1: flow packets" 500 \
        "$(grown fovea_flow_packets_total source_pod=blue destination_pod=red protocol=udp direction=egress)"
}

# UDP from 10.7.0.2:7 to 10.2.0.7:9000 with 4 bytes in it, the VLAN tag within the frame.
tagged_frame='020000000101 020000000102 8100 0007 0800
    4500 0020 0000 4000 4011 26be 0a070002 0a020007
    0007 2328 000c 0000 00000000'
send_tagged() { in_red traffic raw --interface eth0 --count "$raw" --hex "$tagged_frame" >"$work/sent"; }
raw_case() {
    measured 'tagged frames' $raw with_sink 9000 $raw send_tagged
    equal 'tagged frames: flow packets' $raw "$(udp_flows packets egress)"
}

# Every server has a log of its own: another one's would say it already, until the shell has emptied it.
listens() { within 20 grep -q listening "$1"; } # LOG

tcp_exchange() {
    in_blue traffic tcp-serve --port 7000 --sink --connections 2 >"$work/served" 2>"$work/serve.log" &
    server=$!
    listens "$work/serve.log"
    in_red traffic tcp-stream --to 10.2.0.2 --port 7000 --streams 2 --bytes 3000000 >"$work/stream"
    wait "$server"
}
tcp_case() {
    measured TCP 0 tcp_exchange
    sent=$(grown fovea_flow_packets_total source_pod=red destination_pod=blue protocol=tcp direction=egress)
    received=$(grown fovea_flow_packets_total source_pod=red destination_pod=blue protocol=tcp direction=ingress)
    equal 'TCP: what red sent, blue received' "$sent" "$received"
    # Whatever is not TCP is one segment a packet.
    rest=$(($(grown fovea_pod_forward_packets_total pod=red direction=egress) - sent))
    equal "TCP: red's segments are its sockets' segs_out" \
        "$(grep -o '"segs_out":[0-9]*' "$work/stream" | awk -F: '{ sum += $2 } END { print sum }')" \
        $(($(grown fovea_pod_forward_segments_total pod=red direction=egress) - rest))
}

churn() { # PORT COUNT
    in_red traffic tcp-churn --to 10.2.0.2 --port "$1" --count "$2" >"$work/churned" 2>&1
}
short_connections() {
    in_blue traffic tcp-serve --port 7200 --request 64 --reply 64 --connections "$opened" >"$work/served" 2>"$work/short.log" &
    server=$!
    listens "$work/short.log" || not_ok 'a TCP server in blue' listening "$(cat "$work/short.log")"
    churn 7200 "$opened" || not_ok 'short connections' 'exit status 0' "$(cat "$work/churned")"
    wait "$server"
    churn 7201 "$declined"
}
flags() { grown fovea_pod_tcp_flag_packets_total "pod=$1" "direction=$2" "flag=$3"; }
# Each flag as its sender sent it and as its receiver got it.
flags_are() { # FLAG FROM TO COUNT
    equal "TCP in packets: $1 that $2 sent" "$4" "$(flags "$2" egress "$1")"
    equal "TCP in packets: $1 that $3 got" "$4" "$(flags "$3" ingress "$1")"
}
sockets_case() {
    measured 'short connections' 0 short_connections
    flags_are syn red blue $((opened + declined))
    flags_are synack blue red "$opened"
    flags_are fin red blue "$opened"
    flags_are fin blue red "$opened"
    flags_are rst blue red "$declined"
    flags_are rst red blue 0
    equal 'TCP in packets: handshakes that were timed' "$opened" \
        "$(grown fovea_pod_tcp_handshake_seconds_count pod=red role=client)"
    equal 'TCP in flows: handshakes of red with blue' "$opened" \
        "$(grown fovea_flow_tcp_handshakes_total source_pod=red destination_pod=blue role=client)"
    equal 'TCP in flows: resets that red got of blue' "$declined" \
        "$(grown fovea_flow_tcp_reset_packets_total source_pod=blue destination_pod=red direction=ingress)"
    equal 'TCP in flows: events that found no room' 0 "$(metric "$work/now" fovea_bpf_tcp_flow_events_lost_total)"
    equal 'TCP sockets: opened by red' "$opened" \
        "$(grown fovea_pod_tcp_socket_connections_established_total pod=red role=client)"
    equal 'TCP sockets: accepted by blue' "$opened" \
        "$(grown fovea_pod_tcp_socket_connections_established_total pod=blue role=server)"
    equal 'TCP sockets: failed' "$declined" \
        "$(grown fovea_pod_tcp_socket_connections_failed_total pod=red role=client)"
    # Before 6.10 an application that polls may take the error away first.
    if kernel_has 6.10; then
        equal 'TCP sockets: refused' "$declined" \
            "$(grown fovea_pod_tcp_socket_connections_failed_total pod=red role=client reason=refused)"
    fi
}

ask() { # NAME COUNT
    in_red traffic dns-query --to 10.2.0.2 --name "$1" --count "$2" --wait 20 >"$work/asked" 2>&1 ||
        not_ok "asking for $1" 'exit status 0' "$(cat "$work/asked")"
}
ask_blue() {
    in_blue traffic dns-serve --port 53 >"$work/answered" 2>"$work/dns.log" &
    server=$!
    listens "$work/dns.log" || not_ok 'a DNS server in blue' listening "$(cat "$work/dns.log")"
    ask www.example.com "$asked"
    ask nx.example.com "$nonexistent"
    kill "$server"
    wait "$server"
}
dns_case() {
    measured DNS 0 ask_blue
    for end in red/client blue/server; do
        pod=${end%/*} role=${end#*/}
        equal "DNS: queries, $role" $((asked + nonexistent)) \
            "$(grown fovea_pod_dns_queries_total "pod=$pod" "role=$role")"
        equal "DNS: answers, $role" "$asked" \
            "$(grown fovea_pod_dns_responses_total "pod=$pod" "role=$role" rcode=noerror)"
        equal "DNS: names that do not exist, $role" "$nonexistent" \
            "$(grown fovea_pod_dns_responses_total "pod=$pod" "role=$role" rcode=nxdomain)"
        equal "DNS: latencies, $role" $((asked + nonexistent)) \
            "$(grown fovea_pod_dns_response_seconds_count "pod=$pod" "role=$role")"
    done
}

# Before 5.17 the kernel function stands for the reason.
drop_case() { # CASE PORT COUNT POD DIRECTION REASON FUNCTION
    kernel_has 5.17 && reason=$6 || reason=$7
    measured "$1" 0 send 10.2.0.2 "$2" "$3"
    counted=$(grown fovea_pod_drop_packets_total "pod=$4" "reason=$reason" "direction=$5")
    equal "$1: $4 $5 drops by $reason" "$3" "$counted"
    [ "$3" = "$counted" ] || grep '^fovea_pod_drop_packets' "$work/now"
    equal "$1: their bytes" $(($3 * (20 + 8 + payload))) \
        "$(grown fovea_pod_drop_bytes_total "pod=$4" "reason=$reason" "direction=$5")"
    equal "$1: the node's drops by $reason" "$3" \
        "$(grown fovea_node_drop_packets_total "reason=$reason" "direction=$5")"
}

# --- Netfilter by hook: chains of the host's and of both namespaces, each with a port of its own -------

hook_rules() {
    nft -f - <<'RULES'
table inet byhook {
    chain prerouting { type filter hook prerouting priority 0; udp dport 7811 counter drop; }
    chain postrouting { type filter hook postrouting priority 0; udp dport 7812 counter drop; }
}
RULES
    in_blue nft -f - <<'RULES'
table inet byhook {
    chain prerouting { type filter hook prerouting priority 0; udp dport 7813 counter drop; }
    chain input { type filter hook input priority 0; udp dport 7814 counter drop; }
}
RULES
    in_red nft -f - <<'RULES'
table inet byhook {
    chain output { type filter hook output priority 0; tcp dport 7815 counter drop; }
}
RULES
}
hook_packets() {
    for to in 10.2.0.2 fd02::2; do
        for hook_port in 7811 7812 7813 7814; do send "$to" "$hook_port" "$hooked"; done
        in_red traffic tcp-churn --to "$to" --port 7815 --count "$declined" --concurrency "$declined" \
            --timeout 0.5 >"$work/churned" 2>&1
    done
}
hook_drops() { # POD DIRECTION HOOK FAMILY
    grown fovea_pod_netfilter_drop_packets_total "pod=$1" "direction=$2" "hook=$3" "family=$4"
}
# On an emulated CPU a first look through the kernel's symbols may take longer than a scrape waits.
hooks_are_named() {
    snapshot now
    [ "$(metric "$work/now" fovea_collector_success collector=netfilter-drops)" = 1 ]
}
hooks_case() {
    hook_rules
    snapshot before
    hook_packets
    within 60 hooks_are_named
    for family in ip ip6; do
        for hook in prerouting postrouting; do
            equal "netfilter: the host's $family $hook" "$hooked" "$(hook_drops red egress "$hook" "$family")"
        done
        for hook in prerouting input; do
            equal "netfilter: blue's $family $hook" "$hooked" "$(hook_drops blue ingress "$hook" "$family")"
        done
    done
    equal "netfilter: red's output, both families" \
        "$(in_red nft list chain inet byhook output | sed -n 's/.*counter packets \([0-9]*\).*/\1/p')" \
        $(($(hook_drops red egress output ip) + $(hook_drops red egress output ip6)))
    equal 'netfilter: drops without a hook' 0 "$(grown fovea_pod_netfilter_drop_packets_total hook=unknown)"
}

# --- A listener that does not accept: its queue is filled one by one, so that only SYNs are refused after ---

established_at() { # PORT (hexadecimal) COUNT: in blue, accepted or not
    [ "$(in_blue awk -v port=":$1\$" '$2 ~ port && $4 == "01"' /proc/net/tcp /proc/net/tcp6 | wc -l)" -ge "$2" ]
}
listen_drops() {
    in_blue awk '/^TcpExt:/ { if (!names) { names = split($0, name) } else { for (i = 2; i <= names; i++) if (name[i] == "ListenDrops") print $i } }' \
        /proc/net/netstat
}
refused_now() { blue_now fovea_pod_drop_packets_total reason=tcp_listen_syn; }
refused_are() { [ "$(refused_now)" = "$1" ]; }
listener_case() {
    in_blue sh -c 'echo 4 >/proc/sys/net/core/somaxconn'
    ip netns exec blue traffic tcp-serve --port 7300 --sink >"$work/served" 2>"$work/full.log" &
    server=$! holders=''
    listens "$work/full.log"
    kill -STOP "$server"
    for number in 1 2 3 4 5; do
        ip netns exec red traffic tcp-churn --to 10.2.0.2 --port 7300 --count 1 --timeout 120 >"$work/held" 2>&1 &
        holders="$holders $!"
        within 30 established_at 1C84 "$number"
    done
    get metrics >"$work/now"
    before=$(refused_now) drops=$(listen_drops)
    in_red traffic tcp-churn --to 10.2.0.2 --port 7300 --count 3 --concurrency 3 --timeout 0.5 >"$work/churned" 2>&1
    drops=$(($(listen_drops) - drops))
    within 40 refused_are $((before + drops))
    holds 'SYNs were refused' [ "$drops" -gt 0 ]
    equal 'drops: SYNs that a full listener refused' "$drops" $(($(refused_now) - before))
    # shellcheck disable=SC2086 # a list of numbers
    kill $holders
    kill -CONT "$server"
    kill "$server"
    wait "$server"
}

# What was read inside a namespace is served for ten seconds.
blue_now() { # NAME LABEL=VALUE...
    get metrics >"$work/now"
    metric "$work/now" "$@" pod=blue
}
blue_says() { # VALUE NAME LABEL=VALUE...
    said=$1
    shift
    [ "$(blue_now "$@")" = "$said" ]
}
namespaces_case() {
    in_blue traffic tcp-serve --port 7100 --sink >"$work/served" 2>"$work/waiting.log" &
    server=$!
    listens "$work/waiting.log"
    within 30 blue_says 1 fovea_pod_sockets protocol=tcp state=listen
    equal 'sockets: blue listens' 1 "$(blue_now fovea_pod_sockets protocol=tcp state=listen)"
    equal 'sockets: red does not' 0 "$(metric "$work/now" fovea_pod_sockets protocol=tcp state=listen pod=red)"
    equal 'sockets: the backlog of what listens' "$(in_blue cat /proc/sys/net/core/somaxconn)" \
        "$(metric "$work/now" fovea_pod_listen_queue_limit_connections port=7100 pod=blue)"
    send 10.2.0.2 7779 100
    within 30 blue_says 100 fovea_pod_stack_udp_errors_total cause=no_port
    equal 'stack: datagrams to closed ports in blue' 100 \
        "$(blue_now fovea_pod_stack_udp_errors_total cause=no_port)"
    kill "$server"
    wait "$server"
}

nft_agrees() {
    equal 'the nft rule counted as many' "$filtered" \
        "$(nft list chain inet guest forward | sed -n 's/.*counter packets \([0-9]*\).*/\1/p')"
}

# --- What is left behind ------------------------------------------------------------------------------

our_programs() { bpftool prog show | grep -c 'name fovea_'; }
our_filters() { # DEVICE
    { tc filter show dev "$1" ingress; tc filter show dev "$1" egress; } | grep -c fovea_
}
has_clsact() { tc qdisc show dev "$1" | grep -c clsact; }
foreign_filters() { tc filter show dev blue0 ingress | grep -c 'matchall.*handle 0x1'; }

nothing_left() { # CASE
    within 10 sh -c '! bpftool prog show | grep -q "name fovea_"'
    equal "$1: no program left" 0 "$(our_programs)"
    equal "$1: no filter left on red0" 0 "$(our_filters red0)"
    equal "$1: no filter of ours left on blue0" 0 "$(our_filters blue0)"
    equal "$1: no clsact left on red0" 0 "$(has_clsact red0)"
    equal "$1: the foreign filter is still there" 1 "$(foreign_filters)"
}

stops() {
    stop_agent TERM
    equal 'SIGTERM: exit status' 0 $?
    nothing_left SIGTERM
}

# With an API server that is not there the programs are asked for all that only a cluster needs.
start_agent_of_cluster() { # [OPTION...]
    cat >"$work/kubeconfig" <<'KUBECONFIG'
current-context: none
contexts: [{name: none, context: {cluster: none}}]
clusters: [{name: none, cluster: {server: "http://127.0.0.1:1"}}]
KUBECONFIG
    start_agent "$@" --set kubernetes.enabled=on --set kubernetes.node=guest \
        --set "kubernetes.kubeconfig=$work/kubeconfig" || return
    get metrics >"$work/cluster"
    for what in packets connections; do
        equal "with a cluster: policies are asked about $what" 1 \
            "$(grep -c "^fovea_node_policy_unjudged_${what}_total 0" "$work/cluster")"
    done
}

# tcx links go with the process; filters stay, and the next agent has to clear them away.
killed_and_started_again() { # FILTERS CASE [OPTION...]
    filters=$1 kill_case=$2
    shift 2
    start_agent_of_cluster "$@" || return
    stop_agent KILL
    start_agent "$@" || return
    equal "$kill_case: filters on red0 after the restart" "$filters" "$(our_filters red0)"
    equal "$kill_case: filters on blue0 after the restart" "$filters" "$(our_filters blue0)"
    udp_case "$kill_case: after the restart" 10.2.0.2 1000 42
    udp_from_blue "$kill_case: from blue after the restart"
    stop_agent TERM
    nothing_left "$kill_case: SIGTERM"
}

main() {
    mkdir -p "$work"
    host
    tc qdisc add dev blue0 clsact
    # shellcheck disable=SC2086 # a list of words
    holds 'a foreign filter on blue0' tc filter add dev blue0 ingress $foreign
    start_agent || exit 1
    capabilities
    udp_case 'UDP over IPv4' 10.2.0.2 $udp4 42
    udp_case 'UDP over IPv6' fd02::2 $udp6 62
    udp_case 'UDP over VLAN' 10.2.0.7 $vlan 46 42
    raw_case
    tcp_case
    sockets_case
    dns_case
    namespaces_case
    drop_case 'dropped by nft' 7777 $filtered red egress netfilter_drop nf_hook_slow
    nft_agrees
    equal 'dropped by nft: the hook' "$filtered" "$(hook_drops red egress forward ip)"
    hooks_case
    drop_case 'no socket' 7778 $refused blue ingress no_socket __udp4_lib_rcv
    listener_case
    stops
    if kernel_has 6.6; then killed_and_started_again 0 'kill -9 with tcx'; fi
    killed_and_started_again 2 'kill -9 with clsact' --set packets.tcx=false
    if [ "$failed" != 0 ]; then
        echo "--- the agent's log"
        cat "$work/agent.log"
    fi
    exit "$failed"
}

main
