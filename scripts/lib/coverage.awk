# Adds up JaCoCo's CSV files, one a module, to a table of line and branch coverage, and holds the
# packages of the gate to it. Give the files in order; the module of a file is the folder it begins
# with. Variables: packages (names, separated by blanks), least (percent of branches).
# Ends with 1 when a package of the gate is below, or has no branch at all: then it was renamed.
BEGIN {
  FS = ","
  gated = split(packages, gate, " ")
}
FNR == 1 {
  module = FILENAME
  sub(/\/target\/.*/, "", module)
  sub(/.*\//, "", module)
  if (!(module in seen)) {
    seen[module] = 1
    modules[++count] = module
  }
  next
}
{
  missed[module, "branch"] += $6
  covered[module, "branch"] += $7
  missed[module, "line"] += $8
  covered[module, "line"] += $9
  missedIn[$2] += $6
  coveredIn[$2] += $7
}
function percent(hit, miss) { return hit + miss == 0 ? 100 : 100 * hit / (hit + miss) }
function row(name, line, lines, branch, branches) {
  printf "%-34s %6.1f %% of %6d lines   %6.1f %% of %6d branches\n", name, line, lines, branch, branches
}
END {
  for (i = 1; i <= count; i++) {
    m = modules[i]
    row(m, percent(covered[m, "line"], missed[m, "line"]), covered[m, "line"] + missed[m, "line"], \
        percent(covered[m, "branch"], missed[m, "branch"]), covered[m, "branch"] + missed[m, "branch"])
    lineHit += covered[m, "line"]
    lineMiss += missed[m, "line"]
    branchHit += covered[m, "branch"]
    branchMiss += missed[m, "branch"]
  }
  row("in all", percent(lineHit, lineMiss), lineHit + lineMiss, percent(branchHit, branchMiss), branchHit + branchMiss)
  for (i = 1; i <= gated; i++) {
    name = gate[i]
    branches = coveredIn[name] + missedIn[name]
    is = percent(coveredIn[name], missedIn[name])
    if (branches == 0) {
      printf "gate: %s has no branch, was it renamed?\n", name
      bad = 1
    } else {
      printf "gate: %s %.1f %% of %d branches, least %d %%: %s\n", name, is, branches, least, is < least ? "BELOW" : "good"
      bad = bad || is < least
    }
  }
  exit bad ? 1 : 0
}
