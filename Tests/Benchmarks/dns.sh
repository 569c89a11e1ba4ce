#!/usr/bin/env bash
# DNS as fast as this machine does it, between two namespaces, with and without the agent in turn: queries by the
# second, and whether the agent's counts are dnsperf's.
set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

usage() {
    cat <<'USAGE'
Usage: dns.sh [--rounds N] [--seconds N] [--names] [--bin DIR] [--port N]

Joins the network namespaces fvd-a and fvd-b by a bridge, has dnsperf ask Debian's unbound, and removes
everything it made. Needs root, unbound and dnsperf.

  --rounds N   pairs of one round without and one with the agent; default 5
  --seconds N  of each round; default 5
  --names      count by name too (dns.names)
  --bin DIR    where fovea is; default .build/release
  --port N     the agent's port; default 10194

Exit status: 0 measured and every count exact or said to be lost, 1 not, 64 bad arguments.
USAGE
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$here/../../.build/release port=10194 rounds=5 seconds=5 names=false
bridge=fvd-br work='' agent='' server='' failed=0

die() { printf 'dns.sh: %s\n' "$*" >&2; exit 1; }

while (($#)); do
    case $1 in
        -h | --help) usage; exit 0 ;;
        --names) names=true ;;
        --rounds | --seconds | --bin | --port)
            (($# > 1)) || { usage >&2; exit 64; }
            printf -v "${1#--}" %s "$2"
            shift ;;
        *) usage >&2; exit 64 ;;
    esac
    shift
done

[[ $EUID == 0 ]] || die 'needs root, to make namespaces and load BPF programs'
[[ -x $bin/fovea ]] || die "no fovea in $bin; run: make build"
for tool in unbound dnsperf ip curl; do
    command -v $tool >/dev/null || die "needs $tool; run: make setup"
done

# shellcheck disable=SC2317 # called by the trap
remove() {
    for pid in $agent $server; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    ip netns del fvd-a 2>/dev/null
    ip netns del fvd-b 2>/dev/null
    ip link del "$bridge" 2>/dev/null
    [[ -z $work ]] || rm -rf "$work"
}

host() { # NAMESPACE ADDRESS
    ip netns add "$1"
    ip link add "${1}0" type veth peer name eth0 netns "$1"
    ip link set "${1}0" master $bridge up
    ip -n "$1" link set lo up
    ip -n "$1" link set eth0 up
    ip -n "$1" address add "$2/24" dev eth0
}

network() {
    [[ ! -e /run/netns/fvd-a && ! -e /run/netns/fvd-b ]] || die 'fvd-a or fvd-b is there already'
    trap 'set +e; remove' EXIT
    trap 'exit 1' INT TERM
    work=$(mktemp -d)
    ip link add $bridge type bridge
    ip link set $bridge up
    host fvd-a 198.18.8.1
    host fvd-b 198.18.8.2
    cat >"$work/unbound.conf" <<'CONF'
server:
    interface: 198.18.8.2
    access-control: 198.18.8.0/24 allow
    do-daemonize: no
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    module-config: "iterator"
    local-zone: "example.test." static
    local-data: "www.example.test. A 192.0.2.1"
remote-control:
    control-enable: no
CONF
    ip netns exec fvd-b unbound -d -c "$work/unbound.conf" 2>"$work/unbound.log" &
    server=$!
    printf '%s\n' 'www.example.test A' 'missing.example.test AAAA' >"$work/questions"
    for _ in {1..100}; do
        grep -q :0035 "/proc/$server/net/udp" && return
        sleep 0.05
    done
    die "unbound does not listen: $(cat "$work/unbound.log")"
}

start_agent() {
    "$bin/fovea" agent --set server.port="$port" --set state-directory="$work/state" \
        --set dns.names=$names 2>"$work/agent.log" &
    agent=$!
    for _ in {1..200}; do
        curl -fso /dev/null "localhost:$port/readyz" && return
        sleep 0.05
    done
    die "the agent does not start: $(cat "$work/agent.log")"
}

stop_agent() {
    kill "$agent"
    wait "$agent" || true
    agent=''
}

ask() { # OUTPUT
    ip netns exec fvd-a dnsperf -s 198.18.8.2 -d "$work/questions" -l "$seconds" -c 4 -q 200 >"$1"
}
said() { awk -F: -v title="$1" '$1 ~ title { split($2, words, " "); print words[1] }' "$2"; }
metric() { # NAME [LABEL]...: sum over its series
    awk -v name="$1" -v one="${2:-}" -v two="${3:-}" '
        index($0, name) == 1 && substr($0, length(name) + 1, 1) ~ /[{ ]/ && index($0, one) && index($0, two) {
            sum += $NF
        }
        END { printf "%.0f\n", sum }' "$work/metrics"
}
cpu() { awk '{ print $14 + $15 }' "/proc/$agent/stat"; }

equal() { # CLAIM EXPECTED GOT
    [[ $2 == "$3" ]] && return
    printf 'NOT EXACT: %s: dnsperf %s, agent %s\n' "$@"
    failed=1
}

check() { # OUTPUT
    local sent completed
    sent=$(said 'Queries sent' "$1") completed=$(said 'Queries completed' "$1")
    curl -fs "localhost:$port/metrics" >"$work/metrics"
    for side in a/client b/server; do
        pod="pod=\"fvd-${side%/*}\"" role="role=\"${side#*/}\""
        equal "queries of the ${side#*/}" "$sent" "$(metric fovea_pod_dns_queries_total "$pod" "$role")"
        equal "responses of the ${side#*/}" "$completed" \
            "$(metric fovea_pod_dns_responses_total "$pod" "$role")"
        # What has no latency is said.
        equal "latencies of the ${side#*/}" "$completed" $((
            $(metric fovea_pod_dns_response_seconds_count "$pod" "$role") +
            $(metric fovea_pod_dns_unmatched_responses_total "$pod" "$role")))
        if [[ $names == true ]]; then
            equal "names of the ${side#*/}" "$sent" \
                "$(metric fovea_pod_dns_name_queries_total "$pod" "$role")"
        fi
    done
    printf '%-8s sent %s, unmatched %s, untracked %s, names lost %s\n' '' "$sent" \
        "$(metric fovea_pod_dns_unmatched_responses_total)" \
        "$(metric fovea_dns_untracked_queries_total)" "$(metric fovea_dns_lost_names_total)"
}

median() { sort -g | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

network
ask "$work/warm" # caches of both
for ((round = 1; round <= rounds; round++)); do
    ask "$work/none"
    start_agent
    ask "$work/with"
    ticks=$(cpu)
    check "$work/with"
    stop_agent
    none=$(said 'Queries per second' "$work/none") with=$(said 'Queries per second' "$work/with")
    ratio=$(awk -v a="$with" -v b="$none" 'BEGIN { printf "%.3f", a / b }')
    printf 'round %d  without %.0f q/s, with %.0f q/s, kept %s; agent %d0 ms of CPU\n' \
        "$round" "$none" "$with" "$ratio" "$ticks"
    echo "$ratio" >>"$work/ratios"
done
printf 'median kept: %s (names: %s)\n' "$(median <"$work/ratios")" $names
exit $failed
