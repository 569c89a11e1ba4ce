#!/usr/bin/env bash
# Checks the agent as an operator meets it: scraped by a real Prometheus, started twice, started
# without privilege, started with a wrong configuration, started from a recording. Needs root, prometheus, curl and jq.
set -uo pipefail
PATH=$PATH:/usr/sbin:/sbin

usage() {
    cat <<'USAGE'
Usage: prometheus.sh [--bin DIR]

Everything happens in namespaces called fvp-* and a folder of its own; both are gone afterwards.
fvp-node is the node, with the agent and Prometheus on its loopback; fvp-red sends to fvp-blue.

  --bin DIR  where fovea and traffic are; default .build/release

Exit status: 0 when every check passed, 1 when one failed, 2 when it could not be run.
USAGE
}

readonly udp4=12345 udp6=2345 port=10093 prometheus_port=9090
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$here/../../.build/release
readonly fixtures=$here/../Fixtures/windows
work='' uncounted=0 passed=0 failed=0 agent='' processes=()

die() { printf 'prometheus.sh: %s\n' "$*" >&2; exit 2; }

# --- Checks ------------------------------------------------------------------------------------------

ok() { echo "ok - $1"; passed=$((passed + 1)); }
not_ok() { # CLAIM EXPECTED GOT
    echo "not ok - $1 (expected $2, got $3)"
    failed=$((failed + 1))
}
equal() { if [[ $2 == "$3" ]]; then ok "$1: $3"; else not_ok "$@"; fi; } # CLAIM EXPECTED GOT
contains() { # CLAIM TEXT FILE
    if grep -qF -- "$2" "$3"; then ok "$1"; else not_ok "$1" "'$2'" "$(tail -n 5 "$3")"; fi
}
within() { # SECONDS COMMAND...
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || return 1
        sleep 0.2
    done
}

# --- The node ----------------------------------------------------------------------------------------

on_node() { ip netns exec fvp-node "$@"; }
get() { on_node curl -sS --max-time 10 "$@"; } # CURL_ARGUMENT...

endpoint() { # NAME NUMBER
    local name=fvp-$1
    ip netns add "$name"
    ip -n fvp-node link add "${1}0" type veth peer name eth0 netns "$name"
    ip -n fvp-node address add "10.$2.0.1/24" dev "${1}0"
    ip -n fvp-node address add "fd0$2::1/64" dev "${1}0" nodad
    ip -n "$name" address add "10.$2.0.2/24" dev eth0
    ip -n "$name" address add "fd0$2::2/64" dev eth0 nodad
    ip -n fvp-node link set "${1}0" up
    ip -n "$name" link set eth0 up
    ip -n "$name" route add default via "10.$2.0.1"
    ip -n "$name" route add default via "fd0$2::1"
}

set_up() {
    work=$(mktemp -d -t fvp.XXXXXX)
    # Read by the agent without privilege as well; a build meanwhile must not change it.
    chmod 755 "$work"
    cp "$bin/fovea" "$bin/traffic" "$work/" || die "no fovea and traffic in $bin"
    ip netns add fvp-node || die 'cannot make network namespaces; run it as root, and once at a time'
    ip -n fvp-node link set lo up
    on_node sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
    endpoint red 1
    endpoint blue 2
    # Resolves the neighbours, so that no packet under count waits for one.
    ip netns exec fvp-red ping -q -c 1 -W 5 10.2.0.2 >/dev/null || die 'fvp-red does not reach fvp-blue'
    ip netns exec fvp-red ping -q -c 1 -W 5 fd02::2 >/dev/null || die 'fvp-red does not reach fvp-blue by IPv6'
}

# shellcheck disable=SC2317 # the trap's
clean_up() {
    local process name
    trap - EXIT
    for process in "${processes[@]}"; do stop "$process"; done
    for name in fvp-red fvp-blue fvp-node; do ip netns delete "$name" 2>/dev/null; done
    [[ ! $work ]] || rm -rf "$work"
}

gone() { ! kill -0 "$1"; }
stop() { # PROCESS: asks it to end, and makes it
    kill "$1" 2>/dev/null || return 0
    within 10 gone "$1" || kill -KILL "$1"
}

# --- Starting things ---------------------------------------------------------------------------------

serves() { get --fail "http://127.0.0.1:$1/$2"; } # PORT PATH

start_agent() {
    # Not by way of on_node: the number of its subshell would not be the agent's.
    ip netns exec fvp-node "$work/fovea" agent --set server.port=$port --set state-directory="$work/state" \
        2>"$work/agent.log" &
    agent=$!
    processes+=("$agent")
    if within 30 serves $port readyz; then ok 'the agent gets ready'; return 0; fi
    not_ok 'the agent gets ready' 'ready within 30 s' "$(cat "$work/agent.log")"
    return 1
}

start_prometheus() {
    cat >"$work/prometheus.yml" <<CONFIGURATION
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs: [{job_name: fovea, static_configs: [{targets: ['127.0.0.1:$port']}]}]
CONFIGURATION
    ip netns exec fvp-node prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/prometheus" \
        --web.listen-address=127.0.0.1:$prometheus_port >"$work/prometheus.log" 2>&1 &
    processes+=($!)
    if within 30 serves $prometheus_port -/ready; then ok 'Prometheus gets ready'; return 0; fi
    not_ok 'Prometheus gets ready' 'ready within 30 s' "$(tail -n 3 "$work/prometheus.log")"
    return 1
}

send() { # TO COUNT: from red, taken in by blue; both must count so many
    local sink sent
    ip netns exec fvp-blue "$work/traffic" udp-sink --port 9000 --count "$2" --idle 5 >"$work/sunk" 2>"$work/sink.log" &
    sink=$!
    processes+=("$sink")
    within 10 grep -q listening "$work/sink.log"
    sent=$(ip netns exec fvp-red "$work/traffic" udp-send --to "$1" --port 9000 --count "$2" --pps 20000) ||
        not_ok "sending to $1" 'exit status 0' $?
    wait "$sink"
    equal "packets sent to $1, as the sender counts" "$2" "$(jq .packets <<<"$sent")"
}

# --- The scrape --------------------------------------------------------------------------------------

format_checks() {
    local url=http://127.0.0.1:$port/metrics lint type
    get -D "$work/headers" -o "$work/plain" "$url"
    type=$(header content-type)
    equal 'text: content type' 'text/plain; version=0.0.4' "${type%; charset=*}"
    lint=$(promtool check metrics <"$work/plain" 2>&1)
    equal 'text: promtool check metrics says nothing' '0: ' "$?: $lint"

    get -D "$work/headers" -o "$work/open" -H 'Accept: application/openmetrics-text; version=1.0.0' "$url"
    type=$(header content-type)
    equal 'OpenMetrics: content type' 'application/openmetrics-text; version=1.0.0' "${type%; charset=*}"
    equal 'OpenMetrics: last line' '# EOF' "$(tail -n 1 "$work/open")"
    equal 'OpenMetrics: one # EOF' 1 "$(grep -c '^# EOF' "$work/open")"
    equal 'text: no # EOF' 0 "$(grep -c '^# EOF' "$work/plain")"

    get -D "$work/headers" -o "$work/packed" -H 'Accept-Encoding: gzip' "$url"
    equal 'gzip: content encoding' gzip "$(header content-encoding)"
    gzip -dc "$work/packed" >"$work/unpacked" || not_ok 'gzip: unpacks' 'gzip -d to succeed' $?
    get -o "$work/plain" "$url"
    if difference=$(diff <(steady "$work/plain") <(steady "$work/unpacked")); then
        ok "gzip: the same $(steady "$work/plain" | wc -l) lines"
    else
        not_ok 'gzip: the same lines' 'no difference' "$difference"
    fi
}

# What red had sent before the agent was there: read while its device stands still.
find_uncounted() {
    local packets counted
    packets=$(device_packets)
    counted=$(get "http://127.0.0.1:$port/metrics" |
        sed -n 's/^fovea_pod_forward_packets_total{pod="fvp-red",direction="egress"} //p')
    uncounted=$((packets - counted))
    [[ $packets == "$(device_packets)" ]]
}

header() { tr -d '\r' <"$work/headers" | sed -n "s/^$1: //Ip"; } # NAME

# Without what differs from one scrape to the next by itself. A queue is purged whenever a connection
# ends with its FIN unread, as the scrape's own does.
# What no packet changes between two scrapes, and asking does not either.
steady() {
    grep -E '^fovea_(build_info|capability_available|collector_success|bpf_map_memory_bytes|interface_up)' "$1"
}

# --- Prometheus --------------------------------------------------------------------------------------

query() { # EXPRESSION: the value of its one sample
    get -G "http://127.0.0.1:$prometheus_port/api/v1/query" --data-urlencode "query=$1" |
        jq -r '.data.result | if length == 1 then .[0].value[1] else "\(length) samples" end'
}
answers() { [[ $(query "$1") == "$2" ]]; } # EXPRESSION VALUE

eventually() { # CLAIM VALUE EXPRESSION
    if within 30 answers "$3" "$2"; then ok "$1: $2"; else not_ok "$1" "$2 within 30 s" "$(query "$3")"; fi
}

flow() { # DIRECTION
    echo "fovea_flow_packets_total{source_pod=\"fvp-red\",destination_pod=\"fvp-blue\",protocol=\"udp\",direction=\"$1\"}"
}

prometheus_checks() {
    local direction
    eventually 'Prometheus finds the agent up' 1 'up{job="fovea"}'
    send 10.2.0.2 $udp4
    send fd02::2 $udp6
    for direction in egress ingress; do
        eventually "Prometheus: UDP packets from red to blue, $direction" $((udp4 + udp6)) "$(flow "$direction")"
        eventually "Prometheus: their bytes, $direction" $((udp4 * (14 + 28 + 18) + udp6 * (14 + 48 + 18))) \
            "$(flow "$direction" | sed s/packets/bytes/)"
    done
    if within 30 answers_as_device; then
        ok "Prometheus: what red sent is its device's packets but for those before the agent: $uncounted"
    else
        not_ok 'Prometheus: what red sent' "$(device_packets) - $uncounted" "$(query "$red_sent")"
    fi
    eventually 'Prometheus: flows and undetailed are the total' 0 \
        'fovea_pod_forward_packets_total{pod="fvp-red",direction="egress"}
            - on() (sum(fovea_flow_packets_total{source_pod="fvp-red",direction="egress"})
            + (sum(fovea_pod_undetailed_packets_total{pod="fvp-red",direction="egress"}) or vector(0)))'
    eventually 'Prometheus: every collector succeeds' 0 'count(fovea_collector_success == 0) or vector(0)'
}

readonly red_sent='fovea_pod_forward_packets_total{pod="fvp-red",direction="egress"}'
answers_as_device() { answers "$red_sent" $(($(device_packets) - uncounted)); }
device_packets() { on_node cat /sys/class/net/red0/statistics/rx_packets; }

# --- Starting it wrong -------------------------------------------------------------------------------

second_agent() {
    local code
    on_node timeout 20 "$work/fovea" agent --set server.port=$((port + 1)) \
        --set state-directory="$work/state" 2>"$work/second.log"
    code=$?
    equal 'second agent: exit status' 1 "$code"
    contains 'second agent: names the holder' "process $agent" "$work/second.log"
    contains 'second agent: names the lock' "$work/state/agent-$(on_node stat -Lc %i /proc/self/ns/net).lock" "$work/second.log"
    serves $port healthz >/dev/null
    equal 'second agent: the first still answers' 0 $?
}

without_privilege() {
    local other=$((port + 2)) part process
    install -d -o 65534 -g 65534 "$work/unprivileged"
    ip netns exec fvp-node setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --inh-caps=-all \
        --bounding-set=-all "$work/fovea" agent --set server.port=$other --set state-directory="$work/unprivileged" 2>"$work/unprivileged.log" &
    process=$!
    processes+=("$process")
    if ! within 30 serves $other readyz; then
        not_ok 'without privilege: gets ready' 'ready within 30 s' "$(head -n 20 "$work/unprivileged.log")"
        return
    fi
    ok 'without privilege: gets ready'
    get -o "$work/unprivileged.metrics" "http://127.0.0.1:$other/metrics"
    for part in 'packet counting' 'drop counting'; do
        contains "without privilege: $part is said to be missing" \
            "fovea_capability_available{capability=\"$part\"} 0" "$work/unprivileged.metrics"
        equal "without privilege: one log line says what $part needs" 1 \
            "$(grep -c "capability=$part .*BPF, PERFMON and NET_ADMIN" "$work/unprivileged.log")"
    done
    contains 'without privilege: the log names absent metrics' 'absent=fovea_' "$work/unprivileged.log"
    equal 'without privilege: no error is logged' 0 "$(grep -c ' error ' "$work/unprivileged.log")"
    contains 'without privilege: device counters are served' \
        'fovea_interface_packets_total{interface="red0"' "$work/unprivileged.metrics"
    equal 'without privilege: no packet is claimed to be counted' 0 \
        "$(grep -c '^fovea_pod_forward' "$work/unprivileged.metrics")"
    equal 'without privilege: what there is, succeeds' 0 \
        "$(grep -c '^fovea_collector_success.* 0$' "$work/unprivileged.metrics")"
    stop "$process"
    wait "$process"
    equal 'without privilege: SIGTERM ends it with status' 0 $?
}

wrong_configuration() {
    local file=$work/wrong.yaml
    printf 'server:\n  prot: 1\npackets:\n  endpoints: many\n' >"$file"
    on_node timeout 20 "$work/fovea" agent --config "$file" 2>"$work/wrong.log"
    equal 'wrong configuration: exit status' 78 $?
    contains 'wrong configuration: place, key and the nearest key' \
        "$file:2:3: unknown key 'server.prot'; did you mean 'server.port'?" "$work/wrong.log"
    contains 'wrong configuration: the second problem as well' "$file:4:14: 'packets.endpoints' takes a number" "$work/wrong.log"
}

replay() { # FIXTURE PODS: a recorded Windows node beside the agent that counts this one
    local other=$((port + 3)) process log=$work/$1.log metrics=$work/$1.metrics
    ip netns exec fvp-node "$work/fovea" agent --replay "$fixtures/$1" --set server.port=$other 2>"$log" &
    process=$!
    processes+=("$process")
    if ! within 30 serves $other readyz; then
        not_ok "replay of $1: gets ready" 'ready within 30 s' "$(head -n 20 "$log")"
        return
    fi
    ok "replay of $1: gets ready"
    equal "replay of $1: /healthz" ok "$(get "http://127.0.0.1:$other/healthz")"
    get -o "$metrics" "http://127.0.0.1:$other/metrics"
    contains "replay of $1: it says that this is no live node" 'fovea_capability_available{capability="live node"} 0' "$metrics"
    equal "replay of $1: so does one line of the log" 1 "$(grep -c 'capability=live node ' "$log")"
    get -o "$work/page" "http://127.0.0.1:$other/"
    contains "replay of $1: and the page" 'A replay of a recorded Windows node' "$work/page"
    equal "replay of $1: pods" "$2" "$(grep -c '^fovea_pod_forward_packets_total{.*direction="ingress"' "$metrics")"
    equal "replay of $1: every collector succeeds" 0 "$(grep -c '^fovea_collector_success.* 0$' "$metrics")"
    if promtool check metrics <"$metrics" >"$work/promtool" 2>&1; then ok "replay of $1: promtool finds nothing"; else
        not_ok "replay of $1: promtool finds nothing" nothing "$(<"$work/promtool")"
    fi
    stop "$process"
    wait "$process"
    equal "replay of $1: SIGTERM ends it with status" 0 $?
}

retina_names() { # CONTEXT: a recorded Windows node in Retina's names as well
    local other=$((port + 4)) process what="Retina's names, $1" metrics=$work/retina-$1.metrics
    ip netns exec fvp-node "$work/fovea" agent --replay "$fixtures/server2022-calico-30-pods" --compatibility retina \
        --set retina.context="$1" --set server.port=$other 2>"$work/retina.log" &
    process=$!
    processes+=("$process")
    if ! within 30 serves $other readyz; then
        not_ok "$what: gets ready" 'ready within 30 s' "$(head -n 20 "$work/retina.log")"
        return
    fi
    get -o "$metrics" "http://127.0.0.1:$other/metrics"
    contains "$what: they are there" 'networkobservability_forward_count{direction="ingress"}' "$metrics"
    # Its status is 3 for names against the rules, which Retina's are, and 1 for text that is no exposition.
    promtool check metrics <"$metrics" >"$work/promtool" 2>&1
    equal "$what: promtool can read the text" 3 $?
    equal "$what: and finds nothing else than names of Retina's" '' "$(grep -v '^networkobservability_' "$work/promtool")"
    stop "$process"
    wait "$process"
}

no_replay() {
    on_node timeout 20 "$work/fovea" agent --replay "$work" 2>"$work/replay.log"
    equal 'replay of another folder: exit status' 1 $?
    contains 'replay of another folder: the reason' 'is no recording of a Windows node' "$work/replay.log"
}

ends_well() {
    kill "$agent"
    wait "$agent"
    equal 'SIGTERM ends the agent with status' 0 $?
}

main() {
    local tool
    while (($#)); do
        case $1 in
            -h | --help) usage; exit 0 ;;
            --bin) bin=${2:?--bin needs a folder}; shift ;;
            *) die "unknown option $1 (see --help)" ;;
        esac
        shift
    done
    for tool in prometheus promtool curl jq ip setpriv gzip; do
        command -v "$tool" >/dev/null || die "$tool is missing"
    done
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    set_up
    if start_agent; then
        within 10 find_uncounted || not_ok 'a quiet moment' 'a counter that stands still' "$(device_packets)"
        format_checks
        if start_prometheus; then prometheus_checks; fi
        second_agent
        without_privilege
        replay server2022-calico-30-pods 30
        replay server2022-transparent-without-vfp 1
        retina_names local
        retina_names remote
        ends_well
    fi
    wrong_configuration
    no_replay
    echo "$passed passed, $failed failed"
    ((!failed))
}

main "$@"
