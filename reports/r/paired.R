# ---- The same procedures twice, or at every visit ---------------------------------------------------------------------

# Wilcoxon's signed ranks of differences d (post - pre): zeros dropped (as R does), and ranked first (Pratt, as Stata).
signed_rank <- function(d) {
  changed <- d[d != 0]
  if (length(changed) == 0) return(list())
  zeros <- sum(d == 0)
  own <- signed_sums(changed, 0)
  pratt <- signed_sums(changed, zeros)
  small <- length(changed) <= 50
  exact <- if (small) signed_exact(changed, 0) else list()
  exact_pratt <- if (small) signed_exact(changed, zeros) else list()
  shift <- hodges_lehmann_paired(d)
  list(
    n_pairs = length(d), n_zero = zeros, n_nonzero = length(changed), n_decrease = sum(d < 0), n_increase = sum(d > 0),
    median_change = median(d) / SCALE, mean_change = mean(d) / SCALE,
    W_plus = own$plus, W_minus = own$minus, W_min = min(own$plus, own$minus), z = own$z,
    p_normal = wilcox.test(changed, exact = FALSE, correct = FALSE)$p.value,
    p_normal_cc = wilcox.test(changed, exact = FALSE, correct = TRUE)$p.value,
    p_exact = if (zeros == 0 && ties(abs(d)) == 0 && small) wilcox.test(changed, exact = TRUE)$p.value,
    p_exact_ties = exact$p, p_mid = exact$mid, rank_biserial = (own$plus - own$minus) / (own$plus + own$minus),
    z_pratt = pratt$z, p_pratt = 2 * pnorm(-abs(pratt$z)), p_pratt_cc = 2 * pnorm(-pratt$z_cc),
    p_pratt_exact = exact_pratt$p, p_pratt_mid = exact_pratt$mid, hodges_lehmann = shift, effect = shift
  )
}

# Rank sums where the first `zeros` ranks went to differences of zero; z without and with continuity correction.
signed_sums <- function(changed, zeros) {
  ranks <- rank(abs(changed)) + zeros
  plus <- sum(ranks[changed > 0])
  minus <- sum(ranks[changed < 0])
  n <- length(changed) + zeros
  squares <- n * (n + 1) * (2 * n + 1) - zeros * (zeros + 1) * (2 * zeros + 1)
  sd <- sqrt(squares / 24 - ties(abs(changed)) / 48)
  away <- (plus - minus) / 2
  list(plus = plus, minus = minus, z = away / sd, z_cc = max(abs(away) - 1/2, 0) / sd)
}

# Each difference is as likely up as down: ways[s] counts the sign patterns with the (doubled) rank sum s.
signed_exact <- function(changed, zeros) {
  doubled <- 2 * (rank(abs(changed)) + zeros)
  ways <- c(1, numeric(sum(doubled)))
  for (r in doubled) ways <- ways + c(numeric(r), ways[seq_len(length(ways) - r)])
  two_sided(ways, mean = sum(doubled) / 2, observed = sum(doubled[changed > 0]))
}

# The median of the averages of all pairs, each with itself too, zeros included; Tukey's interval, not tie-corrected.
hodges_lehmann_paired <- function(d) {
  many <- table(d)
  values <- as.numeric(names(many))
  many <- as.numeric(many)
  pairs <- outer(many, many)
  diag(pairs) <- many * (many + 1) / 2
  once <- upper.tri(pairs, diag = TRUE)
  n <- length(d)
  around_median(outer(values, values, "+")[once], pairs[once], n * (n + 1) * (2 * n + 1) / 24, unit = 2 * SCALE)
}

# The p to read: exact, with ties, up to 25 differences that are not zero; and the smallest p that so many can give.
read_p <- function(test) {
  if (length(test) == 0) return(list())
  list(p = if (test$n_nonzero <= 25) test$p_exact_ties else test$p_normal, smallest_p = min(1, 2^(1 - test$n_nonzero)))
}

# Holm's adjustment over the cells that have a p.
with_holm <- function(cells) {
  tested <- which(vapply(cells, function(cell) !is.null(cell[["p"]]), TRUE))
  adjusted <- p.adjust(vapply(cells[tested], `[[`, 0, "p"), "holm")
  for (i in seq_along(tested)) cells[[tested[i]]]$p_holm <- adjusted[i]
  cells
}

# Friedman's test of the procedures with a value at every visit. values: procedures x visits.
friedman <- function(values, rows) {
  values <- values[rowSums(is.na(values)) == 0, , drop = FALSE]
  n <- if (ncol(values) == 0) 0 else nrow(values)
  k <- ncol(values)
  cell <- list(n = n, left_out = list(incomplete = rows - n))
  if (k < 2 || n < 2 || all(values == values[, 1])) return(cell)
  test <- friedman.test(values)
  chi2 <- unname(test$statistic)
  W <- share_of_chi2(chi2, k - 1, n * (k - 1))
  c(cell, list(chi2 = chi2, df = k - 1, p = test$p.value, kendalls_w = W, effect = W))
}

# McNemar's test; the difference of the shares with Newcombe's interval for pairs (Stat Med 1998;17:2635-50, method 10).
paired_shares <- function(yes_yes, yes_no, no_yes, no_no) {
  n <- yes_yes + yes_no + no_yes + no_no
  if (n == 0) return(list())
  difference <- paired_difference(yes_yes, yes_no, no_yes, no_no)
  changed <- yes_no + no_yes
  if (changed == 0) return(list(effect = difference))
  table <- matrix(c(yes_yes, no_yes, yes_no, no_no), 2)
  plain <- mcnemar.test(table, correct = FALSE)
  corrected <- mcnemar.test(table, correct = TRUE)
  fewer <- min(yes_no, no_yes)
  at <- dbinom(fewer, changed, 1/2)
  list(effect = difference, risk_difference = difference, n_pairs = n,
       chi2 = unname(plain$statistic), p_asymptotic = plain$p.value,
       chi2_cc = unname(corrected$statistic), p_cc = corrected$p.value,
       p_exact = binom.test(fewer, changed)$p.value,
       p_mid = if (2 * fewer == changed) 1 - at / 2 else 2 * pbinom(fewer, changed, 1/2) - at)
}

paired_difference <- function(yes_yes, yes_no, no_yes, no_no) {
  n <- yes_yes + yes_no + no_yes + no_no
  after <- wilson(yes_yes + no_yes, n)
  before <- wilson(yes_yes + yes_no, n)
  together <- yes_yes * no_no - yes_no * no_yes
  margins <- (yes_yes + yes_no) * (no_yes + no_no) * (yes_yes + no_yes) * (yes_no + no_no)
  if (together > 0) together <- max(together - n / 2, 0)
  phi <- if (margins == 0) 0 else together / sqrt(margins)
  third <- function(one, two) sqrt(max(one^2 - 2 * phi * one * two + two^2, 0))
  difference <- (no_yes - yes_no) / n
  down <- third(after$estimate - after$low, before$high - before$estimate)
  up <- third(after$high - after$estimate, before$estimate - before$low)
  interval(difference, max(-1, difference - down), min(1, difference + up))
}
