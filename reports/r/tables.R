# ---- Contingency tables ----------------------------------------------------------------------------------------------

# Pearson's chi-squared without correction; for a 2 x 2 table also Yates, Fisher, the odds ratio and the shares of the
# second column. table: a matrix of counts. Nothing where a row or column is empty or there is only one.
compare_table <- function(table) {
  if (nrow(table) < 2 || ncol(table) < 2 || any(rowSums(table) == 0) || any(colSums(table) == 0)) return(list())
  test <- suppressWarnings(chisq.test(table, correct = FALSE))
  chi2 <- unname(test$statistic)
  df <- (nrow(table) - 1) * (ncol(table) - 1)
  V <- cramers_v(chi2, df, sum(table) * min(dim(table) - 1))
  found <- list(chi2 = chi2, df = df, p = pchisq(chi2, df, lower.tail = FALSE), min_expected = min(test$expected),
                cramers_v = V)
  if (!all(dim(table) == 2)) return(c(found, list(effect = V)))
  c(found, compare_fourfold(table))
}

compare_fourfold <- function(table) {
  yates <- suppressWarnings(chisq.test(table, correct = TRUE))
  n <- rowSums(table)
  difference <- newcombe(table[1, 2], n[1], table[2, 2], n[2])
  list(chi2_yates = unname(yates$statistic), p_yates = yates$p.value,
       fisher_p = fisher.test(table)$p.value, fisher_mid_p = fisher_mid_p(table),
       odds_ratio_sample = if (table[1, 2] * table[2, 1] > 0) table[1, 1] * table[2, 2] / (table[1, 2] * table[2, 1]),
       risk_difference = difference, effect = difference,
       risk_ratio = risk_ratio(table[1, 2], n[1], table[2, 2], n[2]))
}

# All tables with these margins that are no likelier than this one, those exactly as likely counted by half.
fisher_mid_p <- function(table) {
  possible <- 0:min(sum(table[1, ]), sum(table[, 1]))
  chance <- dhyper(possible, sum(table[1, ]), sum(table[2, ]), sum(table[, 1]))
  here <- dhyper(table[1, 1], sum(table[1, ]), sum(table[2, ]), sum(table[, 1]))
  as_likely <- abs(chance / here - 1) < 1e-7
  sum(chance[chance < here & !as_likely]) + sum(chance[as_likely]) / 2
}

# Counts of two columns of levels as a matrix with these rows and columns.
counted <- function(row, col, rows, cols) {
  table <- matrix(0, length(rows), length(cols), dimnames = list(rows, cols))
  for (r in rows) for (c in cols) table[r, c] <- sum(row == r & col == c)
  table
}

as_lists <- function(table) each(rownames(table), function(r) setNames(as.list(table[r, ]), colnames(table)))

# Cochran-Armitage (prop.trend.test), and the slope of the shares with limits from the test's variance.
trend_test <- function(level, holds) {
  if (length(unique(level)) < 2 || all(holds) || !any(holds)) return(list())
  scores <- sort(unique(level))
  x <- vapply(scores, function(s) sum(holds[level == s]), 0)
  n <- vapply(scores, function(s) sum(level == s), 0)
  p <- mean(holds)
  middle <- level - mean(level)
  slope <- sum(middle * (holds - p)) / sum(middle^2)
  reach <- Z * sqrt(p * (1 - p) / sum(middle^2))
  test <- suppressWarnings(prop.trend.test(x, n, scores))
  line <- interval(slope, slope - reach, slope + reach)
  list(chi2 = unname(test$statistic), z = sign(slope) * sqrt(unname(test$statistic)), p = test$p.value,
       slope = line, effect = line)
}

# ---- Yes and no in two groups within strata --------------------------------------------------------------------------

# strata: a matrix with a row each, columns x1 of n1 in the first group and x2 of n2 in the second.
cochran_mantel_haenszel <- function(strata) {
  n <- strata[, "n1"] + strata[, "n2"]
  yes <- strata[, "x1"] + strata[, "x2"]
  strata <- strata[strata[, "n1"] > 0 & strata[, "n2"] > 0 & yes > 0 & yes < n, , drop = FALSE]
  if (nrow(strata) == 0) return(list())
  cells <- apply(strata, 1, function(s) c(s["x1"], s["x2"], s["n1"] - s["x1"], s["n2"] - s["x2"]))
  # mantelhaen.test wants two strata; one with two procedures of the same group and answer adds 0 to each of its sums.
  cells <- array(c(cells, 0, 0, 2, 0), c(2, 2, nrow(strata) + 1))
  plain <- suppressWarnings(mantelhaen.test(cells, correct = FALSE))
  corrected <- suppressWarnings(mantelhaen.test(cells, correct = TRUE))
  odds_ratio <- common_odds_ratio(cells, plain)
  difference <- common_difference(strata)
  list(chi2 = unname(plain$statistic), statistic = unname(plain$statistic), df = 1, p = plain$p.value,
       chi2_cc = unname(corrected$statistic), p_cc = corrected$p.value, strata_in_test = nrow(strata),
       odds_ratio = odds_ratio, risk_difference = difference, effect = difference,
       homogeneity = if (!is.null(odds_ratio)) homogeneity(strata, odds_ratio$estimate))
}

# Mantel-Haenszel's odds ratio with the limits of Robins, Breslow and Greenland, as mantelhaen.test has them; none where
# a sum of its cross products is 0.
common_odds_ratio <- function(cells, test) {
  n <- apply(cells, 3, sum)
  if (sum(cells[1, 1, ] * cells[2, 2, ] / n) == 0 || sum(cells[1, 2, ] * cells[2, 1, ] / n) == 0) return(NULL)
  interval(unname(test$estimate), test$conf.int[1], test$conf.int[2])
}

# Mantel-Haenszel weights with Sato's variance (Biometrics 1989;45:1323-4).
common_difference <- function(strata) {
  x1 <- strata[, "x1"]; n1 <- strata[, "n1"]; x2 <- strata[, "x2"]; n2 <- strata[, "n2"]
  n <- n1 + n2
  weight <- sum(n1 * n2 / n)
  difference <- sum((x1 * n2 - x2 * n1) / n) / weight
  P <- sum((n1^2 * x2 - n2^2 * x1 + n1 * n2 * (n2 - n1) / 2) / n^2)
  Q <- sum((x1 * (n2 - x2) + x2 * (n1 - x1)) / (2 * n))
  variance <- (difference * P + Q) / weight^2
  if (variance <= 1e-14) return(interval(difference))
  reach <- Z * sqrt(variance)
  interval(difference, max(-1, difference - reach), min(1, difference + reach))
}

# Breslow-Day with Tarone's correction, and I squared with limits by inversion.
homogeneity <- function(strata, ratio) {
  if (nrow(strata) < 2) return(list())
  fits <- apply(strata, 1, function(s) {
    yes <- s["x1"] + s["x2"]
    odds <- function(a) a * (s["n2"] - yes + a) - ratio * (s["n1"] - a) * (yes - a)
    ends <- c(max(0, yes - s["n2"]), min(s["n1"], yes))
    a <- uniroot(odds, ends, tol = 1e-14, maxiter = 10000)$root
    c(off = s[["x1"]] - a, variance = 1 / sum(1 / c(a, s["n1"] - a, yes - a, s["n2"] - yes + a)))
  })
  chi2 <- max(sum(fits["off", ]^2 / fits["variance", ]) - sum(fits["off", ])^2 / sum(fits["variance", ]), 0)
  df <- nrow(strata) - 1
  span <- noncentralities(chi2, df)
  alike <- interval(if (chi2 > 0) max(0, 1 - df / chi2) else 0)
  if (!is.null(span)) alike <- interval(alike$estimate, span[1] / (df + span[1]), span[2] / (df + span[2]))
  list(n = sum(strata[, c("n1", "n2")]), chi2 = chi2, df = df, p = pchisq(chi2, df, lower.tail = FALSE),
       i_squared = alike, effect = alike)
}

# ---- Normality: reported only ----------------------------------------------------------------------------------------

normality_tests <- function(x) {
  n <- length(x)
  found <- list(shapiro_wilk = list(), lilliefors = list(), ks_naive = list())
  if (n < 2 || length(unique(x)) == 1) return(found)
  if (n >= 3 && n <= 5000) {
    test <- shapiro.test(x)
    W <- unname(test$statistic)
    found$shapiro_wilk <- list(n = n, W = W, p = test$p.value, effect = interval(W))
  }
  D <- unname(suppressWarnings(ks.test(x, "pnorm", mean(x), sd(x)))$statistic)
  untied <- length(unique(x)) == n && n < 100
  p <- if (untied) ks.test(x, "pnorm", mean(x), sd(x), exact = TRUE)$p.value else limiting_p(sqrt(n) * D)
  found$ks_naive <- list(n = n, D = D, p = p, effect = interval(D))
  found$lilliefors <- list(n = n, D = D)
  if (n >= 5) found$lilliefors <- c(found$lilliefors, list(p = lilliefors_p(D, n), effect = interval(D)))
  found
}

# Kolmogorov's limiting distribution, with the terms that ks.test() sums.
limiting_p <- function(x) {
  if (x < 1) return(1 - sqrt(2 * pi) / x * exp(-pi^2 / (8 * x^2)))
  k <- 1:5
  min(1, 2 * sum((-1)^(k - 1) * exp(-2 * k^2 * x^2)))
}

# Dallal and Wilkinson (Am Stat 1986;40:294-6) up to 0.1, beyond it Stephens's polynomials (JASA 1974;69:730-7).
lilliefors_p <- function(D, n) {
  m <- min(n, 100)
  d <- if (n > 100) D * (n / 100)^0.49 else D
  p <- exp(-7.01256 * d^2 * (m + 2.78019) + 2.99587 * d * sqrt(m + 2.78019) - 0.122119 + 0.974598 / sqrt(m) + 1.67997 / m)
  if (p <= 0.1) return(p)
  modified <- (sqrt(n) - 0.01 + 0.85 / sqrt(n)) * D
  at <- function(...) sum(c(...) * modified^(seq_along(c(...)) - 1))
  p <- if (modified <= 0.302) 1
    else if (modified <= 0.5) at(2.76773, -19.828315, 80.709644, -138.55152, 81.218052)
    else if (modified <= 0.9) at(-4.901232, 40.662806, -97.490286, 94.029866, -32.355711)
    else if (modified <= 1.31) at(6.198765, -19.558097, 23.186922, -12.234627, 2.423045)
    else 0
  min(1, max(0, p))
}
