#!/usr/bin/env bash
# Makes the root file system of the Linux image and runs the agent in it, without a container engine:
# Tests/Deploy/image.sh [--bin DIR]. Needs root, what deploy/linux/rootfs.sh needs, python3, iproute2 and curl.
# The agent runs in a network namespace called fvi-node, which is gone afterwards.
#
# Exit status: 0 when every check passed, 1 when one failed, 2 when it could not be run.
set -uo pipefail
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../.." && pwd)
bin=$repository/.build/release
if [[ ${1:-} == --bin ]]; then bin=$2; fi
# Megabytes that a node has to fetch. What is shipped has Swift's runtime in it; a test's build has it beside.
readonly limit=60
work='' agent='' failed=0

die() { printf 'image.sh: %s\n' "$*" >&2; exit 2; }
check() { # CLAIM EXPECTED GOT
    if [[ $2 == "$3" ]]; then echo "ok - $1"; else echo "not ok - $1 (expected '$2', got '$3')"; failed=1; fi
}
get() { ip netns exec fvi-node curl -sf --max-time 10 "http://127.0.0.1:10093/$1"; }
packed() { tar --sort=name --numeric-owner -C "$1" -cf - .; }

end_agent() {
    local started=()
    if [[ $agent ]]; then
        # What started it in a namespace of processes passes no signal on.
        read -ra started <"/proc/$agent/task/$agent/children"
        kill "$agent" "${started[@]}" 2>/dev/null
        wait "$agent" 2>/dev/null
    fi
    agent=''
}
# shellcheck disable=SC2317 # the trap runs it
clean_up() {
    end_agent
    ip netns del fvi-node 2>/dev/null
    rm -rf "$work"
}

# Waits for the agent, keeps its metrics in FILE, and ends it.
scrape() { # FILE
    local deadline=$((SECONDS + 90))
    until get readyz >/dev/null; do
        kill -0 "$agent" 2>/dev/null || { cat "$work/log"; agent=''; return 1; }
        ((SECONDS < deadline)) || { echo 'the agent did not become ready'; return 1; }
        sleep 0.2
    done
    get metrics >"$1"
    end_agent
}
lacking() { sed -nE 's/^fovea_capability_available\{capability="([^"]*)"\} 0$/\1/p' "$1" | sort | paste -sd,; }
packets() { grep -c '^fovea_node_packets_total' "$1"; }

((EUID == 0)) || die 'needs root'
trap clean_up EXIT
work=$(mktemp -d)
root=$work/root
export SOURCE_DATE_EPOCH=1700000000
"$repository/deploy/linux/rootfs.sh" --fovea "$bin/fovea" --to "$root" || die 'no root file system, see above'
(umask 077 && "$repository/deploy/linux/rootfs.sh" --fovea "$bin/fovea" --to "$work/again" >/dev/null)
check 'made twice, it is the same in every byte' "$(packed "$root" | sha256sum)" "$(packed "$work/again" | sha256sum)"
megabytes=$(($(packed "$root" | gzip | wc -c) / 1000000))
check "compressed it is smaller than $limit MB: $megabytes MB" yes "$( ((megabytes < limit)) && echo yes || echo no)"
check 'all of it is root'\''s, and nobody else may write to it' '' \
    "$(find "$root" ! -type l \( ! -user 0 -o ! -group 0 -o -perm /022 -o -perm /6000 \) -printf '%P ')"
check 'the agent is its only program' usr/bin/fovea \
    "$(find "$root" -type f -perm /111 ! -name '*.so' ! -name '*.so.*' -printf '%P ' | sed 's/ $//')"
sbom=$root/usr/share/sbom/fovea.spdx.json
check 'the SBOM knows the agent'\''s version' "$("$bin/fovea" --version)" \
    "$(jq -r '.packages[] | select(.name == "fovea").versionInfo' "$sbom")"
check 'the SBOM has every Swift package that is built in' '' \
    "$(comm -23 <(jq -r '.pins[].identity' "$repository/Package.resolved" | sort) <(jq -r '.packages[].name' "$sbom" | sort) | paste -sd' ')"
check 'the SBOM has the libraries of Debian, each with its licence beside' \
    'libbpf1 libc6 libelf1 libgcc-s1 libmnl0 libstdc++6 zlib1g' \
    "$(for name in $(jq -r '.packages[] | select(.externalRefs[]?.referenceLocator | startswith("pkg:deb")).name' "$sbom" | grep -vx ca-certificates | sort); do
        [[ -r $root/usr/share/doc/$name/copyright || ! -e /usr/share/doc/$name/copyright ]] && echo "$name"; done | paste -sd' ')"

# As the chart's pod has it: a root that cannot be written, some folders of the host's, some capabilities of root's.
mapfile -t given < <(sed -n '/^ *add:$/,/^ *seccompProfile:/s/^ *- \([A-Z_]*\)$/\1/p' "$repository/deploy/manifests/linux.yaml")
((${#given[@]})) || die 'no capabilities in deploy/manifests/linux.yaml'
printf 'server:\n  port: 10093\nkubernetes:\n  enabled: "off"\n' >"$work/fovea.yaml"
ip netns add fvi-node || die 'cannot make a network namespace'
ip -n fvi-node link set lo up
# An uplink, so that there is something to count on.
ip -n fvi-node link add up0 type veth peer name up1
ip -n fvi-node address add 192.0.2.1/24 dev up0
ip -n fvi-node link set up1 up
ip -n fvi-node link set up0 up
ip -n fvi-node route add default via 192.0.2.254
ip netns exec fvi-node "$bin/fovea" agent --config "$work/fovea.yaml" --set state-directory="$work/state" >"$work/log" 2>&1 &
agent=$!
scrape "$work/outside" || die 'the agent does not run outside of the image'
# shellcheck disable=SC2016 # expanded by the shell that is called
ip netns exec fvi-node unshare --mount --pid --fork --kill-child sh -c '
    mount --rbind "$0/root" "$0/root" && mount -t proc proc "$0/root/proc" && mount -t sysfs -o ro sysfs "$0/root/sys" &&
    mount --bind "$0" "$0/root/etc/fovea" && mount -t tmpfs tmpfs "$0/root/run/fovea" &&
    mount -o remount,bind,ro "$0/root" &&
    exec python3 "$1" "$0/root" "$2" /usr/bin/fovea agent --config /etc/fovea/fovea.yaml' \
    "$work" "$here/contained.py" "$(IFS=,; echo "${given[*]}")" >"$work/log" 2>&1 &
agent=$!
scrape "$work/inside"
check 'the agent becomes ready in it' 0 $?
check 'every collector succeeds' '' "$(grep -E '^fovea_collector_success\{.*\} 0' "$work/inside")"
check "it can do there what root can outside, which is all but: $(lacking "$work/outside")" \
    "$(lacking "$work/outside")" "$(lacking "$work/inside")"
check 'it counts the same series of packets' "$(packets "$work/outside")" "$(packets "$work/inside")"
exit "$failed"
