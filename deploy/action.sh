#!/usr/bin/env bash
# What action.yml runs, with secreview on the PATH: annotations in the job's log, SARIF for code
# scanning, a summary for people. The exit code is that of `secreview check`.
set -uo pipefail

what=()
if [ -n "${PATHS:-}" ]; then
  while IFS= read -r path; do [ -n "$path" ] && what+=("$path"); done <<< "$PATHS"
elif [[ "${GITHUB_EVENT_NAME:-}" == pull_request* ]]; then
  # GitHub checks out the merge of the pull request: its first parent is the base.
  if ! git rev-parse --quiet --verify 'HEAD^2^{commit}' > /dev/null; then
    echo "::error title=secreview::The checkout has no base to compare with. Give actions/checkout" \
      "'fetch-depth: 2' and no 'ref', or name the paths to review."
    exit 2
  fi
  what=(--diff 'HEAD^1...HEAD')
fi
[ -n "${PROFILE:-}" ] && what+=(--profile "$PROFILE")
[ -n "${FAIL_ON:-}" ] && what+=(--fail-on "$FAIL_ON")

secreview check ${what[@]+"${what[@]}"} --format github
verdict=$?
[ "$verdict" -eq 2 ] && exit 2

secreview check ${what[@]+"${what[@]}"} --format sarif --output "$SARIF" > /dev/null
echo "sarif=$SARIF" >> "$GITHUB_OUTPUT"
secreview check ${what[@]+"${what[@]}"} --format markdown >> "$GITHUB_STEP_SUMMARY"
exit "$verdict"
