# ---- The analyses: an instrument over time ---------------------------------------------------------------------------
# One function for each type of analysis, with the keys of the plan's entry as its arguments. Each gives the numbers of
# its result as nested lists, named as in the result.

describe_by_timepoint <- function(instrument, by = NULL, timepoints = NULL, subset = list()) {
  group <- groups_of(by)
  who <- screen_subset(subset, known(by, group))
  cells <- each(timepoints_of(instrument, timepoints), function(code) {
    x <- score(instrument, code)
    if (is.null(by)) return(describe(x[who$kept]))
    each(groups_among(group, who$kept), function(g) describe(x[who$kept & group == g]))
  })
  c(cells, list(left_out = who$left_out))
}

kruskal_dunn <- function(instrument, timepoints = NULL, subset = list()) {
  codes <- timepoints_of(instrument, timepoints)
  who <- screen_subset(subset)
  values <- scores_at(instrument, codes, who$kept)
  groups <- each(codes, function(code) values[!is.na(values[, code]), code])
  c(list(n = lapply(groups, length), missing = lapply(groups, function(x) nrow(values) - length(x)),
         left_out = who$left_out, dunn = dunn(groups), friedman_complete_cases = friedman(values, nrow(values))),
    kruskal_wallis(groups))
}

# A matrix of procedures x timepoints.
scores_at <- function(instrument, codes, kept) {
  values <- vapply(codes, function(code) score(instrument, code)[kept], numeric(sum(kept)))
  matrix(values, sum(kept), length(codes), dimnames = list(NULL, codes))
}

kruskal_groups <- function(instrument, timepoint, by, subset = list()) {
  group <- levels_of(by)
  x <- score(instrument, timepoint)
  who <- screen_subset(subset, known(by, group))
  without <- screen(who$kept, has_value(timepoint, x))
  groups <- each(groups_among(group, who$kept), function(g) x[without$kept & group == g])
  c(list(n = lapply(groups, length),
         missing = each(names(groups), function(g) sum(who$kept & group == g) - length(groups[[g]])),
         left_out = added(who$left_out, without$left_out), dunn = dunn(groups)),
    kruskal_wallis(groups))
}

wilcoxon_paired <- function(instrument, pre, post, subset = list()) {
  before <- score(instrument, pre)
  after <- score(instrument, post)
  who <- screen_subset(subset, c(has_value(pre, before), has_value(post, after)))
  d <- (after - before)[who$kept]
  found <- list(n_pairs = length(d), left_out = who$left_out)
  values <- sort(unique(d))
  if (length(values) <= 21) found$changes <- setNames(lapply(values, function(v) sum(d == v)), number_text(values))
  with_entries(found, signed_rank(d))
}

contrasts_from_baseline <- function(instrument, baseline = NULL, timepoints = NULL, subset = list()) {
  codes <- course_of(instrument, baseline, timepoints)
  who <- screen_subset(subset)
  values <- scores_at(instrument, codes, who$kept)
  contrasts <- lapply(codes[-1], function(code) {
    d <- values[, code] - values[, 1]
    unpaired <- sum(is.na(d))
    test <- signed_rank(d[!is.na(d)])
    with_entries(list(n_pairs = length(d) - unpaired, left_out = if (unpaired > 0) list(no_pair = unpaired) else list()),
                 c(test, read_p(test)))
  })
  contrasts <- with_holm(contrasts)
  list(n = nrow(values), left_out = who$left_out, friedman_complete_cases = friedman(values, nrow(values)),
       contrasts = contrasts, family = sum(vapply(contrasts, function(each) !is.null(each[["p"]]), TRUE)))
}

# The dead kept apart from the missing. Dead at a timepoint: recorded as deceased, for whatever instrument, at it or at an
# earlier one, and without a value. Three readings: observed, always observed, and a death as the worst rank.
deaths_apart <- function(instrument, better, baseline = NULL, timepoints = NULL, subset = list()) {
  codes <- course_of(instrument, baseline, timepoints)
  who <- screen_subset(subset)
  values <- scores_at(instrument, codes, who$kept)
  death <- first_known_dead()[who$kept]
  always <- rowSums(is.na(values)) == 0
  dead <- each(codes, function(code) death <= TIMEPOINTS[[code]] & is.na(values[, code]))
  tests <- with_holm(lapply(codes[-1], function(code) {
    d <- values[, code] - values[, 1]
    died <- sum(dead[[code]] & !is.na(values[, 1]))
    worst_rank_test(d[!is.na(d)], died, better)
  }))
  at <- each(codes, function(code) {
    x <- values[, code]
    n <- sum(!is.na(x))
    worst <- worst_rank_quartiles(x[!is.na(x)], sum(dead[[code]]), better)
    if (code != codes[1]) worst <- with_entries(worst, tests[[match(code, codes) - 1]])
    list(n = n, dead = sum(dead[[code]]), missing = nrow(values) - n - sum(dead[[code]]),
         observed = describe(x), always_observed = describe(x[always]), worst_rank = worst)
  })
  list(n = nrow(values), always_observed_n = sum(always), left_out = who$left_out, at = at,
       family = sum(vapply(tests, function(each) !is.null(each[["p"]]), TRUE)))
}

# The order of the first timepoint at which each procedure's patient was known to be dead; Inf where never.
first_known_dead <- function() {
  first <- rep(Inf, nrow(ROWS))
  for (instrument in names(SHOWN)) for (code in SHOWN[[instrument]]) {
    why <- column(paste0(instrument, "_", code, "_missing"), paste("missing", instrument, code, sep = "/"))
    first <- pmin(first, ifelse(!is.na(why) & why == "deceased", TIMEPOINTS[[code]], Inf))
  }
  first
}

# A quartile that falls on a death, or next to one, is "dead" and no number.
worst_rank_quartiles <- function(alive, dead, better) {
  cell <- list(n = length(alive) + dead)
  if (length(alive) == 0) return(cell)
  beyond <- if (better == "lower") max(alive) + 1 else min(alive) - 1
  quartile <- function(p) {
    found <- quantile(c(alive, rep(beyond, dead)), p, type = 7, names = FALSE)
    if (found >= min(alive) && found <= max(alive)) found / SCALE
  }
  c(cell, list(median = quartile(1/2), q1 = quartile(1/4), q3 = quartile(3/4)))
}

worst_rank_test <- function(d, died, better) {
  told <- list(n_pairs = length(d) + died, n_to_death = died)
  worst <- (max(abs(d), 0) + 1) * if (better == "lower") 1 else -1
  all <- c(d, rep(worst, died))
  test <- signed_rank(all)
  if (length(test) == 0) return(told)
  worse <- if (better == "lower") test$n_increase else test$n_decrease
  well <- test$n_nonzero - worse
  kept <- c("n_zero", "n_nonzero", "W_plus", "W_minus", "z", "p_normal", "p_normal_cc", "p_exact_ties", "rank_biserial")
  c(told, test[kept], read_p(test), list(n_better = well, n_worse = worse, effect = net_change(well, worse, length(all))))
}

mixed_model <- function(instrument, baseline = NULL, timepoints = NULL, by = NULL, covariates = NULL, subset = list()) {
  codes <- course_of(instrument, baseline, timepoints)
  made <- repeated(codes, function(code) score(instrument, code), by, covariates, subset)
  of <- made$design
  if (is.null(of) || length(unique(of$y)) == 1) return(made$told)
  procedures <- length(unique(of$procedure))
  within <- length(of$y) - procedures - sum(of$within)
  between <- procedures - 1 - (ncol(of$X) - 1 - sum(of$within))
  if (procedures == length(of$y) || within < 1 || between < 1 || nothing_left_within(of)) return(made$told)
  fit <- mixed_fit(of, reml = TRUE)
  ml <- mixed_fit(of, reml = FALSE)
  spread <- fit$residual * fit$inverse
  df <- ifelse(of$within, within, between)
  df[1] <- max(within, between)
  terms <- lapply(seq_along(df), function(i) wald(as.numeric(seq_along(df) == i), fit$beta, spread, df[i]))
  contrasts <- apply(of$contrasts, 1, function(weights) wald(weights, fit$beta, spread, within), simplify = FALSE)
  c(repeated_result(made$told, terms, contrasts), variances(fit),
    list(ml = c(list(estimates = setNames(as.list(ml$beta), term_names(made, covariates, by))), variances(ml))))
}

variances <- function(fit) {
  list(random_intercept_variance = fit$ratio * fit$residual, residual_variance = fit$residual,
       correlation = fit$ratio / (1 + fit$ratio), log_likelihood = fit$log_likelihood)
}

# Whether the terms explain all that varies within procedures.
nothing_left_within <- function(of) {
  centred <- function(x) x - ave(x, of$procedure)
  left <- lm.fit(apply(of$X, 2, centred), centred(of$y))$residuals
  sum(left^2) <= 1e-12 * sum((of$y - mean(of$y))^2)
}

# With a cut (gt, ge, lt, le, eq) the log odds of lying beyond it.
gee <- function(instrument, baseline = NULL, timepoints = NULL, by = NULL, correlation = "exchangeable", subset = list(),
                ...) {
  codes <- course_of(instrument, baseline, timepoints)
  cut <- list(...)
  answer <- function(code) if (length(cut)) as.numeric(beyond(score(instrument, code), cut)) * SCALE else score(instrument, code)
  made <- repeated(codes, answer, by, NULL, subset)
  of <- made$design
  if (is.null(of) || length(unique(of$y)) == 1 || length(unique(of$procedure)) <= ncol(of$X)) return(made$told)
  if (length(cut) && any(tapply(of$y, of$cell, function(y) length(unique(y))) == 1)) return(made$told)
  exchangeable <- correlation == "exchangeable"
  fit <- gee_fit(of, logistic = length(cut) > 0, exchangeable)
  if (!fit$converged) return(made$told)
  one <- function(weights) wald(weights, fit$beta, fit$spread, odds = length(cut) > 0)
  terms <- lapply(seq_along(fit$beta), function(i) one(as.numeric(seq_along(fit$beta) == i)))
  contrasts <- apply(of$contrasts, 1, one, simplify = FALSE)
  c(repeated_result(made$told, terms, contrasts), if (exchangeable) list(correlation = fit$alpha))
}

# What both models of repeated scores start from: the procedures with any value, a group and all covariates.
repeated <- function(codes, answer, by, covariates, subset) {
  group <- groups_of(by)
  more <- vapply(covariates, function(name) numbers_of(name) / SCALE, numeric(nrow(ROWS)))
  more <- matrix(more, nrow(ROWS), length(covariates))
  everyone <- vapply(codes, function(code) answer(code) / SCALE, numeric(nrow(ROWS)))
  everyone <- matrix(everyone, nrow(ROWS), length(codes), dimnames = list(NULL, codes))
  absent <- known(by, group)
  for (i in seq_along(covariates)) absent <- c(absent, known(covariates[i], more[, i]))
  who <- screen_subset(subset, c(absent, list(no_value = rowSums(!is.na(everyone)) > 0)))
  values <- everyone[who$kept, , drop = FALSE]
  groups <- if (is.null(by)) "" else ordered_levels(group)
  design <- if (sum(who$kept) > 0) repeated_design(values, group[who$kept], groups, more[who$kept, , drop = FALSE])
  list(told = list(n = nrow(values), observations = sum(!is.na(values)), left_out = who$left_out), design = design,
       later = codes[-1][colSums(!is.na(values[, -1, drop = FALSE])) > 0], groups = groups[groups %in% group[who$kept]])
}

term_names <- function(made, covariates, by) {
  named <- if (is.null(by)) character(0) else paste(by, "=", made$groups[-1])
  c("intercept", made$later, named, unlist(lapply(named, function(level) paste0(made$later, ", ", level))), covariates)
}

repeated_result <- function(told, terms, contrasts) {
  with_n <- function(cell) c(list(n = told$n), cell)
  c(told, list(estimates = lapply(terms, with_n), contrasts = lapply(with_holm(contrasts), with_n), family = length(contrasts)))
}
