# make demo    install what is missing, build, start Tarn, run the whole main job and show what happened
# make test    install what is missing, build, run every test
#
# More: setup build dev unit clients tidy lint coverage format asan tsan fuzz package demo-stop clean

DEPS   ?= $(HOME)/.cache/tarn
PYTHON ?= $(DEPS)/venv/bin/python
JOBS   ?= $(shell nproc)
TARN   ?= $(CURDIR)/build/release/tarn
export TARN_DEPS_DIR := $(DEPS)
export CCACHE_DIR ?= $(HOME)/.cache/ccache

.PHONY: setup build dev asan tsan unit clients client-environments test test-clients tidy lint coverage format package demo demo-stop fuzz clean

setup:
	@scripts/setup

build: setup
	@cmake --preset release >/dev/null
	@cmake --build build/release -j$(JOBS)

dev: setup
	@cmake --preset dev >/dev/null
	@cmake --build build/dev -j$(JOBS)

# The unit tests and everything that the client tests start, built once, with assertions.
unit: dev
	@ctest --test-dir build/dev --output-on-failure -j$(JOBS)

# What reads foreign bytes or keeps acknowledged ones, with the address and undefined-behaviour sanitizers.
SANITIZED ?= base meta/memory meta/rocksdb blob/local policy identity work audit logs objects events notify tiers http aws
# What threads share.
RACED ?= base meta/memory meta/rocksdb work http

# The names of folders as one regular expression, and as test programs.
pattern = '^($(subst $(eval ) ,|,$(strip $(1))))$$'
programs = $(foreach folder,$(1),tarn_$(subst /,_,$(folder))_test)

asan: setup
	@cmake --preset asan >/dev/null
	@cmake --build build/asan -j$(JOBS) --target $(call programs,$(SANITIZED))
	@ctest --test-dir build/asan --output-on-failure -j$(JOBS) -R $(call pattern,$(SANITIZED))

tsan: setup
	@cmake --preset tsan >/dev/null
	@cmake --build build/tsan -j$(JOBS) --target $(call programs,$(RACED))
	@ctest --test-dir build/tsan --output-on-failure -j$(JOBS) -R $(call pattern,$(RACED))

# Real clients of AWS, each in an environment of its own, against a live server.
clients: dev client-environments
	@TARN_BINARY=$(CURDIR)/build/dev/tarn PYTHON=$(PYTHON) tests/clients/run

client-environments: setup
	@scripts/client-environments

# Those that take long to install or to run.
test-clients: dev
	@scripts/client-environments --slow
	@TARN_BINARY=$(CURDIR)/build/dev/tarn PYTHON=$(PYTHON) tests/clients/run --slow

test: unit clients

tidy: setup
	@$(PYTHON) tests/tidy.py
	@$(PYTHON) tools/codegen/coverage.py --check

# clang-tidy on what changed; ALL=1 for every file.
lint: dev
	@JOBS=$(JOBS) $(PYTHON) scripts/lint build/dev $(if $(ALL),--all)

coverage: setup
	@$(PYTHON) tools/codegen/coverage.py

format:
	@git ls-files '*.cpp' '*.h' | xargs clang-format-19 -i

# Every fuzz target, or those that FUZZED names, for SECONDS_EACH; SEED=1 goes the same way again. PRESET=asan takes that
# build, which can do both.
PRESET ?= fuzz
SECONDS_EACH ?= 60
fuzz: setup
	@cmake --preset $(PRESET) >/dev/null
	@cmake --build build/$(PRESET) -j$(JOBS) --target $(or $(FUZZED),fuzzers)
	@JOBS=$(JOBS) SEED=$(SEED) scripts/fuzz build/$(PRESET) $(SECONDS_EACH) $(FUZZED)

package: build
	@scripts/package build/release
	@$(PYTHON) tests/package/check.py build/tarn-*-linux-$$(uname -m).tar.gz

demo:
	@TARN="$(if $(filter command line environment,$(origin TARN)),$(TARN))" scripts/demo start

demo-stop:
	@scripts/demo stop

clean:
	rm -rf build
