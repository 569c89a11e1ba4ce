#!/usr/bin/env bash
# Checks that the kernel's capabilities which the chart gives the agent are enough, and none too many:
# Tests/Deploy/capabilities.sh [--bin DIR]. Needs root, iproute2, util-linux and curl. The agent runs in a
# namespace called fvc-node, which is gone afterwards.
#
# Exit status: 0 when every check passed, 1 when one failed, 2 when it could not be run.
set -uo pipefail
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$here/../../.build/release
if [[ ${1:-} == --bin ]]; then bin=$2; fi
work='' agent='' failed=0

die() { printf 'capabilities.sh: %s\n' "$*" >&2; exit 2; }
check() { # CLAIM EXPECTED GOT
    if [[ $2 == "$3" ]]; then echo "ok - $1"; else echo "not ok - $1 (expected '$2', got '$3')"; failed=1; fi
}
get() { ip netns exec fvc-node curl -sf --max-time 10 "http://127.0.0.1:10093/$1"; }

end_agent() {
    if [[ $agent ]]; then kill "$agent" 2>/dev/null; wait "$agent" 2>/dev/null; fi
    agent=''
}
# shellcheck disable=SC2317 # the trap runs it
clean_up() {
    end_agent
    ip netns del fvc-node 2>/dev/null
    rm -rf "$work"
}

# What an agent with these capabilities finds not to be available, in one line.
lacking() { # CAPABILITY...
    local bounds=-all name
    for name; do bounds+=,+${name,,}; done
    ip netns exec fvc-node setpriv --bounding-set="$bounds" --inh-caps=-all --no-new-privs \
        "$work/fovea" agent --set state-directory="$work/state" --set kubernetes.enabled=off >"$work/log" 2>&1 &
    agent=$!
    local deadline=$((SECONDS + 90))
    until get readyz >/dev/null; do
        kill -0 "$agent" 2>/dev/null || { echo "the agent ended: $(tail -n 1 "$work/log")"; agent=''; return; }
        ((SECONDS < deadline)) || { echo 'the agent did not become ready'; return; }
        sleep 0.2
    done
    get metrics | sed -nE 's/^fovea_capability_available\{capability="([^"]*)"\} 0$/\1/p' | sort | paste -sd,
    # In the log alone, since it is of an interface: programs that load and cannot be attached.
    if grep -q 'cannot count packets on interface' "$work/log"; then echo 'attaching'; fi
    end_agent
}

((EUID == 0)) || die 'needs root'
trap clean_up EXIT
work=$(mktemp -d)
cp "$bin/fovea" "$work/" || die "no fovea in $bin"
ip netns add fvc-node || die 'cannot make a network namespace'
ip -n fvc-node link set lo up
# An uplink, so that there is something to attach to.
ip -n fvc-node link add up0 type veth peer name up1
ip -n fvc-node address add 192.0.2.1/24 dev up0
ip -n fvc-node link set up1 up
ip -n fvc-node link set up0 up
ip -n fvc-node route add default via 192.0.2.254

mapfile -t given < <(sed -n '/^ *add:$/,/^ *seccompProfile:/s/^ *- \([A-Z_]*\)$/\1/p' "$here/../../deploy/manifests/linux.yaml")
((${#given[@]})) || die 'no capabilities in deploy/manifests/linux.yaml'
lacking all >"$work/root"
lacking "${given[@]}" >"$work/given"
check "with ${given[*]} the agent has what it has as root" "$(<"$work/root")" "$(<"$work/given")"
if grep -q 'packet counting' "$work/root"; then
    echo "# not asked what each is for: even root has no packet counting here"
    exit "$failed"
fi
# SYS_ADMIN stands for others too, so they are taken away where it is not there.
mapfile -t few < <(printf '%s\n' "${given[@]}" | grep -vx SYS_ADMIN)
lacking "${few[@]}" >"$work/few"
for name in "${given[@]}"; do
    mapfile -t rest < <(printf '%s\n' "${few[@]}" | grep -vx "$name")
    with=$work/few without=$work/without
    if [[ $name == SYS_ADMIN ]]; then with=$work/given without=$work/few; else lacking "${rest[@]}" >"$without"; fi
    lost=$(comm -13 <(tr , '\n' <"$with" | sort) <(tr , '\n' <"$without" | sort) | paste -sd,)
    check "without $name something is lost: $lost" yes "$([[ $lost ]] && echo yes || echo no)"
done
exit "$failed"
