# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

PYTHON ?= python3
VENV := $(CURDIR)/.venv
COLLECTIONS := $(CURDIR)/.cache/collections
PATH := $(VENV)/bin:$(PATH)
export PATH
# What Ansible and its tools keep between runs stays in the checkout, not in the user's home.
export ANSIBLE_HOME := $(CURDIR)/.cache/ansible
WORKERS ?= auto
# Tests on the kernel wait for packets, and for the kernel to take namespaces apart: two for each core keep it busy.
KERNEL_WORKERS ?= $(shell expr 2 \* $$(nproc))

.NOTPARALLEL:
.PHONY: help demo test test-fast test-long lint sanity unit golden kernel walk benchmark molecule collection clean demo-packages
.PHONY: test-packages

help:
	@echo "make demo       two nginx containers on a bridge, on a throw-away host, each step shown (root)"
	@echo "make test       all tests; installs what they need (root)"
	@echo "make test-fast  what needs no root: ruff and the unit tests"
	@echo "make test-long  many more examples of the wide tests; EXAMPLES=50 times as many as 'make test' tries (root)"
	@echo "make lint | sanity | unit | kernel | molecule    one part of 'make test'"
	@echo "make golden     write anew what unit tests compare with: the rules on file, the diagram in docs/design.md, a role's options"
	@echo "make walk       write anew docs/packet-walk.md, as a throw-away host makes it (root)"
	@echo "make benchmark  what a network of 1,000 containers costs (root)"
	@echo "make collection build the collection and install it below .cache"
	@echo "make clean      remove what these made in the checkout"

demo: demo-packages collection
	@ANSIBLE_COLLECTIONS_PATH="$(COLLECTIONS)" ANSIBLE_STDOUT_CALLBACK=demo_quiet \
	ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false \
	ansible-playbook hostnet.containers.demo

test: test-packages lint sanity unit kernel molecule

test-fast: $(VENV)/for-test
	ruff check .
	pytest --numprocesses $(WORKERS) tests/unit

lint: $(VENV)/for-test
	ruff check .
	yamllint --strict .
	ansible-lint --strict
	reuse lint --quiet
	antsibull-changelog lint
	antsibull-docs lint-collection-docs --plugin-docs .

sanity: $(VENV)/for-test
	tests/support/sanity.sh

unit: $(VENV)/for-test
	pytest --numprocesses $(WORKERS) tests/unit

golden: $(VENV)/for-test
	pytest --quiet --numprocesses $(WORKERS) --update-golden tests/unit/test_golden_rules.py
	python tests/support/rooms_diagram.py
	PYTHONPATH=.dev:tests python -m role_spec
	@git --no-pager diff --stat -- tests/unit/golden_rules docs/design.md roles || true

kernel: $(VENV)/for-test
	pytest --numprocesses $(KERNEL_WORKERS) tests/kernel

walk: $(VENV)/for-test
	PYTHONPATH=.dev:tests python -m packet_walk
	@git --no-pager diff --stat -- docs/packet-walk.md || true

# Each test marked `wide` tries EXAMPLES times as many examples as it does in `make test`.
test-long: EXAMPLES ?= 50
test-long: test-packages $(VENV)/for-test
	HOSTNET_EXAMPLES=$(EXAMPLES) pytest --numprocesses $(KERNEL_WORKERS) --iptables both -m wide

benchmark: $(VENV)/for-test
	python tests/benchmarks/bench_network.py

# For instance `make molecule ACTION=converge SCENARIO=fleet`, then `make molecule ACTION=verify SCENARIO=fleet`.
molecule: ACTION ?= test
molecule: $(VENV)/for-test
	molecule $(ACTION) $(if $(SCENARIO),--scenario-name $(SCENARIO),--all)

collection: $(VENV)/for-demo
	@rm -rf .cache/build
	@ansible-galaxy collection build --output-path .cache/build . >/dev/null
	@ANSIBLE_COLLECTIONS_PATH="$(COLLECTIONS)" ansible-galaxy collection install --offline --force --collections-path "$(COLLECTIONS)" .cache/build/*.tar.gz >/dev/null

demo-packages:
	@tests/support/debian_packages.sh demo

test-packages:
	@tests/support/debian_packages.sh test

$(VENV)/for-demo: requirements.txt
	@test -d "$(VENV)" || $(PYTHON) -m venv "$(VENV)"
	@echo "Installing $< into .venv"
	@python3 -m pip install --quiet --requirement $<
	@touch $@

$(VENV)/for-test: requirements-test.txt $(VENV)/for-demo
	@echo "Installing $< into .venv"
	@python3 -m pip install --quiet --requirement $<
	@touch $@

clean:
	rm -rf .venv .cache .ansible .hypothesis .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
