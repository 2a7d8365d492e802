#!/usr/bin/env bash
# Reviews what the step's inputs name. Every input comes as a variable; none is ever part of a script's text.
# Ends with 0 on allow and warn, else with gate's own code: everything unclear stops the job.
set -uo pipefail

: "${RUNNER_TEMP:?}"
folder="$RUNNER_TEMP/gate"
mkdir -p "$folder"
report="$folder/decision.json"
# What an earlier use in the same job decided is not what this one decides.
rm -f "$folder"/decision*.json "$folder"/outputs-*
strictest=0

fail() {
  echo "::error title=gate::$1"
  if [ -n "${GITHUB_OUTPUT:-}" ]; then printf 'decision=block\nrisk=1.00\n' >> "$GITHUB_OUTPUT"; fi
  exit 40
}

options=(--fail-on escalate)
if [ -n "${GATE_INPUT_PROFILE:-}" ]; then options+=(--profile "$GATE_INPUT_PROFILE"); fi
if [ -n "${GATE_INPUT_ENVIRONMENT:-}" ]; then options+=(-e "$GATE_INPUT_ENVIRONMENT"); fi
if [ -n "${GATE_INPUT_POLICY:-}" ]; then options+=(--policy "$GATE_INPUT_POLICY"); fi
if [ -n "${GATE_INPUT_POLICY_DIGEST:-}" ]; then options+=(--policy-digest "$GATE_INPUT_POLICY_DIGEST"); fi

reviewed=0
outputs=''
review() {
  reviewed=$((reviewed + 1))
  local own="$folder/outputs-$reviewed"
  : > "$own"
  GITHUB_OUTPUT="$own" gate check "${options[@]}" --format github --report "$folder/decision-$reviewed.json" "$@"
  local code=$?
  case "$code" in
    0 | 20 | 30) ;;
    *)
      code=40
      echo '::error title=gate::gate could not do its work, so nothing may run (40)'
      printf 'decision=block\nrisk=1.00\n' > "$own"
      # What an earlier review found is not what this one comes to.
      rm -f "$folder/decision-$reviewed.json" "$report"
      if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
        printf '### gate: ⛔ could not do its work, so nothing may run (40)\n\n' >> "$GITHUB_STEP_SUMMARY"
      fi
      ;;
  esac
  # Of several reviews the strictest is the step's.
  if [ -z "$outputs" ] || [ "$code" -gt "$strictest" ]; then
    outputs="$own"
    if [ -f "$folder/decision-$reviewed.json" ]; then cp "$folder/decision-$reviewed.json" "$report"; fi
  fi
  if [ "$code" -gt "$strictest" ]; then strictest=$code; fi
  if [ "${GATE_INPUT_SARIF:-}" = true ]; then
    gate check "${options[@]}" --no-log --format sarif "$@" > "$folder/gate-$reviewed.sarif" || true
  fi
}

if [ -n "${GATE_INPUT_COMMAND:-}" ]; then
  printf '%s' "$GATE_INPUT_COMMAND" > "$folder/command.sh"
  review --file "$folder/command.sh"
fi
if [ -n "${GATE_INPUT_SCRIPT:-}" ]; then review --file "$GATE_INPUT_SCRIPT"; fi
if [ -n "${GATE_INPUT_PLAN:-}" ]; then review --plan "$GATE_INPUT_PLAN"; fi
if [ -n "${GATE_INPUT_DEPLOYMENT:-}" ]; then
  printf '%s' "$GATE_INPUT_DEPLOYMENT" > "$folder/deployment.json"
  review --action "$folder/deployment.json"
fi
if [ "${GATE_INPUT_WORKFLOWS:-}" = true ]; then
  base="${GITHUB_BASE_REF:-}"
  if [ -n "$base" ]; then
    git fetch --quiet --no-tags --depth=1 origin "$base" || fail "the base branch cannot be fetched"
    changed="$(git diff --name-only --diff-filter=d FETCH_HEAD HEAD -- .github/workflows)" || fail "git cannot say what changed"
  else
    changed="$(git ls-files .github/workflows)" || fail "git cannot list the workflows"
  fi
  reviewed=$((reviewed + 1))
  while IFS= read -r file; do
    if [ -n "$file" ]; then review --workflow "$file"; fi
  done <<< "$changed"
fi

if [ "$reviewed" -eq 0 ]; then
  fail "nothing to review: give command, script, plan, deployment or workflows"
fi
if [ -n "${GITHUB_OUTPUT:-}" ]; then
  if [ -z "$outputs" ]; then
    printf 'decision=allow\nrisk=0.00\n' >> "$GITHUB_OUTPUT"
  else
    grep -v '^report=' "$outputs" >> "$GITHUB_OUTPUT"
    if [ -f "$report" ]; then printf 'report=%s\n' "$report" >> "$GITHUB_OUTPUT"; fi
  fi
fi
exit "$strictest"
