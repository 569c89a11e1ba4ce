#!/usr/bin/env bash
# Checks the chart, its plain manifests, its rules, its dashboards and the image:
# Tests/Deploy/run.sh [--bin DIR] [--tools DIR]
#
#   --bin DIR    where fovea is; default .build/release
#   --tools DIR  what tools.sh made; by default it is made anew, from PyPI, and removed
#
# Exit status: 0 when every check passed, 1 when one failed, 2 when it could not be run.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../.." && pwd)
bin=$repository/.build/release
tools=''
while (($#)); do
    case $1 in
        --bin) bin=$2 ;;
        --tools) tools=$2 ;;
        *) sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
    esac
    shift 2
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [[ ! $tools ]]; then
    tools=$work/tools
    "$here/tools.sh" "$tools" || { echo 'run.sh: no Helm and no schemas, see above' >&2; exit 2; }
fi
# Helm keeps nothing of this user's.
export PYTHONDONTWRITEBYTECODE=1
export HELM_CACHE_HOME=$work/helm HELM_CONFIG_HOME=$work/helm HELM_DATA_HOME=$work/helm
failed=0

# Both are many short runs of Helm: beside each other they take half as long.
"$tools/bin/python" "$here/knobs.py" "$tools/bin/helm" >"$work/knobs" 2>&1 &
"$tools/bin/python" "$here/chart.py" "$tools/bin/helm" "$bin/fovea" "$repository" || failed=1
wait $! || failed=1
cat "$work/knobs"
"$tools/bin/python" "$here/links.py" "$repository" || failed=1
"$tools/bin/python" "$here/recipes.py" "$repository" || failed=1
"$tools/bin/python" "$here/commands.py" "$bin" "$repository" || failed=1
"$tools/bin/python" "$here/krew.py" "$bin/kubectl-fovea" "$repository" || failed=1
promtool check rules "$repository"/deploy/chart/rules/*.yaml && promtool test rules "$here/rules.test.yaml" || failed=1
"$tools/bin/python" "$here/rules.py" "$repository" || failed=1
"$tools/bin/python" "$here/dashboards.py" "$repository" >"$work/dashboards.yaml" || failed=1
promtool check rules "$work/dashboards.yaml" || failed=1
"$tools/bin/python" "$here/scraping.py" "$tools/bin/helm" "$repository" || failed=1
if ((EUID)); then
    echo '# skipped: access.py, arm64.sh, capabilities.sh, image.sh, panels.py and plugin.py need root'
else
    # In a network of its own, whose ports nobody else has.
    alone() { unshare --net --mount sh -c 'ip link set lo up && exec "$@"' sh "$tools/bin/python" "$@"; }
    alone "$here/access.py" "$tools/bin/helm" "$bin/fovea" "$bin/kubectl-fovea" || failed=1
    alone "$here/plugin.py" "$tools/bin/kubectl" "$bin/fovea" "$bin/kubectl-fovea" "$repository" || failed=1
    alone "$here/panels.py" "$bin" "$repository" || failed=1
    "$here/capabilities.sh" --bin "$bin" || failed=1
    "$here/image.sh" --bin "$bin" || failed=1
    "$here/arm64.sh" --bin "$bin" || failed=1
fi
mkdir "$work/manifests"
PATH=$tools/bin:$PATH "$repository/deploy/render.sh" "$work/manifests" || failed=1
for file in "$work"/manifests/*; do
    if diff -u "$repository/deploy/manifests/${file##*/}" "$file"; then
        echo "ok - deploy/manifests/${file##*/} is current"
    else
        echo "not ok - deploy/manifests/${file##*/} is out of date; run: make generate-manifests"
        failed=1
    fi
done
exit "$failed"
