# ---- The analyses: groups compared, conditions counted ---------------------------------------------------------------

mannwhitney <- function(instrument, timepoint, by, subset = list()) {
  two_groups(score(instrument, timepoint), by, subset, paste0("no_value_at_", timepoint))$test
}

mannwhitney_patient_var <- function(var, by, subset = list()) {
  found <- two_groups(numbers_of(var), by, subset, paste0("no_", var))
  c(found$test, list(describe = found$described))
}

mannwhitney_change <- function(instrument, pre, post, by, subset = list()) {
  before <- score(instrument, pre)
  after <- score(instrument, post)
  found <- two_groups(after - before, by, subset, absent = NULL)
  without <- screen(found$kept, c(has_value(pre, before), has_value(post, after)))
  found$test$left_out <- added(found$test$left_out, without$left_out)
  c(found$test, list(describe = found$described))
}

# absent: what the procedures without a value are called in left_out.
two_groups <- function(x, by, subset, absent) {
  group <- levels_of(by)
  who <- screen_subset(subset, known(by, group))
  own <- each(groups_among(group, who$kept), function(g) x[who$kept & group == g])
  values <- lapply(own, function(x) x[!is.na(x)])
  missing <- lapply(own, function(x) sum(is.na(x)))
  without <- sum(unlist(missing))
  left_out <- if (!is.null(absent) && without > 0) added(who$left_out, reason(absent, without)) else who$left_out
  test <- list(n = lapply(values, length), missing = missing, left_out = left_out)
  if (length(own) == 2) test <- c(test, mann_whitney(values[[1]], values[[2]]))
  list(test = test, kept = who$kept, described = lapply(own, describe))
}

ancova <- function(instrument, pre, post, group, group_level, group_ref = NULL, covariates = NULL, subset = list()) {
  after <- score(instrument, post)
  before <- score(instrument, pre)
  level <- levels_of(group)
  more <- matrix(vapply(covariates, numbers_of, numeric(nrow(ROWS))), nrow(ROWS), length(covariates))
  others <- list()
  if (!is.null(group_ref)) others <- reason(paste0("other_", group), is.na(level) | level %in% c(group_level, group_ref))
  absent <- c(others, has_value(post, after), has_value(pre, before), known(group, level))
  for (i in seq_along(covariates)) absent <- c(absent, known(covariates[i], more[, i]))
  who <- screen_subset(subset, absent)
  of <- who$kept
  told <- list(n = sum(of), groups = each(groups_among(level, of), function(g) sum(level[of] == g)), left_out = who$left_out)
  if (!all(c(group_level, group_ref) %in% level[of])) return(told)
  variables <- list(after[of] / SCALE, as.numeric(level[of] == group_level), before[of] / SCALE, more[of, , drop = FALSE] / SCALE)
  fit <- do.call(ancova_fit, variables)
  if (length(fit) == 0) return(told)
  with_entries(c(told, list(slopes = do.call(parallel_slopes, variables))), fit)
}

# A number against one of gt, ge, lt, le, eq.
beyond <- function(x, cut) {
  at <- threshold(cut[[1]])
  switch(names(cut), gt = x > at, ge = x >= at, lt = x < at, le = x <= at, eq = x == at)
}

# A condition on a score: at one timepoint, on its change (post - pre), or on its relative reduction (pre - post) / pre.
condition <- function(col) {
  if (!is.null(col$timepoint)) {
    x <- score(col$instrument, col$timepoint)
    return(list(holds = beyond(x, col[setdiff(names(col), c("instrument", "timepoint"))]), fine = has_value(col$timepoint, x)))
  }
  before <- score(col$instrument, col$pre)
  after <- score(col$instrument, col$post)
  fine <- c(has_value(col$pre, before), has_value(col$post, after))
  share <- col$relative_reduction_ge
  if (is.null(share)) {
    cut <- col[setdiff(names(col), c("instrument", "pre", "post"))]
    names(cut) <- sub("change_", "", names(cut))
    return(list(holds = beyond(after - before, cut), fine = fine))
  }
  fine <- c(fine, list(baseline_zero = is.na(before) | before != 0, baseline_below_zero = is.na(before) | before >= 0))
  list(holds = at_least_share(before - after, share, before), fine = fine)
}

crosstab <- function(row, col, subset = list()) {
  found <- crosstab_of(row, col, subset)
  c(list(table = as_lists(found$table), n = sum(found$table), left_out = found$left_out), compare_table(found$table))
}

# A row stands in the table also where nobody's answer is known.
crosstab_of <- function(row, col, subset) {
  level <- levels_of(row)
  met <- condition(col)
  who <- screen_subset(subset, known(row, level))
  without <- screen(who$kept, met$fine)
  answered <- as.character(as.numeric(met$holds))[without$kept]
  table <- counted(level[without$kept], answered, groups_among(level, who$kept), c("0", "1"))
  list(table = table, left_out = added(who$left_out, without$left_out), level = level[without$kept],
       holds = met$holds[without$kept])
}

crosstab_patient <- function(row, col, subset = list()) {
  rows <- levels_of(row)
  cols <- levels_of(col)
  who <- screen_subset(subset, c(known(row, rows), known(col, cols)))
  table <- counted(rows[who$kept], cols[who$kept], groups_among(rows, who$kept), groups_among(cols, who$kept))
  c(list(table = as_lists(table), n = sum(who$kept), left_out = who$left_out), compare_table(table))
}

trend <- function(row, col, subset = list()) {
  found <- crosstab_of(row, col, subset)
  shares <- each(rownames(found$table), function(r) share(found$table[r, "1"], sum(found$table[r, ])))
  c(list(table = as_lists(found$table), shares = shares, n = sum(found$table), left_out = found$left_out),
    trend_test(as.numeric(found$level), found$holds))
}

proportion <- function(col, by = NULL, subset = list()) {
  group <- groups_of(by)
  met <- condition(col)
  wanted <- subset_of(subset)
  who <- screen(wanted$asked, c(wanted$fine, met$fine))
  grouped <- screen(who$kept, known(by, group))
  found <- list(all = share_of(met$holds[who$kept]), left_out = added(who$left_out, grouped$left_out))
  if (is.null(by)) return(found)
  groups <- groups_among(group, wanted$asked)
  c(found, list(by = each(groups, function(g) share_of(met$holds[grouped$kept & group == g]))))
}

share_patient_var <- function(var, by = NULL, subset = list()) {
  level <- levels_of(var)
  group <- groups_of(by)
  who <- screen_subset(subset)
  without <- screen(who$kept, c(known(var, level), known(by, group)))
  shown <- groups_among(level, who$kept)
  cell <- function(level) {
    n <- sum(!is.na(level))
    list(levels = each(shown, function(l) share(sum(level == l, na.rm = TRUE), n)), n = n, missing = sum(is.na(level)))
  }
  found <- list(all = cell(level[who$kept]), left_out = added(who$left_out, without$left_out))
  if (is.null(by)) return(found)
  c(found, list(by = each(groups_among(group, who$kept), function(g) cell(level[who$kept & group %in% g]))))
}

describe_patient_var <- function(var, by = NULL, subset = list()) {
  x <- numbers_of(var)
  group <- groups_of(by)
  who <- screen_subset(subset)
  grouped <- screen(who$kept, known(by, group))
  found <- list(all = describe(x[who$kept]), left_out = added(who$left_out, grouped$left_out))
  if (is.null(by)) return(found)
  c(found, list(by = each(groups_among(group, grouped$kept), function(g) describe(x[grouped$kept & group == g]))))
}

normality <- function(instrument = NULL, timepoint = NULL, var = NULL, subset = list()) {
  x <- if (is.null(var)) score(instrument, timepoint) else numbers_of(var)
  who <- screen_subset(subset)
  fine <- if (is.null(var)) has_value(timepoint, x) else known(var, x)
  without <- screen(who$kept, fine)
  c(list(n = sum(without$kept), left_out = added(who$left_out, without$left_out)), normality_tests(x[without$kept]))
}

# In the worst case nobody without both values responded; in the best all did but the dead.
responders <- function(instrument, pre, post, better, improvement_ge = NULL, relative_improvement_ge = NULL, by = NULL,
                       subset = list()) {
  group <- groups_of(by)
  before <- score(instrument, pre)
  after <- score(instrument, post)
  gained <- if (better == "higher") after - before else before - after
  meaningless <- list()
  if (is.null(relative_improvement_ge)) {
    responded <- gained >= threshold(improvement_ge)
  } else {
    responded <- at_least_share(gained, relative_improvement_ge, before)
    meaningless <- list(baseline_zero = is.na(before) | before != 0, baseline_below_zero = is.na(before) | before >= 0)
  }
  who <- screen_subset(subset, meaningless)
  without <- screen(who$kept, c(has_value(pre, before), has_value(post, after), known(by, group)))
  dead <- is.na(gained) & first_known_dead() <= TIMEPOINTS[[post]]
  cell <- function(own) {
    x <- sum(responded[own], na.rm = TRUE)
    missing <- sum(is.na(gained[own]))
    c(share(x, sum(own) - missing), list(missing = missing, dead = sum(dead[own]), worst_case = share(x, sum(own)),
                                         best_case = share(x + missing - sum(dead[own]), sum(own))))
  }
  found <- list(all = cell(who$kept), left_out = added(who$left_out, without$left_out))
  if (is.null(by)) return(found)
  c(found, list(by = each(groups_among(group, who$kept), function(g) cell(who$kept & group %in% g))))
}

# Decreased, stable, increased; 0 both times is never. relative: the share of the first value from which a change counts.
change_direction <- function(instrument, pre, post, relative = NULL, by = NULL, subset = list()) {
  group <- groups_of(by)
  before <- score(instrument, pre)
  after <- score(instrument, post)
  fine <- c(has_value(pre, before), has_value(post, after))
  if (is.null(relative)) {
    fell <- after < before
    rose <- after > before
  } else {
    fine <- c(fine, list(baseline_below_zero = is.na(before) | before >= 0))
    fell <- at_least_share(before - after, relative, before)
    rose <- at_least_share(after - before, relative, before)
  }
  direction <- ifelse(before == 0 & after == 0, "never", ifelse(fell, "decreased", ifelse(rose, "increased", "stable")))
  wanted <- subset_of(subset)
  who <- screen(wanted$asked, c(wanted$fine, fine))
  grouped <- screen(who$kept, known(by, group))
  cell <- function(own) {
    shares <- each(c("decreased", "stable", "increased", "never"), function(way) share_of(direction[own] == way))
    c(shares, list(n = sum(own)))
  }
  found <- list(all = cell(who$kept), left_out = added(who$left_out, grouped$left_out))
  if (is.null(by)) return(found)
  c(found, list(by = each(groups_among(group, wanted$asked), function(g) cell(grouped$kept & group %in% g))))
}

mcnemar <- function(instrument, pre, post, subset = list(), ...) {
  before <- score(instrument, pre)
  after <- score(instrument, post)
  who <- screen_subset(subset, c(has_value(pre, before), has_value(post, after)))
  was <- beyond(before, list(...))[who$kept]
  is <- beyond(after, list(...))[who$kept]
  table <- list(yes_yes = sum(was & is), yes_no = sum(was & !is), no_yes = sum(!was & is), no_no = sum(!was & !is))
  with_entries(list(table = table, n_pairs = sum(who$kept), left_out = who$left_out), do.call(paired_shares, table))
}
