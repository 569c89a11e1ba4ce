# Starts the agent in a HostProcess container. Before containerd 1.7 the container's files are below
# CONTAINER_SANDBOX_MOUNT_POINT; since then they are where they were put, and the variable is not needed.
param([string[]] $Arguments = @())
$ErrorActionPreference = 'Stop'

$folder = Split-Path -Parent $MyInvocation.MyCommand.Path
$fovea = Join-Path $folder 'fovea.exe'
if (-not (Test-Path $fovea)) { throw "no fovea.exe in $folder" }

# A mounted ConfigMap has the path it would have in a container of its own.
$config = 'C:\etc\fovea\fovea.yaml'
if (-not (Test-Path $config) -and $env:CONTAINER_SANDBOX_MOUNT_POINT) {
    $config = Join-Path $env:CONTAINER_SANDBOX_MOUNT_POINT 'etc\fovea\fovea.yaml'
}
$command = @('agent')
if (Test-Path $config) { $command += @('--config', $config) }

# In this console, so that CTRL_SHUTDOWN reaches it; its status is the container's.
& $fovea @command @Arguments
exit $LASTEXITCODE
