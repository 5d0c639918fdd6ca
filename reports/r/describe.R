# ---- Describing a column, counting a share ---------------------------------------------------------------------------

Z <- qnorm(0.975)

interval <- function(estimate, low = NULL, high = NULL) list(estimate = estimate, low = low, high = high, level = 0.95)

# x: a value for each procedure, NA where missing. Quartiles by types 7 (R), 2 (Stata, SAS), 5 (MedCalc), 6 (SPSS).
describe <- function(x) {
  missing <- sum(is.na(x))
  x <- x[!is.na(x)]
  cell <- list(n = length(x), missing = missing)
  quartile <- function(p, type) quantile(x, p, type = type, names = FALSE) / SCALE
  if (length(x) > 0) {
    cell <- c(cell, list(
      mean = mean(x) / SCALE, min = min(x) / SCALE, max = max(x) / SCALE, median = median(x) / SCALE,
      q1 = quartile(1/4, 7), q3 = quartile(3/4, 7), q1_t2 = quartile(1/4, 2), q3_t2 = quartile(3/4, 2),
      q1_t5 = quartile(1/4, 5), q3_t5 = quartile(3/4, 5), q1_t6 = quartile(1/4, 6), q3_t6 = quartile(3/4, 6)
    ))
  }
  if (length(x) > 1) cell$sd <- sd(x) / SCALE
  values <- sort(unique(x))
  if (length(values) <= 11) cell$counts <- setNames(lapply(values, function(v) sum(x == v)), number_text(values))
  cell
}

# x of n with Wilson's interval (prop.test without correction) and the exact one of Clopper and Pearson (binom.test).
share <- function(x, n) {
  if (n == 0) return(list(x = x, n = n))
  exact <- binom.test(x, n)$conf.int
  list(x = x, n = n, wilson = wilson(x, n), clopper_pearson = interval(x / n, exact[1], exact[2]))
}

wilson <- function(x, n) {
  limits <- suppressWarnings(prop.test(x, n, correct = FALSE))$conf.int
  interval(x / n, if (x == 0) 0 else limits[1], if (x == n) 1 else limits[2])
}

share_of <- function(holds) share(sum(holds), length(holds))

# The difference of two shares with Newcombe's hybrid score interval (Stat Med 1998;17:873-90, method 10).
newcombe <- function(x1, n1, x2, n2) {
  one <- wilson(x1, n1)
  two <- wilson(x2, n2)
  difference <- x1 / n1 - x2 / n2
  down <- sqrt((one$estimate - one$low)^2 + (two$high - two$estimate)^2)
  up <- sqrt((one$high - one$estimate)^2 + (two$estimate - two$low)^2)
  interval(difference, max(-1, difference - down), min(1, difference + up))
}

# The ratio of two shares with the limits of its logarithm (Katz, Biometrics 1978;34:469-74).
risk_ratio <- function(x1, n1, x2, n2) {
  if (x1 == 0 || x2 == 0) return(NULL)
  middle <- log((x1 * n2) / (x2 * n1))
  reach <- Z * sqrt(1 / x1 - 1 / n1 + 1 / x2 - 1 / n2)
  interval((x1 * n2) / (x2 * n1), exp(middle - reach), exp(middle + reach))
}

# (better - worse) / n of the same n patients with Tango's score interval (Stat Med 1998;17:891-908): the differences
# at which the score test gives 1.96.
net_change <- function(better, worse, n) {
  if (n == 0) return(NULL)
  estimate <- (better - worse) / n
  score_at <- function(D) {
    B <- -better - worse + (2 * n - better + worse) * D
    q <- (sqrt(max(B^2 + 8 * n * worse * D * (1 - D), 0)) - B) / (4 * n)
    variance <- n * (2 * q + D * (1 - D))
    away <- better - worse - n * D
    if (variance > 0) away / sqrt(variance) else sign(away) * 1e9
  }
  limit <- function(end) {
    beyond <- function(D) abs(score_at(D)) - Z
    if (beyond(end) <= 0) return(end)
    uniroot(beyond, sort(c(estimate, end)), tol = 1e-15, maxiter = 10000)$root
  }
  interval(estimate, if (worse == n) -1 else limit(-1), if (better == n) 1 else limit(1))
}

# ---- Effects with limits by inversion of the noncentral chi-squared distribution --------------------------------------

# The noncentralities that put the 97.5 % and the 2.5 % point at chi2; NULL where chi2 is too small for any.
noncentralities <- function(chi2, df) {
  if (pchisq(chi2, df) <= 0.025) return(NULL)
  at <- function(p) {
    distance <- function(ncp) pchisq(chi2, df, ncp) - p
    upper <- 1
    while (distance(upper) > 0) upper <- 2 * upper
    uniroot(distance, c(0, upper), tol = 1e-13 * upper, maxiter = 10000)$root
  }
  c(if (pchisq(chi2, df) <= 0.975) 0 else at(0.975), at(0.025))
}

# chi2 / size: epsilon squared, Kendall's W, and Cramer's V squared.
share_of_chi2 <- function(chi2, df, size) {
  estimate <- chi2 / size
  span <- noncentralities(chi2, df)
  if (is.null(span)) return(interval(estimate))
  interval(estimate, min(span[1] / size, estimate), min(max(span[2] / size, estimate), 1))
}

cramers_v <- function(chi2, df, size) {
  share <- share_of_chi2(chi2, df, size)
  interval(sqrt(chi2 / size), if (is.null(share$low)) NULL else sqrt(share$low),
           if (is.null(share$high)) NULL else sqrt(share$high))
}
