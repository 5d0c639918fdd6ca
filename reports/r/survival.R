# ---- Times to an event -----------------------------------------------------------------------------------------------
# event: 0 censored, 1 the event, 2 a competing one. Times are whole numbers of 10^-DIGITS of their unit.

# The distinct times with how many were at risk, had the event, had a competing one. A censoring at the time of an event
# is still at risk at it.
steps <- function(time, event) {
  at <- sort(unique(time))
  data.frame(time = at, n_risk = vapply(at, function(t) sum(time >= t), 0),
             events = vapply(at, function(t) sum(time == t & event == 1), 0),
             competing = vapply(at, function(t) sum(time == t & event == 2), 0))
}

# Kaplan-Meier with Greenwood's sum; limits on the log scale (survfit's default) and on the log-log scale.
kaplan_meier <- function(time, event) {
  curve <- steps(time, event)
  curve$S <- cumprod(1 - curve$events / curve$n_risk)
  left <- curve$n_risk - curve$events
  curve$S[left == 0] <- 0
  greenwood <- sqrt(cumsum(ifelse(left == 0, 0, curve$events / (curve$n_risk * left))))
  over <- curve$S == 0
  certain <- over | curve$S == 1
  error <- greenwood / -log(curve$S)
  curve$lcl_log <- ifelse(over, NA, curve$S * exp(-Z * greenwood))
  curve$ucl_log <- ifelse(over, NA, pmin(1, curve$S * exp(Z * greenwood)))
  curve$lcl_loglog <- ifelse(certain, NA, curve$S^exp(Z * error))
  curve$ucl_loglog <- ifelse(certain, NA, curve$S^exp(-Z * error))
  curve
}

# The curve at a time; nobody is at risk past its end, and where somebody was left then, nothing is known.
survival_at <- function(curve, time) {
  n_risk <- curve$n_risk[curve$time >= time][1]
  here <- list(n_risk = if (is.na(n_risk)) 0 else n_risk)
  last <- curve[nrow(curve), ]
  if (time > last$time && last$S > 0) return(here)
  passed <- sum(curve$time <= time)
  if (passed == 0) return(c(here, list(S = 1, lcl_log = 1, ucl_log = 1, lcl_loglog = 1, ucl_loglog = 1)))
  c(here, as.list(curve[passed, c("S", "lcl_log", "ucl_log", "lcl_loglog", "ucl_loglog")]))
}

# When a curve comes down to one half; midway to the next fall where it is exactly one half, as survfit prints it.
half_time <- function(time, y) {
  near <- 2^-26
  low <- which(!is.na(y) & y < 0.5 + near)
  if (length(low) == 0) return(NULL)
  first <- low[1]
  further <- low[y[low] < y[first] - 1e-12]
  if (abs(y[first] - 0.5) < near && length(further) > 0) return((time[first] + time[further[1]]) / 2 / SCALE)
  time[first] / SCALE
}

# The area under the curve up to tau, its variance the sum of (area still to come)^2 d / (n (n - d)).
restricted_mean <- function(curve, tau) {
  last <- curve[nrow(curve), ]
  if (tau > last$time && last$S > 0) return(list(tau = tau / SCALE))
  falls <- curve[curve$events > 0 & curve$time < tau, ]
  pieces <- diff(c(0, falls$time, tau)) * c(1, falls$S)
  to_come <- rev(cumsum(rev(pieces[-1])))
  left <- falls$n_risk - falls$events
  variance <- sum(ifelse(left > 0, to_come^2 * falls$events / (falls$n_risk * left), 0))
  mean <- sum(pieces) / SCALE
  reach <- Z * sqrt(variance) / SCALE
  list(tau = tau / SCALE, estimate = mean, se = sqrt(variance) / SCALE, low = max(0, mean - reach),
       high = min(tau / SCALE, mean + reach), level = 0.95)
}

# The log-rank test of groups, within strata where there are several: observed and expected events, hypergeometric
# covariances, and for two groups Peto's one-step hazard ratio (Prog Cardiovasc Dis 1985;27:335-71).
log_rank <- function(time, event, group, stratum, groups) {
  sums <- list(observed = 0, expected = 0, V = 0)
  for (s in unique(stratum)) {
    own <- stratum == s
    for (t in sort(unique(time[own & event == 1]))) {
      n <- vapply(groups, function(g) sum(own & group == g & time >= t), 0)
      d <- vapply(groups, function(g) sum(own & group == g & time == t & event == 1), 0)
      N <- sum(n)
      sums$observed <- sums$observed + d
      sums$expected <- sums$expected + sum(d) * n / N
      if (N > 1) sums$V <- sums$V + sum(d) * (N - sum(d)) / (N - 1) * (diag(n / N, length(n)) - outer(n / N, n / N))
    }
  }
  if (length(groups) < 2 || sum(sums$observed) == 0) return(list())
  compared <- which(sums$expected > 0)
  if (length(compared) < 2) return(list())
  away <- (sums$observed - sums$expected)[compared]
  V <- (sums$V + matrix(0, length(groups), length(groups)))[compared, compared]
  chi2 <- quadratic(V, away)
  if (is.null(chi2)) return(list())
  df <- length(compared) - 1
  list(chi2 = chi2, df = df, p = pchisq(chi2, df, lower.tail = FALSE),
       observed = as.list(sums$observed[compared]), expected = as.list(sums$expected[compared]),
       effect = if (df == 1) hazard_ratio(away[[1]], V[1, 1]))
}

# away' V^-1 away without the first group, as the groups' scores add up to 0; NULL where V has no inverse.
quadratic <- function(V, away) {
  V <- V[-1, -1, drop = FALSE]
  if (any(diag(V) <= 1e-12) || qr(V, tol = 1e-10)$rank < nrow(V)) return(NULL)
  drop(away[-1] %*% solve(V, away[-1]))
}

hazard_ratio <- function(away, variance) {
  if (abs(away / variance) + Z / sqrt(variance) > 700) return(NULL)
  limits <- exp(away / variance + c(0, -1, 1) * Z / sqrt(variance))
  interval(limits[1], limits[2], limits[3])
}
