# Everything a contributor runs. `make` alone lists it.
SHELL := /bin/bash
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help setup build test test-kernel test-matrix test-windows test-deploy run demo bench
.PHONY: generate generate-manifests man install fmt check clean
.PHONY: swift packages-build packages-test packages-matrix packages-windows packages-deploy tools-deploy
.PHONY: check-generated is-built

build_packages := pkg-config libbpf-dev libelf-dev libmnl-dev zlib1g-dev iproute2 nftables curl
test_packages := procps iputils-ping jq prometheus conntrack dnsperf unbound openssl iptables
matrix_packages := qemu-system-x86 busybox-static cpio xz-utils zstd kmod bpftool
windows_packages := gcc-mingw-w64-x86-64 wine64
deploy_packages := python3 python3-venv prometheus iproute2 nftables curl jq binutils ca-certificates openssl man-db

# Tests reach into modules (@testable), which needs other compiler flags than the agent is shipped with.
# A folder of their own keeps the two from building each other anew every time.
tests := -c release --scratch-path .build-test
PREFIX := /usr/local
# BIN, of many targets, is a folder of what is built already.
bin := $(or $(BIN),.build/release)
# Shipped is one file: the Swift runtime is in it.
one_file := --static-swift-stdlib
as_root := $(if $(filter 0,$(shell id -u)),,sudo env "PATH=$(PATH):/usr/sbin:/sbin")
swift_files := Package.swift Sources Tests bpf/plugin
c_files := $(wildcard bpf/*.c bpf/include/*.h windows-stubs/*.[ch] windows-stubs/*/*.h Tests/WindowsABI/*.[ch])

help: ## List these
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/\1\t\2/p' Makefile | expand -t 14

setup: packages = $(build_packages) $(test_packages) $(matrix_packages)
setup: ## Install the Debian packages that building, testing and the kernel matrix need
	$(install)

build: swift packages-build ## Build the agent: .build/release/fovea
	swift build -c release $(one_file)

test: swift packages-build packages-test ## Run every test that this machine can
	swift test $(tests)
	$(if $(as_root),,Tests/EndToEnd/prometheus.sh --bin .build-test/release)
	@$(MAKE) --no-print-directory check-generated BIN=.build-test/release
	@echo 'make test: all passed$(if $(as_root),; skipped without root: the kernel tests (make test-kernel) and Prometheus)'

test-kernel: swift packages-build packages-test ## Run the tests that load programs into this kernel, as root
	swift test list $(tests) >/dev/null
	$(as_root) swift test $(tests) --skip-build --filter KernelTests

test-matrix: packages-matrix $(if $(BIN),,build) ## Run the agent on Debian's kernels under QEMU: KERNELS="5.10 6.1 6.12 sid"
	Tests/KernelMatrix/agent.sh --bin $(bin) $(if $(KERNELS),--kernels "$(KERNELS)")

test-windows: swift packages-windows ## Check the Windows half: type-check it for Windows, run its C under Wine
	Tests/WindowsABI/run.sh
	Tests/WindowsTypecheck/typecheck.sh

test-deploy: packages-deploy $(if $(BIN),,build) ## Check chart, manifests, rules and image with real Helm, Kubernetes' schemas and promtool
	Tests/Deploy/run.sh --bin $(bin) $(if $(TOOLS),--tools $(TOOLS))

# Into the folder TOOLS, for those who run test-deploy more than once.
tools-deploy: packages-deploy
	Tests/Deploy/tools.sh $(TOOLS)

run: build ## Run the agent on this host, with its live table
	$(as_root) .build/release/fovea agent --live

demo: build ## Make two namespaces that talk, and show what the agent sees; Ctrl-C removes everything
	deploy/demo.sh

bench: build packages-test ## Measure what the agent costs: a quarter of an hour on an idle machine
	$(as_root) .build/release/benchmarks program
	$(as_root) .build/release/benchmarks dns
	.build/release/benchmarks windows
	.build/release/benchmarks exposition
	.build/release/benchmarks cluster
	.build/release/benchmarks retina
	$(as_root) .build/release/benchmarks conntrack
	$(as_root) Tests/Benchmarks/in-situ.sh
	$(as_root) Tests/Benchmarks/dns.sh

generate: build ## Write docs/metrics.md, docs/configuration.md and the dashboards
	.build/release/fovea generate docs --to docs
	.build/release/fovea generate dashboards --to deploy/chart/dashboards

generate-manifests: packages-deploy ## Write deploy/manifests from the chart
	@tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && Tests/Deploy/tools.sh "$$tools" && \
	PATH="$$tools/bin:$$PATH" deploy/render.sh deploy/manifests

man: is-built ## Write man pages of the agent and of kubectl fovea into .build/man
	rm -rf .build/man
	$(call man_pages,.build/man)

# Of what is there, since root seldom has a compiler.
install: is-built ## Install what was built, man pages and completions below PREFIX (/usr/local)
	install -D -m 755 -s -t $(DESTDIR)$(PREFIX)/bin $(bin)/fovea $(bin)/kubectl-fovea
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/bin deploy/kubectl/kubectl_complete-fovea
	$(call man_pages,$(DESTDIR)$(PREFIX)/share/man/man1)
	set -e; for shell in bash:bash-completion/completions/ zsh:zsh/site-functions/_ fish:fish/vendor_completions.d/; do \
		to=$(DESTDIR)$(PREFIX)/share/$${shell#*:}; install -d "$${to%/*}"; \
		for name in fovea kubectl-fovea; do \
			file=$$to$$name; [[ $$shell != fish:* ]] || file+=.fish; \
			$(bin)/$$name --generate-completion-script $${shell%%:*} >"$$file"; done; done

is-built:
	@[[ -x $(bin)/fovea && -x $(bin)/kubectl-fovea ]] || { echo 'make: no programs in $(bin); run: make build'; exit 1; }

fmt: ## Format the sources in place
	swift format --in-place --parallel --recursive $(swift_files)
	@if command -v clang-format >/dev/null; then clang-format -i $(c_files); \
	else echo 'make fmt: no clang-format here, so C was left as it is'; fi

check: $(if $(BIN),,build) check-generated ## Check formatting, generated files, scripts and leftovers
	swift format lint --strict --parallel --recursive $(swift_files)
	@if command -v shellcheck >/dev/null; then \
		git ls-files -co --exclude-standard '*.sh' .ci/run | xargs shellcheck -x -P SCRIPTDIR; \
	else echo 'make check: no shellcheck here, so scripts were not checked'; fi
	@! git grep --untracked -nE '\b(TO''DO|FIX''ME)\b' || { echo 'make check: unfinished work above'; exit 1; }
	@echo 'make check: all is well'

clean: ## Remove what was built
	rm -rf .build .build-test .build-windows

packages-build: packages = $(build_packages)
packages-test: packages = $(test_packages)
packages-matrix: packages = $(matrix_packages)
packages-windows: packages = $(windows_packages)
packages-deploy: packages = $(deploy_packages)
packages-build packages-test packages-matrix packages-windows packages-deploy:
	$(install)

swift:
	@command -v swift >/dev/null || { echo 'make: no swift in PATH; needed is 6.2 or newer, see https://swift.org/install'; exit 1; }

check-generated:
	@fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT && $(bin)/fovea generate docs --to "$$fresh" && \
	mkdir "$$fresh/dashboards" && $(bin)/fovea generate dashboards --to "$$fresh/dashboards" && \
	for file in metrics.md configuration.md; do \
		diff -u "docs/$$file" "$$fresh/$$file" || { echo "docs/$$file is out of date; run: make generate"; exit 1; }; \
	done && { diff -ru deploy/chart/dashboards "$$fresh/dashboards" || { echo 'deploy/chart/dashboards are out of date; run: make generate'; exit 1; }; } && \
	echo 'docs/metrics.md, docs/configuration.md and the dashboards are current'

# Into the folder $(1).
define man_pages
	install -d $(1)
	set -o pipefail; for name in fovea kubectl-fovea; do \
		$(bin)/$$name --experimental-dump-help | $(bin)/fovea generate man --to $(1) || exit 1; done
endef

# Installs those of $(packages) that are missing. Debian starts a service with some: not on this account.
define install
	@missing=$$(for package in $(packages); do \
		dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q ' installed' || echo $$package; done); \
	[[ $$missing ]] || exit 0; \
	command -v apt-get >/dev/null || { echo 'No Debian, so not installed here are:' $$missing; exit 0; }; \
	echo 'Installing Debian packages:' $$missing; \
	$(as_root) apt-get update -qq && \
	$(as_root) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing || exit 1; \
	for service in prometheus unbound; do \
		if [[ $$missing == *$$service* && -d /run/systemd/system ]]; then \
			$(as_root) systemctl disable --now $$service; fi; done
endef
