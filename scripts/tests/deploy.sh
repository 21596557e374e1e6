#!/usr/bin/env bash
# What we ship for containers, clusters and machines, held against the tools that read it. A tool that
# is not on this machine is named and its part left out; `scripts/validators` fetches some of them.
set -euo pipefail
# shellcheck source=scripts/lib/assert.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/assert.sh"

PATH=${MILLRACE_TOOLS:-$root/.tools}/validators/bin:$PATH
have() { # TOOL WHAT
  command -v "$1" >/dev/null 2>&1 || {
    echo "left out: $2 ($1 is not here)"
    return 1
  }
}
clean() { # SENTENCE COMMAND...: status 0
  local sentence=$1 out status=0
  shift
  out=$("$@" 2>&1) || status=$?
  check "$sentence" "0 " "$status $([ $status -eq 0 ] || printf '%s' "$out" | head -n 20)"
}
silent() { # SENTENCE COMMAND...: status 0 and not a word
  local sentence=$1 out status=0
  shift
  out=$("$@" 2>&1) || status=$?
  check "$sentence" "0 " "$status $(printf '%s' "$out" | head -n 20)"
}

"$root/scripts/monitoring" --to "$scratch/monitoring"
for file in dashboard.json prometheusrule.yaml; do
  clean "k8s/components/monitoring/$file is what scripts/monitoring makes" \
    cmp "$scratch/monitoring/$file" "$root/k8s/components/monitoring/$file"
done

if have hadolint "rules for the Dockerfile"; then
  silent "hadolint finds nothing" hadolint "$root/Dockerfile"
fi
if have check-jsonschema "the schema of the compose file"; then
  clean "the compose file fits its schema" \
    check-jsonschema --builtin-schema vendor.compose-spec "$root/docker-compose.yml"
fi
if docker compose version >/dev/null 2>&1; then
  clean "docker compose reads it" docker compose -f "$root/docker-compose.yml" config --quiet
else
  echo "left out: docker compose config (it is not here)"
fi
if have promtool "alert rules and their tests"; then
  clean "promtool takes the rules" promtool check rules "$root/monitoring/alerts.yml"
  clean "the tests of the rules pass" promtool test rules "$root/monitoring/alerts_test.yml"
fi

render=
if command -v kustomize >/dev/null 2>&1; then
  render="kustomize build"
elif command -v kubectl >/dev/null 2>&1; then
  render="kubectl kustomize"
else
  echo "left out: rendering of k8s (neither kustomize nor kubectl is here)"
fi
if [ -n "$render" ]; then
  # No overlay of ours has it.
  mkdir -p "$scratch/k8s/with-ingress"
  cp -R "$root/k8s/base" "$root/k8s/components" "$scratch/k8s/"
  printf 'resources: [../base]\ncomponents: [../components/ingress]\n' >"$scratch/k8s/with-ingress/kustomization.yaml"
  for folder in base overlays/single overlays/local overlays/production with-ingress; do
    out=$scratch/${folder#*/}.yaml
    at=$root/k8s/$folder
    [ -d "$at" ] || at=$scratch/k8s/$folder
    # shellcheck disable=SC2086 # a command and its first argument
    clean "k8s/$folder is rendered" $render "$at" -o "$out"
    if [ "$folder" = base ] && have kubernetes-validate "the schemas of Kubernetes"; then
      validate=yes
    fi
    if [ "${validate:-no}" = yes ]; then
      clean "k8s/$folder fits the schemas" kubernetes-validate --strict --quiet "$out"
    fi
    check "k8s/$folder runs every container locked down" 0 \
      "$(grep -c 'allowPrivilegeEscalation: true\|privileged: true\|runAsUser: 0\|hostPath' "$out" || true)"
    check "k8s/$folder has no Secret, which each apply would set back" 0 "$(grep -c '^kind: Secret$' "$out" || true)"
  done
  check "the config map has a name of its content" 1 \
    "$(grep -c 'name: millrace-config-[a-z0-9]*$' "$scratch/single.yaml" | awk '{print ($1 > 0)}')"
  check "the ingress is there" 1 "$(grep -c 'kind: Ingress$' "$scratch/with-ingress.yaml" || true)"
  # Rendered, a kind stands before its name, and a service's name before its ports.
  check "its backend is a service with that port" "millrace rest" "$(awk '
    /^kind:/ { kind = $2 }
    kind == "Service" && /^  name:/ { service = $2 }
    kind == "Service" && /^  - name:/ { ports[service " " $3] }
    kind == "Ingress" && $1 == "service:" { getline; name = $2; getline; getline; backend = name " " $2 }
    END { print (backend in ports ? backend : "unknown: " backend) }' "$scratch/with-ingress.yaml")"
  check "the single overlay has one container" 1 "$(grep -c '^        image: millrace' "$scratch/single.yaml" || true)"
  check "the base has two" 2 "$(grep -c '^        image: millrace' "$scratch/base.yaml" || true)"
fi

if have systemd-analyze "the unit"; then
  # Verified as installed: what it starts must be there.
  unit=$scratch/millrace.service
  mkdir -p "$scratch/bin"
  printf '#!/bin/sh\n' >"$scratch/bin/millrace"
  chmod 755 "$scratch/bin/millrace"
  ln -s "$scratch/bin/millrace" "${TMPDIR:-/tmp}/millrace-unit-$$"
  sed "s|/opt/millrace/bin/millrace|${TMPDIR:-/tmp}/millrace-unit-$$|" "$root/packaging/systemd/millrace.service" >"$unit"
  silent "systemd-analyze verify says nothing" systemd-analyze verify --man=no "$unit"
  rm -f "${TMPDIR:-/tmp}/millrace-unit-$$"
  score=$(systemd-analyze security --offline=true "$unit" 2>/dev/null | sed -n 's/.*exposure level for [^:]*: \([0-9.]*\) .*/\1/p')
  check "its exposure is at most 3.0 (is ${score:-unknown})" yes \
    "$(awk -v s="${score:-9}" 'BEGIN { print (s <= 3.0 ? "yes" : "no") }')"
fi
if have ruby "the formula of Homebrew"; then
  clean "the formula is Ruby" ruby -c "$root/packaging/homebrew/millrace.rb.in"
fi
if have bash "the scripts of the package"; then
  for script in postinst prerm postrm; do
    clean "$script is a shell script" bash -n "$root/packaging/deb/$script"
  done
fi

summary
