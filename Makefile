# One command per job; `make` alone lists them. The Node that package.json pins comes from node_modules/.bin,
# so that an older Node on the machine only has to be able to run npm.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
NODE := node --disable-warning=ExperimentalWarning

.DEFAULT_GOAL := help
.PHONY: help install check format types lint unused control-plane shellcheck test test-core test-slow test-io test-integration test-e2e test-parity test-faults test-faults-sample test-dataplane test-dataplane-sample test-policies policy-engine test-one test-times golden generate charts build playground sbom image deflake fuzz verify start install-local bench soak bench-idle bench-quiet bench-render bench-requests bench-webhook bench-cli

help: ## show this help @General
	@awk 'BEGIN {FS = ":.*## | @"} /^[a-zA-Z0-9_-]+:.*## / {c[$$3] = c[$$3] sprintf("  make %-17s %s\n", $$1, $$2)} END {for (k in c) printf "%s\n%s\n", k, c[k]}' $(MAKEFILE_LIST)

install: node_modules/.installed ## install the packages of package-lock.json @General

node_modules/.installed: package-lock.json package.json
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

start: install ## run the controller on a local API server with an example; TYPE=calico|cilium, KUBECONFIG, CONTROL_PLANE=embedded @General
	@$(NODE) hack/start/start.ts

install-local: install ## install both Helm charts in a local control plane; ONCE=1 exits afterwards @General
	@$(NODE) hack/install/install-local.ts $(if $(ONCE),--once)

build: install ## bundle dist/netext.js: PAGES=address of the pages in its messages @Build
	@$(NODE) hack/build/build.ts

playground: install ## build the page that shows in the browser what a configuration does: dist/playground, PAGES=… @Build
	@$(NODE) hack/playground/build.ts

charts: install ## package the Helm charts: dist/charts @Build
	@$(NODE) hack/charts/package-charts.ts

sbom: build ## list the packages and licenses of the bundle: dist/sbom.cdx.json, dist/licenses.txt @Build
	@$(NODE) hack/build/sbom.ts

image: sbom ## build the container image: IMAGE=name:tag BASE=image PLATFORM=linux/arm64; BASE=local pulls nothing @Build
	@IMAGE='$(IMAGE)' BASE='$(BASE)' PLATFORM='$(PLATFORM)' $(NODE) hack/image/image.ts

generate: install ## rewrite generated files: docs/reference, example, charts/*/monitoring @Build
	@$(NODE) hack/generate/generate.ts

check: install format-check types lint unused ## check format, types, lint, import directions and unused code @Check

format: install ## format the sources @Check
	biome check --write .

.PHONY: format-check
format-check: install
	biome check .

types: install
	tsc --noEmit
	tsc --noEmit -p pkg/playground/page

lint: install
	oxlint --type-aware --deny-warnings

unused: install
	knip

test: install check shellcheck build control-plane test-core test-slow test-io test-integration test-e2e test-faults-sample test-dataplane-sample ## run everything that CI runs @Test

test-core: install ## run core tests: no process, network or file write; WATCH=1 repeats after changes @Test
	@$(NODE) test/run.ts core $(if $(WATCH),--watch)

test-slow: install ## run long tests in memory @Test
	@$(NODE) test/run.ts slow

test-io: install build playground policy-engine ## run tests that start processes, open sockets or write files @Test
	@$(NODE) test/run.ts io

test-integration: install build control-plane ## run tests on a real kube-apiserver @Test
	@$(NODE) test/run.ts integration

test-e2e: sbom control-plane ## run tests of the image in containers (Docker; CI installs it): T=test/e2e/networks.e2e.test.ts @Test
	@IMAGE='$(IMAGE)' BASE='$(BASE)' $(NODE) test/e2e/run.ts $(T)

test-parity: install ## compare rendered objects with the Go extensions @Test
	@$(NODE) test/run.ts $(wildcard test/parity/*.test.ts)

test-faults: build control-plane ## disturb requests and watches of the controller: PLAN='create/*', SAMPLE=1, LIST=1, RESUME=1 @Test
	@PLAN='$(PLAN)' SAMPLE='$(SAMPLE)' LIST='$(LIST)' RESUME='$(RESUME)' LIMIT='$(LIMIT)' SHARED='$(SHARED)' OWN='$(OWN)' $(NODE) test/faults/run.ts

test-faults-sample: build control-plane # the part of test-faults that `make test` runs
	@SAMPLE=1 $(NODE) test/faults/run.ts

test-dataplane: install control-plane ## run Cilium and Calico with rendered objects in network namespaces (root, Linux; builds them once): CLASS='overlay policies', LIST=1 @Test
	@$(NODE) test/dataplane/run.ts $(if $(LIST),--list) $(CLASS)

test-dataplane-sample: install control-plane # the part of test-dataplane that `make test` runs; what is not built is skipped
	@$(NODE) test/dataplane/run.ts --sample

test-policies: install policy-engine ## compare decisions about NetworkPolicies with the engine of cyclonus: FLOWS=100000 @Test
	@FLOWS=$(or $(FLOWS),100000) $(NODE) test/run.ts test/policies/policies.io.test.ts

policy-engine: install # the engine that judges NetworkPolicies in tests; built once per machine, skipped without Go
	@$(NODE) test/policies/build.ts

test-one: install ## run one test file: T=pkg/gardener/cidr.test.ts [N='name pattern'] @Test
	$(NODE) --test --test-reporter=spec $(if $(N),--test-name-pattern='$(N)') $(T)

test-times: install ## list the slowest test files and tests of the last runs @Test
	@$(NODE) test/run.ts --times

control-plane: install # etcd and kube-apiserver for the suites that need them; built once per machine
	@$(NODE) test/controlplane/cli.ts build

shellcheck: install ## check the shell scripts @Check
	@$(NODE) test/support/shellcheck.ts

golden: install ## rewrite golden files; review git diff afterwards @Test
	@UPDATE_GOLDENS=1 $(NODE) test/run.ts core io

deflake: install ## run one test file until it fails: T=… [N=…] @Test
	@i=0; while $(MAKE) -s test-one T='$(T)' N='$(N)' >/tmp/deflake.log 2>&1; do i=$$((i+1)); printf '\r%s runs passed' $$i; done; echo; cat /tmp/deflake.log

fuzz: install ## fuzz inputs from outside: MINUTES=10 [TARGET=review|config|manifest|watch] [SEED=n] [KEEP=1] [REPRO=file] (test/fuzz/README.md) @Test
	@$(NODE) test/fuzz/run.ts --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED)) $(if $(KEEP),--keep) $(if $(REPRO),--repro $(REPRO)) $(TARGET)

verify: test ## run test, and check that generated files are current @Test
	@$(NODE) hack/generate/generate.ts --check

bench: build control-plane ## measure the life cycle of N Networks of each type: N=100 ROUNDS=3 TYPE=calico VARIANTS='before=other.js; after='; N=10000 CHART=file.svg for many Networks @Bench
	@N='$(N)' CHART='$(CHART)' SECONDS='$(SECONDS)' ROUNDS='$(ROUNDS)' TYPE='$(TYPE)' VARIANTS='$(VARIANTS)' $(NODE) test/bench/controller.ts

soak: build control-plane ## run life cycles, faults and restarts for hours; memory, descriptors and sockets as slopes: HOURS=0.5 N=20 @Bench
	@HOURS='$(HOURS)' N='$(N)' $(NODE) test/bench/soak.ts

bench-idle: build control-plane ## measure memory and requests of an idle process: N=1000 @Bench
	@$(NODE) test/bench/idle.ts

bench-quiet: build control-plane ## measure requests and CPU of an idle process under disturbed watches: N=1000 MINUTES=5 @Bench
	@N='$(N)' MINUTES='$(MINUTES)' $(NODE) test/faults/quiet.ts

bench-render: build ## measure rendering times, cold and warm @Bench
	@$(NODE) test/bench/render.ts

bench-requests: control-plane ## measure single requests in alternative forms: OTHERS=20 COUNT=200 ROUNDS=5 @Bench
	@OTHERS='$(OTHERS)' COUNT='$(COUNT)' ROUNDS='$(ROUNDS)' $(NODE) test/bench/request-cost.ts

bench-cli: build ## measure `netext validate` as a process: one Shoot, SHOOTS=3000, a seed of CLUSTERS=1000 through a pipe, BUNDLE=file @Bench
	@$(NODE) test/bench/cli.ts

bench-webhook: install ## measure response times of a webhook over TLS during a certificate rotation @Bench
	@$(NODE) test/bench/webhook.ts
