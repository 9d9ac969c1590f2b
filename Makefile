# SPDX-License-Identifier: Apache-2.0
# demo     a real pruned network on the generated Verilog, bit by bit
# test     every tier: types, lint, unit, rtl, e2e; under 20 minutes on two cores
# regress  the same with full sweeps, for hours
# bench    the figures of docs/benchmarks.md, docs/networks.md, docs/onnx-models.md, docs/laws.md, docs/performance.md and docs/area.md
# bench-pruning  accuracy and cost of pruned networks: docs/prune-accuracy.md and docs/compare-*.md, for hours; a stopped run goes on
# check    types, lint, rules of the source, and that the committed Verilog is current; a minute, no Verilog tool
# rtl      regenerates the committed Verilog, rtl-out/pes16-group8
# data     fetches the real models and data of the tests, each by its SHA-256; ARGS=--list shows them, DATA_ORIGIN=FOLDER takes a copy
# clean    removes what these made
# Each installs what is missing first, or says exactly what to install. NODE=PATH chooses the Node.

.PHONY: help demo test regress bench bench-pruning check rtl data tools build clean
.DEFAULT_GOAL := help

NODE ?= node
TSX := $(NODE) --import tsx

help:
	@sed -n '2,11s/^# //p' Makefile

# The stamp is npm's own record of what it installed.
node_modules/.package-lock.json: package-lock.json
	@command -v $(NODE) >/dev/null 2>&1 || { echo "Missing: Node 20.19 or newer. Install it from https://nodejs.org."; exit 2; }
	@$(NODE) scripts/check-node.mjs
	npm ci --no-fund --no-audit
	@touch $@

tools:
	@sh scripts/install-tools.sh iverilog verilator yosys g++ make ccache

demo: node_modules/.package-lock.json tools
	@$(TSX) bench/demo.ts

test: node_modules/.package-lock.json tools
	@$(NODE) scripts/run-tests.mjs

regress: node_modules/.package-lock.json tools
	@$(NODE) scripts/run-tests.mjs --regress

bench: node_modules/.package-lock.json tools
	@$(TSX) bench/bench.ts
	@$(TSX) bench/networks.ts
	@$(TSX) bench/onnx.ts
	@$(TSX) bench/laws.ts
	@$(TSX) bench/performance.ts
	@$(TSX) bench/area.ts

bench-pruning: node_modules/.package-lock.json tools
	@$(TSX) bench/prune-accuracy.ts
	@$(TSX) bench/compare.ts

check: node_modules/.package-lock.json
	@$(NODE) scripts/run-tests.mjs types lint
	@npx vitest run test/imports.test.ts test/determinism/sources.test.ts
	@$(TSX) generator/cli/main.ts --pes 16 --group 8 --check

rtl: node_modules/.package-lock.json
	@$(TSX) generator/cli/main.ts --pes 16 --group 8

data: node_modules/.package-lock.json
	@$(TSX) scripts/data/main.ts $(if $(DATA_ORIGIN),--origin "$(DATA_ORIGIN)") $(ARGS)

build: node_modules/.package-lock.json
	@npm run --silent build

clean:
	rm -rf dist build test-results
